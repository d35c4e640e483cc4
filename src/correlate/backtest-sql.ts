/** The questions of a back-test: what a rule's expression would have found, by day and by the values of telling fields, in one scan. */

import type { Expression } from '../filter/expression.ts'
import { heartbeatSql, type Statement, textSql } from './hits-sql.ts'

export type Span = { readonly fromUs: number; readonly toUs: number }

/** Fields that tell whom an event is about; the first ones are what alerts are grouped by. */
export const tellingFields: readonly string[] = [
  ...[
    'host.name',
    'source.ip',
    'user.name',
    'destination.ip',
    'destination.port',
    'process.name',
    'process.executable'
  ],
  ...['process.parent.name', 'process.parent.executable', 'process.command_line', 'file.path', 'registry.path'],
  ...['dns.question.name', 'url.domain', 'url.path', 'user_agent.original', 'event.action', 'event.dataset'],
  ...['rule.name', 'aws.cloudtrail.user_identity.arn', 'service.name', 'picket.source']
]

/** Longer values are shown by their beginning, and not suggested. */
export const valueLengthMax = 300

/** `field (its number; -1: the day, -2: everything), value, n`: the most frequent values of each field. */
export function valuesOfHitsSql(
  expression: Expression,
  span: Span,
  fields: readonly string[],
  valuesMax: number,
  statement: Statement
): string {
  const day = "toString(toDate(timestamp, 'UTC'))"
  const pairs = fields.map((field, i) => {
    const value = statement.value([field])
    const text = value.type === 'list' ? `arrayStringConcat(${value.sql}, ', ')` : textSql(value)
    return `(${i}, substringUTF8(${text}, 1, ${valueLengthMax}))`
  })
  const all = `[(-2, 'all'), (-1, ${day})${pairs.map(pair => `, ${pair}`).join('')}]`
  return (
    `SELECT p.1 AS field, p.2 AS value, toString(count()) AS n FROM (SELECT arrayJoin(${all}) AS p ${fromSql(expression, span, statement)}) ` +
    `WHERE value != '' GROUP BY field, value ORDER BY field, count() DESC, value LIMIT ${valuesMax} BY field`
  )
}

/** How many hits there are without the values. */
export function fromSql(expression: Expression, span: Span, statement: Statement): string {
  const extent = { ...span, seen: 0, committed: Number.MAX_SAFE_INTEGER }
  return `${statement.from(expression, extent)} AND NOT ${heartbeatSql}`
}
