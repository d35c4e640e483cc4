/**
 * Redis's and Valkey's server log: first stage of the pipeline, line → ECS event, as Elastic's redis integration maps it.
 *
 *   line = pid ":" role " " dd " " Mmm [ " " yyyy ] " " hh:mm:ss.mmm " " level " " message
 *        / pid ":signal-handler (" seconds ") " message
 *   role = "M" (master) / "S" (replica) / "C" (child) / "X" (sentinel); level = "." / "-" / "*" / "#"
 */

import type { FormatDescription, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseBsd, parseIso } from '../../core/time.ts'

const lineMax = 65_536
const months = ' Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'
const roles: Readonly<Record<string, string>> = { M: 'master', S: 'slave', C: 'child', X: 'sentinel' }
const levels: Readonly<Record<string, string>> = { '.': 'debug', '-': 'verbose', '*': 'notice', '#': 'warning' }
const head =
  /^(?:(\d{1,10}):([A-Z]) |\[(\d{1,10})\] )?(\d{1,2}) ([A-Z][a-z]{2}) (?:(\d{4}) )?(\d\d:\d\d:\d\d(?:\.\d{1,6})?) ([.\-*#]) /
const signal = /^(\d{1,10}):signal-handler \((\d{9,11})\) /

const notRedis: Parsed = { ok: false, reason: 'not a line of Redis: no "pid:role day month year time level"' }

const description: FormatDescription = {
  reads: 'The log of Redis 2 to 8, of Sentinel and of Valkey. Times are local: `--timezone` says of where.',
  from: '`/var/log/redis/redis-server.log` (`logfile` in `redis.conf`), or standard output.',
  specifications: ['redis/src/server.c, serverLogRaw', 'Elastic integration redis, log'],
  sample: '812:M 14 Mar 2026 09:26:53.442 * Ready to accept connections tcp',
  mapping: [
    ['@timestamp', 'time'],
    ['process.pid', 'pid'],
    ['redis.log.role', 'role', 'master, slave, child, sentinel'],
    ['log.level', 'level', 'debug, verbose, notice, warning'],
    ['message', 'message']
  ]
}

export const redis: Parser = {
  name: 'redis',
  title: 'Redis, Valkey and Sentinel log',
  input: 'text',
  framing: 'lines',
  recognise,
  open: context => line => parseLine(line, context.receivedMs, context.timezoneMinutes ?? 0),
  description
}

function parseLine(line: string, receivedMs: number, timezoneMinutes: number): Parsed {
  if (line.length > lineMax) return { ok: false, reason: `a line of ${line.length} characters` }
  const match = head.exec(line)
  if (match === null) {
    const handled = signal.exec(line)
    if (handled === null) return notRedis
    const timeUs = Number(handled[2]) * 1_000_000
    return made(timeUs, Number(handled[1]), undefined, undefined, line.slice(handled[0].length))
  }
  const [all, pid, role, olderPid, day, month, year, clock, level] = match
  const number = months.indexOf(` ${month}`) / 4 + 1
  const timeUs =
    year === undefined
      ? withFraction(parseBsd(`${month} ${day!.padStart(2)} ${clock}`, receivedMs, timezoneMinutes), clock!)
      : Number.isInteger(number)
        ? parseIso(`${year}-${String(number).padStart(2, '0')}-${day!.padStart(2, '0')}T${clock}`, timezoneMinutes)
        : undefined
  if (timeUs === undefined) return notRedis
  const id = pid ?? olderPid
  const roleName = role === undefined ? undefined : (roles[role] ?? role)
  return made(timeUs, id === undefined ? undefined : Number(id), roleName, levels[level!], line.slice(all.length))
}

function made(
  timeUs: number,
  pid: number | undefined,
  role: string | undefined,
  level: string | undefined,
  message: string
): Parsed {
  return {
    ok: true,
    timeUs,
    kind: 'log',
    event: {
      '@timestamp': isoMs(timeUs),
      message,
      event: { kind: 'event', module: 'redis', dataset: 'redis.log', category: ['database'], type: ['info'] },
      log: { level },
      process: { pid },
      redis: { log: { role } }
    }
  }
}

function withFraction(us: number | undefined, clock: string): number | undefined {
  const fraction = clock.slice(9)
  return us === undefined || fraction === '' ? us : us + Number(fraction.padEnd(6, '0'))
}

function recognise(sample: Sample): number {
  let good = 0
  for (const line of sample.lines)
    if (/^(\d+:[MSCX] |\d+:signal-handler |\[\d+\] )/.test(line) && (head.test(line) || signal.test(line))) good++
  // The logo and a stack trace are lines without a head.
  return good > 0 &&
    good * 3 >= sample.lines.length &&
    (head.test(sample.lines[0] ?? '') || good * 2 >= sample.lines.length)
    ? 0.92
    : 0
}
