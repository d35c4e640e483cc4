/**
 * The logs of applications: a time, a level, perhaps a logger and a thread, a message, and below it a stack trace that belongs to it.
 * Multi-line: a record begins with such a line (or with a trace that stands alone), all other lines continue it.
 */

import type { Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { scanAppHeader } from './header.ts'
import { beginsTrace, findTrace, isTraceLine, type Trace } from './trace.ts'

const recordMax = 4_000_000

export const appLog: Parser = {
  name: 'app-log',
  title: 'Application logs: time, level and message, with stack traces (log4j, logback, Python, glog, Serilog …)',
  input: 'text',
  framing: 'multiline',
  begins(line, first) {
    if (scanAppHeader(line, 0, 2000) !== undefined) return true
    // A trace of its own begins where no log line came before it.
    return beginsTrace(line) && first !== undefined && scanAppHeader(first, 0, 2000) === undefined
  },
  recognise,
  open(context) {
    const zone = context.timezoneMinutes ?? 0
    const year = new Date(context.receivedMs).getUTCFullYear()
    return text => parse(text, zone, year, context.receivedMs)
  },
  description: {
    reads:
      'Lines that begin with a time and hold a level near it: log4j, logback and Spring Boot, Tomcat, java.util.logging, Python’s ' +
      'logging, Monolog, Serilog, Ruby’s Logger, glog and klog. Lines that follow belong to the record: stack traces of Java, .NET, ' +
      'Node.js, Python and Go are told apart from the message.',
    from: 'The log files of applications and containers.',
    specifications: [
      'https://logging.apache.org/log4j/2.x/manual/pattern-layout.html',
      'https://docs.python.org/3/library/logging.html#logrecord-attributes',
      'https://github.com/google/glog'
    ],
    sample:
      '2025-01-01 10:11:12,123 ERROR [main] com.example.Cart - no funds\njava.lang.IllegalStateException: card refused\n\tat com.example.Cart.pay(Cart.java:12)\n\t... 3 more',
    mapping: [
      ['@timestamp', 'the time', 'a time of day alone gives none'],
      ['log.level', 'the level, as written'],
      ['log.logger', 'the logger’s name'],
      ['process.thread.name', 'the thread'],
      ['process.pid', 'the process id'],
      ['log.origin.file.name, .line', 'the source file (glog)'],
      ['message', 'the message without its trace'],
      ['error.type, error.message, error.stack_trace', 'the trace']
    ]
  }
}

function parse(text: string, zone: number, year: number, receivedMs: number): Parsed {
  if (text.length > recordMax) return { ok: false, reason: `a record of ${text.length} characters` }
  let header = scanAppHeader(text.slice(0, 2048), zone, year)
  // A year that the line does not name must not lie ahead.
  if (header?.timeUs !== undefined && header.file !== undefined && header.timeUs > (receivedMs + 86_400_000) * 1000)
    header = scanAppHeader(text.slice(0, 2048), zone, year - 1)
  const from = header?.messageAt ?? 0
  const trace = findTrace(from === 0 ? text : text.slice(from))
  if (header === undefined && trace === undefined && !beginsTrace(text))
    return { ok: false, reason: 'begins neither with a time and a level nor with a stack trace' }
  const timeUs = header?.timeUs
  const rest = text.slice(from)
  // The trace's own first line is the message where nothing else is.
  const message =
    trace === undefined
      ? firstLines(rest, false)
      : trace.at === 0
        ? thrown(trace, rest)
        : rest.slice(0, trace.at).trimEnd()
  return {
    ok: true,
    timeUs,
    kind: trace === undefined ? undefined : 'trace',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: message === '' ? undefined : message,
      event: {
        kind: 'event',
        module: 'app_log',
        dataset: 'app_log',
        type: trace === undefined ? undefined : ['error']
      },
      log:
        header === undefined
          ? undefined
          : {
              level: header.level,
              logger: header.logger,
              origin: header.file === undefined ? undefined : { file: { name: header.file, line: header.line } }
            },
      process:
        header === undefined ||
        (header.thread === undefined && header.threadId === undefined && header.pid === undefined)
          ? undefined
          : { pid: header.pid, thread: { id: header.threadId, name: header.thread } },
      error: trace === undefined ? undefined : { type: trace.type, message: trace.message, stack_trace: trace.text }
    }
  }
}

/** What was thrown, of a trace that has no line before it. */
function thrown(trace: Trace, rest: string): string {
  if (!rest.startsWith('Traceback ')) return firstLines(rest, true)
  return [trace.type, trace.message].filter(text => text !== undefined).join(': ')
}

function firstLines(text: string, onlyFirst: boolean): string {
  if (!onlyFirst) return text.trimEnd()
  const newline = text.indexOf('\n')
  return (newline < 0 ? text : text.slice(0, newline)).trimEnd()
}

function recognise(sample: Sample): number {
  let headers = 0
  let continued = 0
  let alone = 0
  for (const line of sample.lines) {
    if (line.length > 16_384) return 0
    if (scanAppHeader(line, 0, 2000) !== undefined) headers++
    else if (beginsTrace(line)) alone++
    else if (isTraceLine(line)) continued++
    else if (headers + alone === 0) return 0
  }
  const lines = sample.lines.length
  if (headers + alone === 0) return 0
  // Between log lines others may stand; a trace that stands alone is surely one if frames follow it.
  if (alone > 0 && headers === 0) return continued >= alone && isWholeTrace(sample.text) ? 0.65 : 0
  return headers + continued + alone >= lines * 0.7 && (headers >= 2 || lines <= 3 || continued > 0) ? 0.7 : 0
}

function isWholeTrace(text: string): boolean {
  return findTrace(text)?.message !== undefined || findTrace(text)?.type !== undefined
}
