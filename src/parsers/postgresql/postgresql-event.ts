/** What PostgreSQL says of one thing that happened, in whatever form, to an ECS event as Elastic's postgresql integration has it. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso, parseZone } from '../../core/time.ts'

export type Entry = {
  readonly timeUs: number
  /** As written: `2026-03-14 09:26:53.197 CET`. */
  readonly timestamp: string
  readonly timezone: string | undefined
  readonly level: string | undefined
  readonly message: string
  readonly pid?: number | undefined
  readonly user?: string | undefined
  readonly database?: string | undefined
  readonly application?: string | undefined
  readonly client?: string | undefined
  readonly clientPort?: number | undefined
  readonly state?: string | undefined
  readonly sessionLine?: number | undefined
  readonly sequence?: number | undefined
  readonly sessionId?: string | undefined
  readonly sessionStart?: string | undefined
  readonly commandTag?: string | undefined
  readonly virtualTransaction?: string | undefined
  readonly transaction?: number | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly internalQuery?: string | undefined
  readonly context?: string | undefined
  readonly query?: string | undefined
  readonly location?: string | undefined
  readonly backendType?: string | undefined
  readonly queryId?: string | undefined
  /** In tables the statement that a message holds stays the message; in plain logs it becomes the query. */
  readonly table: boolean
  /** Amazon RDS's logs have steps without durations. */
  readonly rds?: boolean
}

const steps = /^(parse|bind|statement|fastpath function call|execute fetch from|execute)\b/

export function postgresqlEvent(entry: Entry): Parsed {
  const { client, state, user } = entry
  let { message } = entry
  let { query } = entry
  let milliseconds: number | undefined
  let step: string | undefined
  let name: string | undefined
  const duration = /^duration: (\d{1,15}(?:\.\d{1,9})?) ms/.exec(message)
  if (duration !== null) {
    milliseconds = Number(duration[1])
    if (entry.table && message.length === duration[0].length) message = ''
  }
  const rest = duration === null ? message : message.slice(duration[0].length).trimStart()
  const found = duration !== null || entry.table || entry.rds === true ? steps.exec(rest) : null
  const colon = found === null ? -1 : rest.indexOf(': ')
  if (found !== null && colon > 0 && colon < 200) {
    step = found[1]
    const named = rest.slice(step!.length, colon).trim()
    name = named === '' || named === '<unnamed>' ? undefined : named
    const statement = rest.slice(colon + 2)
    if (entry.table) message = statement
    else {
      query = statement
      message = ''
    }
  }
  const ip = isIp(client) ? client : undefined
  const event: EcsEvent = {
    '@timestamp': isoMs(entry.timeUs),
    message: message === '' ? undefined : message,
    event: {
      kind: 'event',
      module: 'postgresql',
      dataset: 'postgresql.log',
      category: ['database'],
      type: [state === undefined || /^0[012]/.test(state) ? 'info' : 'error'],
      duration: milliseconds === undefined ? undefined : Math.round(milliseconds * 1_000_000),
      timezone: entry.timezone
    },
    log: { level: entry.level },
    process: entry.pid === undefined ? undefined : { pid: entry.pid },
    source: ip === undefined ? undefined : { address: ip, ip, port: entry.clientPort },
    user: user === undefined ? undefined : { name: user },
    related: {
      user: user === undefined ? undefined : [user],
      ip: ip === undefined ? undefined : [ip],
      hosts: entry.table ? undefined : distinct(client)
    },
    postgresql: {
      internal_query: entry.internalQuery,
      log: {
        timestamp: entry.timestamp,
        database: entry.database,
        application_name: entry.application,
        client_addr: client,
        client_port: entry.clientPort,
        sql_state_code: state,
        session_line_number: entry.sessionLine,
        sequence_number: entry.sequence,
        session_id: entry.sessionId,
        session_start_time: startOf(entry.sessionStart),
        command_tag: entry.commandTag,
        virtual_transaction_id: entry.virtualTransaction,
        transaction_id: entry.transaction,
        detail: entry.detail,
        hint: entry.hint,
        context: entry.context,
        query,
        query_step: step,
        query_name: name,
        location: entry.location,
        backend_type: entry.backendType,
        query_id: entry.queryId
      }
    }
  }
  return { ok: true, event, timeUs: entry.timeUs, kind: 'log' }
}

function startOf(text: string | undefined): string | undefined {
  const stamp = text === undefined ? undefined : stampOf(text, 0)
  return stamp === undefined ? undefined : isoMs(stamp.timeUs)
}

/** Minutes east of UTC of the abbreviations that PostgreSQL prints; it takes them from the machine's zone data. */
const zones = new Map<string, number>()
for (const [names, minutes] of [
  ['UTC GMT Z WET', 0],
  ['CET BST WEST MET', 60],
  ['CEST EET SAST CAT MEST', 120],
  ['EEST MSK EAT', 180],
  ['IST', 330],
  ['PKT', 300],
  ['CST', -360],
  ['CDT EST', -300],
  ['EDT AST', -240],
  ['MST', -420],
  ['MDT', -360],
  ['PST', -480],
  ['PDT', -420],
  ['JST KST', 540],
  ['AEST', 600],
  ['AEDT', 660],
  ['ACST', 570],
  ['AWST HKT SGT', 480],
  ['NZST', 720],
  ['NZDT', 780]
] as const)
  for (const name of names.split(' ')) zones.set(name, minutes)

export type Stamp = { readonly timeUs: number; readonly zone: string; readonly end: number }

/** `2026-03-14 09:26:53.197 CET` at the beginning of a text; a zone that is not known is the one that is told. */
export function stampOf(text: string, timezoneMinutes: number): Stamp | undefined {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(10) !== 32 || text.charCodeAt(13) !== 58) return undefined
  const blank = text.indexOf(' ', 19)
  if (blank < 19 || blank > 26) return undefined
  let end = blank + 1
  while (end < text.length && end < blank + 8 && isZonePart(text.charCodeAt(end))) end++
  // `UTC:192.0.2.7(…)` of Amazon RDS: the colon is no part of the zone there.
  const first = text.charCodeAt(blank + 1)
  if (first !== 43 && first !== 45 && text.charCodeAt(end - 1) === 58) end--
  const colon = text.indexOf(':', blank)
  if (first !== 43 && first !== 45 && colon > 0 && colon < end) end = colon
  const zone = text.slice(blank + 1, end)
  if (zone === '') return undefined
  const minutes =
    zones.get(zone.toUpperCase()) ?? parseZone(zone, 0) ?? (/^[A-Za-z]{1,5}$/.test(zone) ? timezoneMinutes : undefined)
  if (minutes === undefined) return undefined
  const timeUs = parseIso(`${text.slice(0, 10)}T${text.slice(11, blank)}`, minutes)
  return timeUs === undefined ? undefined : { timeUs, zone, end }
}

function isZonePart(c: number): boolean {
  return ((c | 32) >= 97 && (c | 32) <= 122) || (c >= 48 && c <= 57) || c === 43 || c === 45 || c === 58
}
