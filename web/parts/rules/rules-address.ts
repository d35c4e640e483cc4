/** Which rules are looked at: what stands in the address of their list. Pure. */

import { type Address, oneOf, textOf } from '../address.ts'

export type RulesAddress = {
  q?: string | undefined
  level?: string | undefined
  /** Where they come from: those that come with Picket, or one's own. */
  source?: string | undefined
  state?: 'on' | 'off' | undefined
  coverage?: string | undefined
}

export const rulesAddress = (address: Address): RulesAddress => ({
  q: textOf(address, 'q'),
  level: textOf(address, 'level'),
  source: textOf(address, 'source'),
  state: oneOf(['on', 'off'], address['state']),
  coverage: textOf(address, 'coverage')
})
