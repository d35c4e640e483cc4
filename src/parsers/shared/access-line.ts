/**
 * The frame that the access logs of web servers share (NCSA common log format, 1993), scanned without regular expressions.
 * Used by Apache, nginx, Traefik, Squid, Tomcat: each reads what stands before and after in its own way.
 *
 *   line   = before " [" time "] " %x22 request %x22 " " status " " ( bytes / "-" ) after
 *   before = host " " identity " " user          ; no blanks in Apache's, lists of addresses in nginx's
 *   time   = 26/Dec/2016:16:16:29 +0200
 *   after  = [ " " %x22 referrer %x22 " " %x22 agent %x22 ] and whatever the administrator added
 */

import { parseClf } from '../../core/time.ts'

export type AccessLine = {
  /** All before the time, without the blank. */
  readonly before: string
  readonly timeUs: number
  /** Between the quotes, with the server's escapes as they stand. */
  readonly request: string
  readonly status: number | undefined
  /** Undefined for `-`. */
  readonly bytes: number | undefined
  /** Where the rest of the line begins: at a blank, or the line's end. */
  readonly after: number
}

export const accessLineMax = 65_536

/** Undefined if the line is not of this form. */
export function scanAccessLine(line: string): AccessLine | undefined {
  if (line.length > accessLineMax) return undefined
  let open = line.indexOf(' [')
  let timeUs: number | undefined
  // An address in brackets may stand before the time.
  for (let tries = 0; open >= 0 && tries < 4; tries++) {
    if (line.charCodeAt(open + 28) === 93) timeUs = parseClf(line, open + 2, true)
    if (timeUs !== undefined) break
    open = line.indexOf(' [', open + 1)
  }
  if (timeUs === undefined || line.charCodeAt(open + 30) !== 34) return undefined
  const from = open + 31
  const close = endOfRequest(line, from)
  if (close < 0) return undefined
  const statusAt = close + 2
  const status = line.charCodeAt(statusAt) === 45 ? undefined : threeDigits(line, statusAt)
  let at = statusAt + (status === undefined ? 2 : 4)
  let bytes: number | undefined
  if (line.charCodeAt(at) === 45) at++
  else {
    bytes = 0
    const start = at
    for (; at < line.length; at++) {
      const digit = line.charCodeAt(at) - 48
      if (digit < 0 || digit > 9) break
      bytes = bytes * 10 + digit
    }
    if (at === start || at - start > 15) return undefined
  }
  if (at < line.length && line.charCodeAt(at) !== 32) return undefined
  return { before: line.slice(0, open), timeUs, request: line.slice(from, close), status, bytes, after: at }
}

/** The quote after which the status stands; one that a backslash escapes is part of the request. */
function endOfRequest(line: string, from: number): number {
  for (let quote = line.indexOf('"', from); quote >= 0; quote = line.indexOf('"', quote + 1)) {
    if (line.charCodeAt(quote + 1) !== 32 || isEscaped(line, quote, from)) continue
    const dash = line.charCodeAt(quote + 2) === 45 && line.charCodeAt(quote + 3) === 32
    if (dash || (threeDigits(line, quote + 2) >= 0 && line.charCodeAt(quote + 5) === 32)) return quote
  }
  return -1
}

function isEscaped(line: string, at: number, from: number): boolean {
  let slashes = 0
  while (at - 1 - slashes >= from && line.charCodeAt(at - 1 - slashes) === 92) slashes++
  return (slashes & 1) === 1
}

function threeDigits(line: string, at: number): number {
  const a = line.charCodeAt(at) - 48
  const b = line.charCodeAt(at + 1) - 48
  const c = line.charCodeAt(at + 2) - 48
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 && c >= 0 && c <= 9 ? a * 100 + b * 10 + c : -1
}

/** Where the quoted text that begins (with its quote) at `at` ends: the index of the closing quote, -1 if there is none. */
export function closingQuote(line: string, at: number): number {
  if (line.charCodeAt(at) !== 34) return -1
  for (let quote = line.indexOf('"', at + 1); quote >= 0; quote = line.indexOf('"', quote + 1))
    if (!isEscaped(line, quote, at + 1)) return quote
  return -1
}

export type RequestLine = {
  readonly method: string | undefined
  readonly target: string | undefined
  readonly version: string | undefined
}
const noRequest: RequestLine = { method: undefined, target: undefined, version: undefined }

/** `GET /path HTTP/1.1` taken apart; HTTP/0.9's `GET /path` too. All parts undefined where a client sent something else. */
export function requestLine(request: string): RequestLine {
  const space = request.indexOf(' ')
  if (space < 1 || !isMethod(request, space)) return noRequest
  const protocol = request.indexOf(' HTTP/', space)
  if (protocol > space) {
    const version = versionAt(request, protocol + 6)
    if (version === undefined) return noRequest
    return { method: request.slice(0, space), target: request.slice(space + 1, protocol), version }
  }
  if (protocol === space || request.charCodeAt(space + 1) !== 47 || request.indexOf(' ', space + 1) >= 0)
    return noRequest
  return { method: request.slice(0, space), target: request.slice(space + 1), version: undefined }
}

/** Letters, digits, `_` and `-`; at most 32. */
function isMethod(text: string, end: number): boolean {
  if (end > 32) return false
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    const letter = (c | 32) >= 97 && (c | 32) <= 122
    if (!letter && !(c >= 48 && c <= 57) && c !== 95 && !(c === 45 && i > 0)) return false
  }
  return true
}

/** `1.1`, `2.0`, `3` */
export function versionAt(text: string, at: number): string | undefined {
  let end = at
  while (end < at + 8) {
    const c = text.charCodeAt(end)
    if (!((c >= 48 && c <= 57) || (c === 46 && end > at))) break
    end++
  }
  return end === at ? undefined : text.slice(at, end)
}

/** `-` is how access logs say nothing. */
export function orNone(value: string): string | undefined {
  return value === '-' || value === '' ? undefined : value
}
