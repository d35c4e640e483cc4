/**
 * The beginning of an application's log line, scanned by hand: a time, a level, and what stands around them.
 *
 *   line    = [ "[" ] stamp [ "]" ] *word level *word message       log4j, logback, Spring Boot, Tomcat, Python, Monolog, Serilog …
 *           | "I0102 15:04:05.000000 1234 file.go:12] " message      glog, klog
 *           | "I, [stamp #1234]  INFO -- prog: " message             Ruby
 *   stamp   = ISO 8601 (" " or "T", "," or ".") | yyyy/MM/dd HH:mm:ss[.SSS] | dd-MMM-yyyy HH:mm:ss[.SSS] | HH:mm:ss[.,]SSS
 *   word    = "[" thread "]" | pid | logger | "-" | "--" | "---" | "|" | ":"
 *   level   = TRACE | DEBUG | INFO | … , also in brackets, as `channel.LEVEL:` or in three letters
 */

import { parseIso } from '../../core/time.ts'

export type AppHeader = {
  timeUs: number | undefined
  level: string
  logger: string | undefined
  thread: string | undefined
  threadId: number | undefined
  pid: number | undefined
  file: string | undefined
  line: number | undefined
  messageAt: number
}

const words =
  'TRACE DEBUG INFO WARN WARNING ERROR FATAL CRITICAL SEVERE NOTICE ALERT EMERGENCY CRIT EMERG ERR INFORMATION FINE FINER FINEST ' +
  'CONFIG VERBOSE PANIC DPANIC'
const levels: ReadonlyMap<string, string> = new Map([
  ...words
    .split(' ')
    .flatMap(word => [
      [word, word] as const,
      [word.toLowerCase(), word.toLowerCase()] as const,
      [word[0] + word.slice(1).toLowerCase(), word[0] + word.slice(1).toLowerCase()] as const
    ]),
  // Serilog's three letters.
  ['VRB', 'Verbose'],
  ['DBG', 'Debug'],
  ['INF', 'Information'],
  ['WRN', 'Warning'],
  ['FTL', 'Fatal']
])

const glogLevels: Readonly<Record<string, string>> = { I: 'INFO', W: 'WARNING', E: 'ERROR', F: 'FATAL', D: 'DEBUG' }

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Undefined where the line does not begin as one. Looks at the first few hundred characters only. */
export function scanAppHeader(line: string, zone: number, year: number): AppHeader | undefined {
  const first = line.charCodeAt(0)
  if (isDigit(first)) return afterStamp(line, 0, zone)
  if (first === 91) return afterStamp(line, 1, zone)
  if (isDigit(line.charCodeAt(1)) && isDigit(line.charCodeAt(4))) return glog(line, zone, year)
  if (line.startsWith(', [', 1)) return ruby(line, zone)
  return undefined
}

function afterStamp(line: string, from: number, zone: number): AppHeader | undefined {
  const stamp = scanStamp(line, from, zone)
  if (stamp === undefined) return undefined
  let at = stamp.end
  const header: AppHeader = {
    timeUs: stamp.timeUs,
    level: '',
    logger: undefined,
    thread: undefined,
    threadId: undefined,
    pid: undefined,
    file: undefined,
    line: undefined,
    messageAt: 0
  }
  // Serilog's console: "[10:11:12 INF] message".
  if (line.charCodeAt(at) === 93) at++
  for (let count = 0; count < 6; count++) {
    at = skipBlanks(line, at)
    const bracket = line.charCodeAt(at) === 91
    const end = bracket ? line.indexOf(']', at) : wordEnd(line, at)
    if (end < 0 || end === at || end - at > 200) return undefined
    const word = bracket ? line.slice(at + 1, end) : line.slice(at, end)
    at = bracket ? end + 1 : end
    if (isLevel(word, header)) {
      if (line.charCodeAt(at) === 58) at++
      afterLevel(line, at, header)
      return header
    }
    if (isMark(word)) continue
    if (isNumber(word)) header.pid ??= Number(word)
    else if (bracket) header.thread ??= word
    else if (header.logger === undefined) header.logger = word
    else return undefined
  }
  return undefined
}

function isLevel(word: string, header: AppHeader): boolean {
  let plain = word.trim()
  while (plain.endsWith(':') || plain.endsWith(']') || plain.endsWith(',')) plain = plain.slice(0, -1)
  let level = levels.get(plain)
  if (level === undefined) {
    // Monolog: "channel.LEVEL:".
    const dot = plain.lastIndexOf('.')
    level = dot > 0 ? levels.get(plain.slice(dot + 1)) : undefined
    if (level === undefined || level !== level.toUpperCase()) return false
    header.logger ??= plain.slice(0, dot)
  }
  header.level = level
  return true
}

/** Threads, process ids and loggers between the level and the message. */
function afterLevel(line: string, from: number, header: AppHeader): void {
  let at = skipBlanks(line, from)
  for (let count = 0; count < 5; count++) {
    header.messageAt = at
    if (line.charCodeAt(at) === 91) {
      const end = line.indexOf(']', at)
      if (end < 0 || end - at > 200 || header.thread !== undefined) return
      const word = line.slice(at + 1, end).trim()
      if (isNumber(word) && header.pid === undefined) header.pid = Number(word)
      else header.thread = word
      at = skipBlanks(line, end + 1)
      continue
    }
    const end = wordEnd(line, at)
    if (end === at) return
    const word = line.slice(at, end)
    const next = skipBlanks(line, end)
    if (isMark(word)) {
      at = next
      if (header.logger !== undefined && word !== '---') break
      continue
    }
    if (isNumber(word) && line.startsWith('---', next)) {
      header.pid = Number(word)
      at = next
      continue
    }
    if (header.logger !== undefined) {
      // Spring Boot's logger stands after the thread, before " : ".
      return
    }
    const colon = word.endsWith(':')
    const name = colon ? word.slice(0, -1) : word
    const named = isLoggerName(name) && (colon || isMark(wordAt(line, next)) || name.includes('.'))
    if (!named) return
    header.logger = name
    at = next
    if (colon) break
    if (!isMark(wordAt(line, next))) {
      header.messageAt = at
      return
    }
  }
  header.messageAt = at
}

function wordAt(line: string, at: number): string {
  return line.slice(at, Math.min(wordEnd(line, at), at + 8))
}

function isMark(word: string): boolean {
  return word === '-' || word === '--' || word === '---' || word === '|' || word === ':' || word === '::'
}

/** `com.example.Main`, `c.e.Main$1`, `app`, `uvicorn.error`: letters and what joins them. */
function isLoggerName(name: string): boolean {
  if (name === '' || name.length > 160) return false
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i)
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36
    if (!letter && (i === 0 || !(isDigit(c) || c === 46 || c === 45 || c === 47 || c === 58))) return false
  }
  return !name.endsWith('.')
}

/** Microseconds, and the index after the stamp. A time of day alone has no instant. */
function scanStamp(line: string, at: number, zone: number): { timeUs: number | undefined; end: number } | undefined {
  const c4 = line.charCodeAt(at + 4)
  if (c4 === 45 || c4 === 47) {
    let end = at + 19
    if (!isDigit(line.charCodeAt(at + 18)) || line.charCodeAt(at + 13) !== 58) return undefined
    const limit = Math.min(line.length, at + 36)
    while (end < limit && !isStampEnd(line.charCodeAt(end))) end++
    // " +0000" and " UTC" belong to it.
    let text = line.slice(at, end)
    if (c4 === 47) text = `${text.slice(0, 4)}-${text.slice(5, 7)}-${text.slice(8)}`
    const zoned = /^ (?:([+-]\d\d:?\d\d)|(UTC|GMT))(?=[\]\s|])/.exec(line.slice(end, end + 9))
    if (zoned !== null) {
      text += zoned[1] ?? 'Z'
      end += zoned[0].length
    }
    if (text.endsWith(':')) text = text.slice(0, -1)
    const timeUs = parseIso(text, zone)
    return timeUs === undefined ? undefined : { timeUs, end }
  }
  // 01-Jan-2025 10:11:12.123 (Tomcat)
  if (line.charCodeAt(at + 2) === 45 && line.charCodeAt(at + 6) === 45) {
    const month = 'JanFebMarAprMayJunJulAugSepOctNovDec'.indexOf(line.slice(at + 3, at + 6))
    let end = at + 20
    while (end < at + 27 && (isDigit(line.charCodeAt(end)) || line.charCodeAt(end) === 46)) end++
    if (month < 0 || month % 3 !== 0) return undefined
    const number = String(month / 3 + 1).padStart(2, '0')
    const timeUs = parseIso(
      `${line.slice(at + 7, at + 11)}-${number}-${line.slice(at, at + 2)}T${line.slice(at + 12, end)}`,
      zone
    )
    return timeUs === undefined ? undefined : { timeUs, end }
  }
  // 10:11:12.123
  if (line.charCodeAt(at + 2) === 58 && line.charCodeAt(at + 5) === 58) {
    if (!/^\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?=[\s\]])/.test(line.slice(at, at + 20))) return undefined
    let end = at + 8
    while (end < at + 19 && !isStampEnd(line.charCodeAt(end))) end++
    return { timeUs: undefined, end }
  }
  return undefined
}

function isStampEnd(code: number): boolean {
  return code <= 32 || code === 93 || code === 124 || Number.isNaN(code)
}

function glog(line: string, zone: number, year: number): AppHeader | undefined {
  const level = glogLevels[line[0]!]
  const match = /^.(\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d{1,9})\s+(\d{1,10})\s+([\w./-]{1,100}):(\d{1,6})\] /.exec(
    line.slice(0, 200)
  )
  if (level === undefined || match === null) return undefined
  return {
    timeUs: parseIso(`${year}-${match[1]}-${match[2]}T${match[3]}`, zone),
    level,
    logger: undefined,
    thread: undefined,
    threadId: Number(match[4]),
    pid: undefined,
    file: match[5],
    line: Number(match[6]),
    messageAt: match[0].length
  }
}

function ruby(line: string, zone: number): AppHeader | undefined {
  const match = /^[A-Z], \[(\d{4}-\d\d-\d\dT[\d:.]{8,18}) #(\d{1,10})\]\s{1,4}([A-Z]{3,7}) -- ([^:]{0,80}): /.exec(
    line.slice(0, 200)
  )
  const level = match === null ? undefined : levels.get(match[3]!)
  if (match === null || level === undefined) return undefined
  return {
    timeUs: parseIso(match[1]!, zone),
    level,
    logger: match[4]!.trim() || undefined,
    thread: undefined,
    threadId: undefined,
    pid: Number(match[2]),
    file: undefined,
    line: undefined,
    messageAt: match[0].length
  }
}

function wordEnd(line: string, at: number): number {
  let end = at
  const limit = Math.min(line.length, at + 256)
  while (end < limit && line.charCodeAt(end) > 32) end++
  return end
}

function skipBlanks(line: string, at: number): number {
  let i = at
  while (line.charCodeAt(i) === 32 || line.charCodeAt(i) === 9) i++
  return i
}

function isNumber(word: string): boolean {
  return word.length <= 10 && /^\d+$/.test(word)
}
