/**
 * A list that is filled anew for each event. It keeps its room: an array whose length is set to 0 gives it back, and takes it again with the
 * next push, which was half of the garbage of detection.
 */

/** What a single odd event made it grow to is given back. */
const kept = 256

export class ReusedList<T> {
  readonly items: T[] = []
  count = 0

  push(item: T): void {
    this.items[this.count++] = item
  }

  includes(item: T): boolean {
    for (let i = 0; i < this.count; i++) if (this.items[i] === item) return true
    return false
  }

  /** For numbers: they hold on to nothing. */
  empty(): void {
    this.count = 0
    if (this.items.length > kept) this.items.length = 0
  }

  /** The same, holding on to nothing that was in it: a string may be a slice of a whole chunk. */
  letGo(filler: T): void {
    for (let i = 0; i < this.count; i++) this.items[i] = filler
    this.empty()
  }
}
