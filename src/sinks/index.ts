/** The kinds of sinks, in the order in which they are listed; and the address that says which one is meant. */

import type { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { elasticsearch } from './elasticsearch.ts'
import { file } from './file.ts'
import { http } from './http.ts'
import { kafka } from './kafka.ts'
import { kinesis } from './kinesis.ts'
import { picket } from './picket.ts'
import { s3 } from './s3.ts'
import type { Sink, SinkContext, SinkKind, Target } from './sink.ts'
import { standardOutput } from './standard-output.ts'
import { syslog } from './syslog.ts'

export const sinks: readonly SinkKind[] = [
  standardOutput,
  file,
  http,
  picket,
  elasticsearch,
  syslog,
  kafka,
  kinesis,
  s3
]

/** `options`: `key=value` each, as beside the address on a command line. Throws a `PicketError` that says what is wrong. */
export async function openSink(address: string, options: readonly string[], context: SinkContext): Promise<Sink> {
  const { kind, target, given } = readAddress(address)
  for (const option of options) {
    const at = option.indexOf('=')
    const name = at < 0 ? option : option.slice(0, at)
    given[name] = at < 0 ? '' : option.slice(at + 1)
  }
  const read = kind.options.safeParse(given)
  if (!read.success)
    throw new PicketError('sink-options', `--out ${target.shown}: ${explained(read.error.issues, kind)}`)
  return kind.open(target, read.data, context)
}

export function readAddress(address: string): { kind: SinkKind; target: Target; given: Record<string, string> } {
  if (address === '-') return { kind: standardOutput, target: targetOf('-', undefined, '', '', '-', '-'), given: {} }
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:([^@/?]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(address)
  if (match === null) {
    // A path; a question mark begins options.
    const at = address.indexOf('?')
    const path = at < 0 ? address : address.slice(0, at)
    return {
      kind: file,
      target: targetOf('file', undefined, '', path, path, path),
      given: at < 0 ? {} : query(address.slice(at + 1))
    }
  }
  const [, written, login, host = '', path = '', options] = match
  const scheme = written!.toLowerCase()
  const kind = sinks.find(({ schemes }) => schemes.includes(scheme))
  if (kind === undefined) {
    const known = sinks.flatMap(({ schemes }) => schemes)
    const suggestion = nearest(scheme, known)
    throw new PicketError(
      'sink',
      `--out ${scheme}://… is not known${suggestion === undefined ? `; known: ${known.join(', ')}` : `; did you mean ${suggestion}://?`}`
    )
  }
  const shown = `${scheme}://${host}${path === '' ? '' : `/${path}`}`
  if (kind === file) {
    const whole = host === '' ? `/${path}` : `${host}/${path}`
    return { kind, target: targetOf(scheme, undefined, '', decode(whole), shown, shown), given: query(options) }
  }
  const url = kind.ownsQuery || options === undefined ? shown : `${shown}?${options}`
  return {
    kind,
    target: targetOf(scheme, login, host, kind === http ? path : decode(path), shown, url),
    given: kind.ownsQuery ? query(options) : {}
  }
}

function targetOf(
  scheme: string,
  login: string | undefined,
  host: string,
  path: string,
  shown: string,
  url: string
): Target {
  const at = login?.indexOf(':') ?? -1
  return {
    scheme,
    user: login === undefined ? undefined : decode(at < 0 ? login : login.slice(0, at)),
    password: login === undefined || at < 0 ? undefined : decode(login.slice(at + 1)),
    host,
    path,
    shown,
    url
  }
}

/** `%Y` in a key is no escape: what cannot be decoded stays. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function query(text: string | undefined): Record<string, string> {
  return text === undefined ? {} : Object.fromEntries(new URLSearchParams(text))
}

function explained(issues: readonly z.core.$ZodIssue[], kind: SinkKind): string {
  const known = Object.keys((kind.options as z.ZodObject).shape)
  return issues
    .map(issue => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys
          .map(key => {
            const suggestion = nearest(key, known)
            return `there is no option ${key}${suggestion === undefined ? `; there are: ${known.join(', ')}` : `; did you mean ${suggestion}?`}`
          })
          .join('; ')
      if (issue.code === 'invalid_value') return `${issue.path.join('.')} must be one of ${issue.values.join(', ')}`
      return `${issue.path.join('.')} ${issue.message}`
    })
    .join('; ')
}
