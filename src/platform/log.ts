/** The log: one line an event, to standard error. JSON for machines; a short line for a person at a terminal. */

import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export type LogOptions = {
  readonly level?: LogLevel
  /** Default: JSON when standard error is not a terminal. */
  readonly format?: 'json' | 'line'
  /** Default: standard error. Gets whole lines. */
  readonly write?: (text: string) => void
}

/** Secrets never reach the log, wherever in an object they stand (two levels deep). */
const secrets = ['password', 'token', 'secret', 'authorization', 'cookie', 'csrf']

export function createLog(options: LogOptions = {}): Log {
  const format = options.format ?? (process.stderr.isTTY ? 'line' : 'json')
  const write = options.write
  const out: DestinationStream = write === undefined ? pino.destination({ fd: 2, sync: true }) : { write }
  const destination = format === 'json' ? out : { write: (json: string) => void out.write(lineOf(json)) }
  return pino(
    {
      level: options.level ?? 'info',
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: secrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' }
    },
    destination
  )
}

/** `12:34:56.789 WARN  message key=value …` out of pino's JSON. Control characters are escaped: a log must not drive the terminal. */
export function lineOf(json: string): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(json)
  } catch {
    return printable(json.trimEnd()) + '\n'
  }
  const { time, level, msg, err, ...rest } = entry
  const clock = typeof time === 'string' ? time.slice(11, 23) : ''
  let line = `${clock} ${String(level).toUpperCase().padEnd(5)} ${printable(String(msg ?? ''))}`
  for (const [key, value] of Object.entries(rest)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    line += ` ${key}=${printable(text.includes(' ') && typeof value === 'string' ? JSON.stringify(text) : text)}`
  }
  if (typeof err === 'object' && err !== null) {
    const { message, stack } = err as { message?: unknown; stack?: unknown }
    line += ` error=${JSON.stringify(printable(String(message ?? '')))}`
    if (typeof stack === 'string')
      for (const frame of stack.split('\n').slice(1, 12)) line += `\n    ${printable(frame.trim())}`
  }
  return line + '\n'
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
