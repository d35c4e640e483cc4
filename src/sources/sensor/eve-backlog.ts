/**
 * What was read of Suricata's events and cannot be handed on yet: bounded. Beyond the bound only alerts are kept, beyond a second
 * one nothing; what is dropped is counted. Pure: bytes in, bytes out.
 */

const alertMark = Buffer.from('"event_type":"alert"')
const flowMark = Buffer.from('"event_type":"flow"')
const statsMark = Buffer.from('"event_type":"stats"')
const newline = 10
/** The marks stand near a line's beginning; what looks like one further on is in somebody's payload. */
const markWithin = 400

export class EveBacklog {
  lost = 0
  lostAlerts = 0
  heldBytes = 0
  readonly #held: Buffer[] = []
  readonly #heldBytesMax: number
  readonly #alertBytesMax: number

  constructor(heldBytesMax: number, alertBytesMax: number) {
    this.#heldBytesMax = heldBytesMax
    this.#alertBytesMax = alertBytesMax
  }

  /** Whole lines. */
  add(lines: Buffer): void {
    if (this.heldBytes + lines.length <= this.#heldBytesMax) {
      this.#keep(lines)
      return
    }
    for (const line of linesOf(lines)) {
      const alert = marked(line, alertMark)
      if (this.heldBytes + line.length <= (alert ? this.#alertBytesMax : this.#heldBytesMax)) this.#keep(line)
      else {
        this.lost++
        if (alert) this.lostAlerts++
      }
    }
  }

  /** The oldest that is held. */
  take(): Buffer | undefined {
    const first = this.#held.shift()
    if (first !== undefined) this.heldBytes -= first.length
    return first
  }

  #keep(lines: Buffer): void {
    this.#held.push(lines)
    this.heldBytes += lines.length
  }
}

/** Cuts what arrives into whole lines, and takes Suricata's own figures out of them. */
export class EveLines {
  /** Of each kind that Suricata counts, too: how many came. In payloads the marks' quotes are escaped. */
  flows = 0
  alerts = 0
  readonly #onLines: (lines: Buffer) => void
  readonly #onStats: (line: string) => void
  readonly #lineBytesMax: number
  #rest: Buffer[] = []
  #restBytes = 0

  constructor(lineBytesMax: number, onLines: (lines: Buffer) => void, onStats: (line: string) => void) {
    this.#lineBytesMax = lineBytesMax
    this.#onLines = onLines
    this.#onStats = onStats
  }

  read(bytes: Buffer): void {
    const end = bytes.lastIndexOf(newline) + 1
    if (end > 0) {
      const whole =
        this.#rest.length === 0 ? bytes.subarray(0, end) : Buffer.concat([...this.#rest, bytes.subarray(0, end)])
      this.#rest = []
      this.#restBytes = 0
      this.#hand(whole)
    }
    if (end === bytes.length) return
    this.#rest.push(bytes.subarray(end))
    this.#restBytes += bytes.length - end
    // No event is so long: it is handed on as it is, and becomes a dead letter.
    if (this.#restBytes > this.#lineBytesMax) this.end()
  }

  /** The connection ended: what is left is a line without its end. */
  end(): void {
    if (this.#restBytes > 0) this.#onLines(Buffer.concat([...this.#rest, Buffer.from('\n')]))
    this.#rest = []
    this.#restBytes = 0
  }

  #hand(whole: Buffer): void {
    this.flows += countOf(whole, flowMark)
    this.alerts += countOf(whole, alertMark)
    let from = 0
    for (let at = whole.indexOf(statsMark); at >= 0; at = whole.indexOf(statsMark, at + 1)) {
      const start = whole.lastIndexOf(newline, at) + 1
      if (start < from || at - start > markWithin) continue
      const end = whole.indexOf(newline, at) + 1
      if (start > from) this.#onLines(whole.subarray(from, start))
      this.#onStats(whole.toString('utf8', start, end - 1))
      from = end
    }
    if (from < whole.length) this.#onLines(whole.subarray(from))
  }
}

function countOf(bytes: Buffer, mark: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) count++
  return count
}

function marked(line: Buffer, mark: Buffer): boolean {
  return line.subarray(0, markWithin).includes(mark)
}

function* linesOf(lines: Buffer): Generator<Buffer> {
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(newline, start) + 1 || lines.length
    // A copy: a few that are kept must not hold on to all the rest.
    yield Buffer.from(lines.subarray(start, end))
    start = end
  }
}
