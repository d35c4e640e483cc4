/**
 * The heartbeat's test attacks, by format: for each a record in exactly that format which a rule that comes with Picket finds
 * (`pipeline/heartbeat-rules.test.ts` holds the rules to it). Of a format there may be several; one must be found.
 */

import type { Attack } from './attack.ts'
import { cloudAttacks } from './cloud.ts'
import { networkAttacks } from './network.ts'
import { systemAttacks } from './systems.ts'
import { webAttacks } from './web.ts'

export const attacks: readonly Attack[] = [...networkAttacks, ...cloudAttacks, ...webAttacks, ...systemAttacks]

/** Formats whose streams hold records of another one as they are. */
const standsFor: Readonly<Record<string, string>> = { mixed: 'syslog' }

export function attacksOf(format: string): readonly Attack[] {
  const name = standsFor[format] ?? format
  return attacks.filter(attack => attack.format === name)
}

export const attackFormats: readonly string[] = [...new Set(attacks.map(attack => attack.format))]
