/** What goes wrong with followed files, told once: not each second, but again when it is something else or comes back. */

export type FollowerLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

const subjectsMax = 10_000

export class Problems {
  readonly #log: FollowerLog
  readonly #told = new Map<string, string>()

  constructor(log: FollowerLog) {
    this.#log = log
  }

  tell(subject: string, fields: object, reason: string, what = 'a source could not be read'): void {
    if (this.#told.get(subject) === reason) return
    if (this.#told.size >= subjectsMax) this.#told.clear()
    this.#told.set(subject, reason)
    this.#log.warn({ ...fields, error: reason }, `${what}; it is tried again`)
  }

  /** It works (again). */
  clear(subject: string): void {
    this.#told.delete(subject)
  }
}
