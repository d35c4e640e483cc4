/** Flows that end at the same age, the one longest silent first. */

import type { Flow } from './flow.ts'

export class FlowList {
  readonly seconds: number
  first: Flow | undefined
  #last: Flow | undefined

  constructor(seconds: number) {
    this.seconds = seconds
  }

  add(flow: Flow): void {
    flow.list = this
    flow.before = this.#last
    flow.after = undefined
    if (this.#last === undefined) this.first = flow
    else this.#last.after = flow
    this.#last = flow
  }

  remove(flow: Flow): void {
    if (flow.before === undefined) this.first = flow.after
    else flow.before.after = flow.after
    if (flow.after === undefined) this.#last = flow.before
    else flow.after.before = flow.before
    flow.before = undefined
    flow.after = undefined
    flow.list = undefined
  }

  toEnd(flow: Flow): void {
    if (this.#last === flow) return
    this.remove(flow)
    this.add(flow)
  }
}
