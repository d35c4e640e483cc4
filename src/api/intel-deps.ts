/** What the routes of threat intelligence are given, and the words that they share. */

import type { Feeds } from '../pipeline/feeds.ts'
import type { Intel } from '../state/intel.ts'
import type { State } from '../state/state.ts'

export type IntelDeps = {
  readonly intel: Intel
  readonly state: State
  readonly feeds: Feeds
  /** The data folder. */
  readonly folder: string
  readonly publicUrl?: string | undefined
  readonly nowMs: () => number
}
