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

/** The names that rows have, each once, in lower case. */
export const namesSql: string = `arrayJoin(arrayConcat([${[...names.map(name => `lower(${name})`), ...links.map(link => `lower(domain(${link}))`)].join(', ')}], ${nameLists
  .map(list => `arrayMap(x -> lower(x), ${list})`)
  .join(', ')}))`

/** The addresses that rows have, each once, as texts. */
export const addressesSql: string = `arrayJoin(arrayConcat([${addresses.map(addressSql).join(', ')}], dns_resolved_ip, dns_answers_data))`

/** Rows that have one of these names or addresses. */
export function observedSql(observed: readonly string[]): SqlFilter {
  const context = new Context({ paramPrefix: 'i' })
  const sql = any([
    wholeValueSql(observed, context),
    ...nameLists.map(list => among(`arrayMap(x -> lower(x), ${list})`, observed, context, true)),
    ...links.map(link => among(`lower(domain(${link}))`, observed, context)),
    among('lower(tls_server_x509_subject_common_name)', observed, context)
  ])
  return { sql, params: context.params }
}
