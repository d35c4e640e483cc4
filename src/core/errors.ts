/** Errors of the world and of ourselves. Bad data is not an error but a value (see `Parsed`). */

/** The world failed: `code` is stable and documented, the message says what was attempted on what, and what to do next. */
export class PicketError extends Error {
  readonly code: string
  /** Would the same call succeed later? */
  readonly retryable: boolean
  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PicketError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/** We are wrong: stop, and let the supervisor restart from the last checkpoint. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
