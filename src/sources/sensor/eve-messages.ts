/** What the thread that reads Suricata's events and the main thread say to each other. */

export type EveThreadData = { readonly path: string; readonly heldBytesMax: number; readonly alertBytesMax: number }

export type EveFigures = {
  /** Suricata is connected. */
  readonly connected: boolean
  /** Events dropped since Picket was behind; alerts among them. */
  readonly lost: number
  readonly lostAlerts: number
  readonly heldBytes: number
  /** Flows and alerts that came, over all connections. */
  readonly flows: number
  readonly alerts: number
}

export type FromEveThread =
  | { readonly type: 'listening' }
  | { readonly type: 'failed'; readonly reason: string }
  /** Whole lines. */
  | { readonly type: 'lines'; readonly bytes: Uint8Array }
  | { readonly type: 'stats'; readonly line: string }
  | { readonly type: 'figures'; readonly figures: EveFigures }
  | { readonly type: 'closed' }

export type ToEveThread = { readonly type: 'taken'; readonly bytes: number } | { readonly type: 'close' }
