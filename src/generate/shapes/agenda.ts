/** What is going to happen, in the order of its time; among equals, in the order in which it was planned. A binary heap. */

type Entry<T> = { readonly timeMs: number; readonly order: number; readonly what: T }

export class Agenda<T> {
  readonly #heap: Entry<T>[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  /** When the next thing happens; infinity if nothing is planned. */
  get nextMs(): number {
    return this.#heap[0]?.timeMs ?? Number.POSITIVE_INFINITY
  }

  push(timeMs: number, what: T): void {
    const heap = this.#heap
    const entry = { timeMs, order: this.#order++, what }
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (isBefore(heap[above]!, entry)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = entry
  }

  /** Takes the next thing; undefined if nothing is planned. */
  pop(): { readonly timeMs: number; readonly what: T } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = at * 2 + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (isBefore(last, heap[below]!)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
    return first
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.timeMs !== b.timeMs ? a.timeMs < b.timeMs : a.order < b.order
}
