/**
 * A record of the slow query log to an ECS event, as Elastic's mysql integration maps it.
 *
 *   record = "# User@Host: " user "[" user "] @ " [ host ] " [" [ address ] "]" *( name ": " value ) LF
 *            *( "# " *( name ": " value ) LF ) [ "use " schema ";" LF ] "SET timestamp=" seconds ";" LF statement
 * "# Time: …" before it and the file's first three lines hold no event.
 */

import { isIp } from '../../core/ip.ts'
import { NO_EVENT, type Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'

const recordMax = 1024 * 1024
const notSlow: Parsed = {
  ok: false,
  reason: 'not a record of the slow query log: no "# User@Host:" and no SET timestamp'
}
const host = /^# User@Host: ([^[\s]{0,128})(?:\[([^\]]{0,128})\])? {1,2}@ {1,2}([^\s[]{0,255}) ?\[([^\]]{0,64})\]/

export function beginsSlowRecord(line: string): boolean {
  return line.startsWith('# User@Host: ') || line.startsWith('# Time: ')
}

/** Names in the log to names below `mysql.slowlog`: whole numbers. */
const counts = new Map([
  ['created_tmp_disk_tables', 'tmp_disk_tables'],
  ['created_tmp_tables', 'tmp_tables']
])
for (const name of (
  'rows_sent rows_examined rows_affected bytes_received bytes_sent read_first read_last read_key read_next read_prev read_rnd ' +
  'read_rnd_next sort_merge_passes sort_range_count sort_rows sort_scan_count tmp_tables tmp_disk_tables tmp_table_sizes ' +
  'merge_passes log_slow_rate_limit'
).split(' '))
  counts.set(name, name)
const flags = new Set(
  'full_scan full_join tmp_table tmp_table_on_disk filesort filesort_on_disk priority_queue qc_hit'.split(' ')
)

export function slowRecord(record: string): Parsed | typeof NO_EVENT {
  if (record.length > recordMax) return { ok: false, reason: `a record of ${record.length} characters` }
  if (record.startsWith('# Time: ') || record.includes('started with:')) return NO_EVENT
  const match = host.exec(record.slice(0, 1024))
  const set = record.indexOf('SET timestamp=')
  const semicolon = set < 0 ? -1 : record.indexOf(';', set)
  const seconds = Number(record.slice(set + 14, semicolon))
  if (match === null || semicolon < 0 || !Number.isFinite(seconds) || seconds < 0 || seconds > 253_402_300_799)
    return notSlow
  const timeUs = Math.round(seconds * 1_000_000)
  const slowlog: Record<string, unknown> = {}
  const innodb: Record<string, unknown> = {}
  let thread: number | undefined
  let queryTime: number | undefined
  let start: string | undefined
  let end: string | undefined
  const headers = record.slice(match[0].length, set)
  for (const line of headers.split('\n', 64)) {
    if (line.startsWith('# explain:')) continue
    if (line.startsWith('use ')) {
      slowlog['schema'] = line.slice(4).replace(/;\s*$/, '').replaceAll('`', '')
      continue
    }
    const words = line.split(/\s+/, 200)
    for (let i = 0; i + 1 < words.length; i++) {
      const word = words[i]!
      if (!word.endsWith(':') || words[i + 1]!.endsWith(':')) continue
      const name = word.slice(0, -1).toLowerCase()
      const value = words[i + 1]!
      const number = Number(value)
      if (name === 'id' || name === 'thread_id') thread = whole(value) ?? thread
      else if (name === 'query_time') queryTime = number >= 0 && number < 1e9 ? number : undefined
      else if (name === 'lock_time') slowlog['lock_time'] = { sec: Number.isFinite(number) ? number : undefined }
      else if (name === 'schema') slowlog['schema'] = value
      else if (name === 'last_errno' || name === 'errno') slowlog['last_errno'] = value
      else if (name === 'killed') slowlog['killed'] = value
      else if (name === 'start') start = value
      else if (name === 'end') end = value
      else if (flags.has(name)) slowlog[name === 'qc_hit' ? 'query_cache_hit' : name] = value === 'Yes'
      else if (counts.has(name)) slowlog[counts.get(name)!] = whole(value)
      else if (name === 'innodb_trx_id') innodb['trx_id'] = value
      else if (name.startsWith('innodb_'))
        innodb[name.slice(7)] =
          name.endsWith('_wait') && Number.isFinite(number) ? { sec: number } : (whole(value) ?? value)
      else if (/^[a-z][a-z0-9_]{0,63}$/.test(name)) slowlog[name] = value
      i++
    }
  }
  const query = record.slice(semicolon + 1).trim()
  const ip = isIp(match[4]) ? match[4] : undefined
  const user = match[1] || undefined
  const domain = match[3] || undefined
  return {
    ok: true,
    timeUs,
    kind: 'slow',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        kind: 'event',
        module: 'mysql',
        dataset: 'mysql.slowlog',
        category: ['database'],
        type: ['info'],
        duration: queryTime === undefined ? undefined : Math.round(queryTime * 1_000_000) * 1000,
        start,
        end
      },
      source: domain === undefined && ip === undefined ? undefined : { domain, ip },
      user: user === undefined ? undefined : { name: user },
      related: {
        user: user === undefined ? undefined : [user],
        ip: ip === undefined ? undefined : [ip],
        hosts: domain === undefined ? undefined : [domain]
      },
      mysql: {
        thread_id: thread,
        slowlog: { ...slowlog, innodb, current_user: match[2] || undefined, query: query === '' ? undefined : query }
      }
    }
  }
}

function whole(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
