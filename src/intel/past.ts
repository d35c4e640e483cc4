/**
 * Where indicators may stand in what is stored: SQL that finds at least the rows that show one. What it finds is looked at by the same
 * code as new events, which decides. Names and networks are asked the other way round: which names and addresses does a day have, and
 * which of them are meant?
 */

import { wholeValueSql } from '../filter/sql-columns.ts'
import { any, Context } from '../filter/sql-context.ts'
import { addressSql } from '../filter/sql-expressions.ts'
import type { SqlFilter } from '../filter/to-sql.ts'
import type { IndicatorType } from './indicator.ts'
import { normalUrl } from './normalise.ts'
import { hostInUrl } from './table/layout.ts'
import type { IndicatorTable } from './table/table.ts'

export type Value = { readonly type: IndicatorType; readonly value: string }

/** Of these, a name below or an address inside is a hit as well. */
export function isWide(type: IndicatorType): boolean {
  return type === 'domain' || type === 'cidr'
}

/** Rows that may show one of these single values; undefined if there is nothing to ask. */
export function singleValuesSql(values: readonly Value[]): SqlFilter | undefined {
  const context = new Context({ paramPrefix: 'i' })
  const of = (...types: IndicatorType[]): string[] =>
    values.filter(({ type }) => types.includes(type)).map(({ value }) => value)
  const whole = of('ip', 'md5', 'sha1', 'sha256', 'sha512', 'email', 'ja3', 'ja3s', 'ja4')
  const parts = [
    whole.length === 0 ? undefined : wholeValueSql(whole, context),
    among('dns_answers_data', of('ip'), context, true),
    among('lower(tls_server_ja3s)', of('ja3s'), context),
    among('lower(tls_client_ja4)', of('ja4'), context),
    among('lower(user_agent_original)', of('user-agent'), context),
    urlsSql(of('url'), context)
  ]
  const sql = any(parts)
  return sql === '0' ? undefined : { sql, params: context.params }
}

/** `url.domain` is not stored where it is the destination's name. */
const hostSql = "lower(if(url_domain = '', destination_domain, url_domain))"

function urlsSql(urls: readonly string[], context: Context): string | undefined {
  if (urls.length === 0) return undefined
  // As they are, and as people write them: without the slash of an empty path.
  const written = [...new Set(urls.flatMap(url => (/^[^/]*\/\/[^/]*\/$/.test(url) ? [url, url.slice(0, -1)] : [url])))]
  const places = urls.map(url => url.replace(/^[^/]*\/\//, ''))
  const withoutPorts = places.map(place => place.replace(/^([^/]*):\d+\//, '$1/'))
  return any([
    among('url_full', written, context),
    among('url_original', written, context),
    among('http_request_referrer', written, context),
    among(`concat(${hostSql}, url_original)`, [...new Set([...places, ...withoutPorts])], context)
  ])
}

function among(sql: string, values: readonly string[], context: Context, isList = false): string | undefined {
  if (values.length === 0) return undefined
  const list = context.param([...values], 'Array(String)')
  return isList ? `hasAny(${sql}, ${list})` : `${sql} IN ${list}`
}

const names = [
  'dns_question_name',
  'url_domain',
  'tls_client_server_name',
  'destination_domain',
  'source_domain',
  'tls_server_x509_subject_common_name'
]
const nameLists = ['dns_answers_data', 'dns_answers_name']
const links = ['url_full', 'url_original', 'http_request_referrer']
const addresses = ['source_ip', 'destination_ip']
const fingerprints = [
  'file_hash_md5',
  'file_hash_sha1',
  'file_hash_sha256',
  'tls_server_hash_sha1',
  'tls_client_ja3',
  'tls_server_ja3s',
  'tls_client_ja4'
]
const placeSql = `concat(${hostSql}, url_original)`
const portPlaceSql = `concat(${hostSql}, ':', toString(destination_port), url_original)`

/** The values that rows have of a kind, and how each is looked up. */
export type Census = {
  /** Gives a value a row, many times. */
  readonly sql: string
  /** The types of indicators that it is for. */
  readonly types: readonly IndicatorType[]
  readonly look: (table: IndicatorTable, value: string) => void
}

/** A census for the types of indicators that also mean others (names below, addresses inside). */
export const wideCensus: readonly Census[] = [
  {
    sql: `arrayJoin(arrayConcat([${[...names.map(name => `lower(${name})`), ...links.map(link => `lower(domain(${link}))`)].join(', ')}], ${nameLists
      .map(list => `arrayMap(x -> lower(x), ${list})`)
      .join(', ')}))`,
    types: ['domain'],
    look: (table, value) => table.domain(value)
  },
  {
    sql: `arrayJoin(arrayConcat([${addresses.map(addressSql).join(', ')}], dns_resolved_ip, dns_answers_data, [url_domain]))`,
    types: ['cidr', 'ip'],
    look: (table, value) => table.ip(value)
  }
]

/** A census for all types: for so many indicators that asking for each of them would take longer. */
export const wholeCensus: readonly Census[] = [
  ...wideCensus,
  {
    sql: `arrayJoin([${fingerprints.join(', ')}])`,
    types: ['md5', 'sha1', 'sha256', 'ja3', 'ja3s', 'ja4'],
    look: lookFingerprint
  },
  { sql: 'user_agent_original', types: ['user-agent'], look: (table, value) => table.text('user-agent', value) },
  { sql: `arrayJoin([${links.join(', ')}])`, types: ['url', 'ip', 'cidr'], look: lookLink },
  { sql: `arrayJoin([${placeSql}, ${portPlaceSql}])`, types: ['url'], look: lookPlace },
  {
    // Of the fields without a column, what could be an address, a hash or a mail address.
    sql: "arrayJoin(arrayFilter(v -> length(v) BETWEEN 7 AND 254 AND match(v, '^[0-9a-fA-F:.]{7,45}$|^[0-9a-fA-F]{32,128}$|@'), mapValues(fields)))",
    types: ['ip', 'cidr', 'md5', 'sha1', 'sha256', 'sha512', 'ja3', 'ja3s', 'email'],
    look(table, value) {
      table.ip(value)
      if (value.includes('@')) table.text('email', value)
      else lookFingerprint(table, value)
    }
  }
]

function lookFingerprint(table: IndicatorTable, value: string): void {
  for (const type of fingerprintTypes[value.length] ?? fingerprintsOfOtherLengths) table.text(type, value)
}

const fingerprintTypes: Readonly<Record<number, readonly IndicatorType[]>> = {
  32: ['md5', 'ja3', 'ja3s'],
  40: ['sha1'],
  64: ['sha256'],
  128: ['sha512']
}
const fingerprintsOfOtherLengths: readonly IndicatorType[] = ['ja4']

function lookLink(table: IndicatorTable, value: string): void {
  const host = hostInUrl(value)
  if (host === '') return
  table.ip(host)
  if (!table.mayHaveUrlOf(host)) return
  const url = normalUrl(value)
  if (url !== undefined) table.text('url', url)
}

/** `host/path`, without its scheme. */
function lookPlace(table: IndicatorTable, value: string): void {
  const slash = value.indexOf('/')
  if (slash <= 0 || value.startsWith('//', slash)) return
  if (!table.mayHaveUrlOf(value.slice(0, slash).replace(/:\d+$/, ''))) return
  for (const scheme of ['http', 'https']) {
    const url = normalUrl(`${scheme}://${value}`)
    if (url !== undefined) table.text('url', url)
  }
}

/** Rows that have one of these values. */
export function observedSql(observed: readonly string[]): SqlFilter {
  const context = new Context({ paramPrefix: 'i' })
  const sql = any([
    wholeValueSql(observed, context),
    ...nameLists.map(list => among(`arrayMap(x -> lower(x), ${list})`, observed, context, true)),
    ...links.flatMap(link => [among(`lower(domain(${link}))`, observed, context), among(link, observed, context)]),
    ...['tls_server_x509_subject_common_name', 'tls_server_ja3s', 'tls_client_ja4'].map(name =>
      among(
        `lower(${name})`,
        observed.map(value => value.toLowerCase()),
        context
      )
    ),
    among('user_agent_original', observed, context),
    among(placeSql, observed, context),
    among(portPlaceSql, observed, context)
  ])
  return { sql, params: context.params }
}
