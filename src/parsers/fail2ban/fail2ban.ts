/**
 * fail2ban's log: what its filters found and whom its actions banned. First stage of the pipeline: record → ECS event.
 *   record  = stamp SP+ logger SP* "[" pid "]:" SP level SP+ message { LF more }        stamp: yyyy-mm-dd hh:mm:ss,mmm in local time
 *   message = "[" jail "]" SP ( "Found" | "Ban" | "Unban" | "Restore Ban" | "Ignore" … ) SP address [ SP "-" SP time ] | text
 * In syslog the stamp is syslog's and the logger is the program: `fail2ban.actions[812]: NOTICE [sshd] Ban 192.0.2.7`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { fail2banDescription } from './description.ts'

const lengthMax = 65_536

type Line = {
  readonly timeUs: number
  readonly logger: string
  readonly pid: number | undefined
  readonly rest: string
}

/** `2025-01-01 00:00:00,123 fail2ban.actions        [812]: ` in front of the rest. */
function readLine(text: string, zone: number): Line | undefined {
  const timeUs = text.charCodeAt(19) === 44 ? parseIso(text.slice(0, 23), zone) : undefined
  if (timeUs === undefined || text.length > lengthMax) return undefined
  let at = 23
  while (text.charCodeAt(at) === 32) at++
  if (!text.startsWith('fail2ban', at)) return undefined
  const open = text.indexOf('[', at)
  const close = open < 0 ? -1 : text.indexOf(']: ', open)
  if (close < 0 || open > at + 64 || close > open + 12) return undefined
  const pid = Number(text.slice(open + 1, close))
  return {
    timeUs,
    logger: text.slice(at, open).trim(),
    pid: Number.isSafeInteger(pid) ? pid : undefined,
    rest: text.slice(close + 3)
  }
}

const levels = new Set('CRITICAL ERROR WARNING NOTICE INFO DEBUG TRACEDEBUG HEAVYDEBUG MSG'.split(' '))

type Action = { readonly action: string; readonly category: readonly string[]; readonly type: readonly string[] }

const actions: readonly (readonly [string, Action])[] = [
  ['Restore Ban ', { action: 'restored-ban', category: ['intrusion_detection', 'network'], type: ['denied'] }],
  ['Ban ', { action: 'banned', category: ['intrusion_detection', 'network'], type: ['denied'] }],
  ['Unban ', { action: 'unbanned', category: ['intrusion_detection', 'network'], type: ['allowed'] }],
  ['Found ', { action: 'found', category: ['intrusion_detection'], type: ['info'] }],
  ['Ignore ', { action: 'ignored', category: ['intrusion_detection'], type: ['info'] }]
]

/** The event of what follows the level: `NOTICE  [sshd] Ban 192.0.2.7`. */
function eventOf(rest: string, logger: string | undefined): EcsEvent | undefined {
  const space = rest.indexOf(' ')
  const level = space < 0 ? '' : rest.slice(0, space)
  if (!levels.has(level)) return undefined
  const message = rest.slice(space).trim()
  let jail: string | undefined
  let body = message
  if (message.startsWith('[')) {
    const close = message.indexOf('] ')
    if (close > 1 && close < 128) {
      jail = message.slice(1, close)
      body = message.slice(close + 2)
    }
  }
  const found = actions.find(([start]) => body.startsWith(start))
  let address: string | undefined
  if (found !== undefined) {
    const from = found[0].length
    const end = body.indexOf(' ', from)
    address = body.slice(from, end < 0 ? undefined : end)
  } else if (body.endsWith(' already banned')) address = body.slice(0, body.indexOf(' '))
  const ip = isIp(address) ? address : undefined
  const action = found?.[1]
  return {
    message,
    event: {
      kind: 'event',
      module: 'fail2ban',
      dataset: 'fail2ban.log',
      category: action?.category,
      type: action?.type,
      action: action?.action ?? (ip === undefined ? undefined : 'already-banned')
    },
    log: { level: level.toLowerCase(), logger },
    rule: { name: jail },
    source: address === undefined || (ip === undefined && found === undefined) ? undefined : { address, ip },
    fail2ban: { jail },
    related: { ip: distinct(ip) }
  }
}

function parseRecord(text: string, zone: number): Parsed {
  const line = readLine(text, zone)
  const event = line === undefined ? undefined : eventOf(line.rest, line.logger)
  if (line === undefined || event === undefined)
    return { ok: false, reason: 'not fail2ban’s log: no "yyyy-mm-dd hh:mm:ss,mmm fail2ban… [pid]: LEVEL"' }
  event['@timestamp'] = isoMs(line.timeUs)
  event['process'] = { name: 'fail2ban', pid: line.pid }
  return { ok: true, event, timeUs: line.timeUs, kind: 'log' }
}

const begins = (text: string): boolean => readLine(text, 0) !== undefined

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  const good = lines.filter(line => begins(line)).length
  return good > 0 && good >= lines.length * 0.6 && begins(lines[0]!) ? 0.95 : 0
}

export const fail2ban: Parser = {
  name: 'fail2ban',
  title: 'fail2ban’s log',
  input: 'text',
  framing: 'multiline',
  begins: line => begins(line),
  recognise,
  open: context => text => parseRecord(text, context.timezoneMinutes ?? 0),
  description: fail2banDescription
}

export const fail2banMessages: MessageReader = {
  name: 'fail2ban-messages',
  title: 'fail2ban in syslog',
  programs: [
    ...'actions actionreader filter filtersystemd filterpoll filterpyinotify jail server observer database transmitter utils'
      .split(' ')
      .map(part => `fail2ban.${part}`),
    'fail2ban',
    'fail2ban-server'
  ],
  read({ body, header }) {
    // Under systemd its own stamp stands in the message.
    const line = readLine(body, 0)
    const program = header.program?.slice((header.program.lastIndexOf('/') ?? -1) + 1)
    const event = eventOf(line?.rest ?? body, line?.logger ?? program)
    return event === undefined ? undefined : { event, kind: 'log' }
  }
}
