/** What all flows of a capture may hold together, in octets. Who is refused gives up what it was gathering. */

export class Budget {
  readonly max: number
  used = 0
  refused = 0

  constructor(max: number) {
    this.max = max
  }

  take(size: number): boolean {
    if (this.used + size > this.max) {
      this.refused++
      return false
    }
    this.used += size
    return true
  }

  give(size: number): void {
    this.used -= size
  }
}
