/** What reads the conversation of a flow, and what it may do. */

import type { Budget } from './budget.ts'
import type { Flow } from './flow.ts'
import type { StreamReader } from './tcp-stream.ts'

export type App = StreamReader & {
  /** `network.protocol` of the flow; undefined while that is not known. */
  readonly name: string | undefined
  /** It has seen what it wanted: nothing more needs to be put in order for it. */
  readonly done: boolean
  /** Of UDP: a datagram. */
  datagram?(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void
  /** The flow has ended: what is unfinished is written as it is. */
  end(): void
}

/** Where transactions go, and what time it is: the packet's that is being read. */
export type Stage = {
  readonly seconds: number
  readonly nanos: number
  readonly budget: Budget
  /** `type` without `packets_`. The client is the flow's source, or its destination where the flow was seen from its middle. */
  transaction(
    flow: Flow,
    clientIsSource: boolean,
    type: string,
    at: { readonly seconds: number; readonly nanos: number },
    section: object
  ): void
}
