/** What goes wrong with followed files, told once: not each second, but again when it is something else or comes back. */

export type FollowerLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

const subjectsMax = 10_000

export class Problems {
  readonly #log: FollowerLog
  readonly #told = new Map<string, { readonly reason: string; readonly fields: object }>()

  constructor(log: FollowerLog) {
    this.#log = log
  }

  tell(subject: string, fields: object, reason: string, what = 'a source could not be read'): void {
    if (this.#told.get(subject)?.reason === reason) return
    if (this.#told.size >= subjectsMax) this.#told.clear()
    this.#told.set(subject, { reason, fields })
    this.#log.warn({ ...fields, error: reason }, `${what}; it is tried again`)
  }

  /** What is wrong now: one sentence for each source that it is about. */
  bySource(): Map<string, string> {
    const found = new Map<string, string>()
    for (const { reason, fields } of this.#told.values()) {
      const { source, path } = fields as { source?: unknown; path?: unknown }
      if (typeof source === 'string' && !found.has(source))
        found.set(source, typeof path === 'string' && !reason.includes(path) ? `${path}: ${reason}` : reason)
    }
    return found
  }

  /** It works (again). */
  clear(subject: string): void {
    this.#told.delete(subject)
  }
}
