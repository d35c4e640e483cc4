/** What is wrong with a configuration that its schema lets pass: where, what, and what was probably meant. */

import { nearest } from '../core/nearest.ts'

export type Problem = {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly suggestion?: string | undefined
}

/** Thrown while compiling a part; `compileGenerator` gathers them. */
export class ProblemError extends Error {
  readonly path: readonly (string | number)[]
  readonly suggestion: string | undefined
  constructor(message: string, options: { path?: readonly (string | number)[]; suggestion?: string | undefined } = {}) {
    super(message)
    this.path = options.path ?? []
    this.suggestion = options.suggestion
  }
}

export function unknownName(what: string, name: string, known: readonly string[]): ProblemError {
  const suggestion = nearest(name, known)
  const list = suggestion === undefined && known.length > 0 ? `; known: ${known.slice(0, 20).join(', ')}` : ''
  return new ProblemError(`names ${what} that is not there: ${name.slice(0, 100)}${list}`, { suggestion })
}

/** Says where something is wrong that is found deeper inside. */
export function within<T>(path: readonly (string | number)[], work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ProblemError(error.message, { path: [...path, ...error.path], suggestion: error.suggestion })
  }
}
