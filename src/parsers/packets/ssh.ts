/** Banners of SSH and fingerprints of both sides. */

import { text } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import type { Part } from './part.ts'

export function sshPart(_json: JsonObject, ssh: JsonObject): Part {
  const [hassh, hasshServer] = [text(ssh['hassh']), text(ssh['hassh_server'])]
  return {
    type: ['connection', 'protocol'],
    protocol: 'ssh',
    hashes: [hassh, hasshServer],
    fields: {
      packets: {
        ssh: {
          client: { banner: text(ssh['client']), hassh, algorithms: text(ssh['hassh_algorithms']) },
          server: { banner: text(ssh['server']), hassh: hasshServer, algorithms: text(ssh['hassh_server_algorithms']) }
        }
      }
    }
  }
}
