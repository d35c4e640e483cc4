/** What a check of `picket doctor` gives, and what it is given. */

import type { Config } from '../../platform/config.ts'
import type { ServerFile } from '../../platform/server-file.ts'

export type Status = 'ok' | 'warning' | 'problem'

export type Finding = {
  /** What was looked at: `disk space`. */
  readonly check: string
  /** `problem`: Picket will not run, or loses something. `warning`: it runs, but not well or not for long. */
  readonly status: Status
  readonly message: string
  /** What to do about it. */
  readonly next?: string
}

export type Surroundings = {
  readonly folder: string
  readonly config: Config
  /** The server that runs on the data folder, if one does. */
  readonly server: ServerFile | undefined
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message })
export const warning = (check: string, message: string, next: string): Finding => ({
  check,
  status: 'warning',
  message,
  next
})
export const problem = (check: string, message: string, next: string): Finding => ({
  check,
  status: 'problem',
  message,
  next
})

/** `566 MB`, `1.9 GB`: as people write sizes (powers of ten, like picket.yaml). */
export function sizeText(bytes: number): string {
  if (bytes >= 1e12) return `${(bytes / 1e12).toFixed(1)} TB`
  if (bytes >= 10e9) return `${Math.round(bytes / 1e9)} GB`
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return `${Math.round(bytes / 1e6)} MB`
}
