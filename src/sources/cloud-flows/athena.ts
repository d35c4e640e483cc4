/**
 * Flows out of a table of VPC flow logs in Athena. The engine puts equal flows together, so that one row stands for many records; a result
 * that is longer than the bound is refused, for rules made from a part of the traffic would break the rest.
 */

import type { AthenaClient, Row as AthenaRow } from '@aws-sdk/client-athena'
import { PicketError } from '../../core/errors.ts'
import { clientOptions } from '../../platform/aws/client-options.ts'
import type { AwsSettings } from '../../platform/aws/settings.ts'
import type { Flow } from '../../ports/flow.ts'
import {
  type CloudRange,
  fieldsIn,
  flowOfRow,
  neededFields,
  type Row,
  type RowField,
  rowFields,
  type Wanted,
  wantedMax
} from './row.ts'
import { asked, waited } from './waiting.ts'

export type AthenaOptions = {
  readonly aws: AwsSettings
  /** `table`, `database.table`, or `catalog.database.table`. */
  readonly table: string
  readonly output: string | undefined
  readonly workgroup: string | undefined
  /** A further condition in SQL: partitions. */
  readonly where: string | undefined
  readonly range: CloudRange
  readonly wanted: Wanted
  readonly rowsMax?: number
  readonly timeoutMs?: number
  readonly onFlow: (flow: Flow) => void
}

export type AthenaResult = { readonly rows: number; readonly scannedBytes: number }

const rowsMaxUsual = 500_000
const timeoutMsUsual = 15 * 60_000
const pageRows = 1_000

/** Throws `aws`, `bad-table`, `cloud-query`, `too-many-flows`. */
export async function flowsOfAthena(options: AthenaOptions): Promise<AthenaResult> {
  const { AthenaClient } = await import('@aws-sdk/client-athena')
  const client = new AthenaClient(clientOptions(options.aws))
  try {
    const table = tableSql(options.table)
    const columns = new Map<string, string>()
    const empty = await run(client, `SELECT * FROM ${table} LIMIT 0`, options, () => {}, columns)
    const fields = fieldsIn([...columns.keys()])
    const missing = neededFields.filter(field => !fields.has(field))
    if (missing.length > 0 || !fields.has('start'))
      throw new PicketError(
        'bad-table',
        `${options.table} is no table of VPC flow logs: there is nothing that stands for ${[...missing, ...(fields.has('start') ? [] : ['start'])].join(', ')} among ${[...columns.keys()].slice(0, 40).join(', ') || 'no columns'}`
      )
    const rowsMax = options.rowsMax ?? rowsMaxUsual
    let rows = 0
    const sql = flowsSql(table, fields, columns, options, rowsMax)
    const names = [...rowFields.filter(field => fields.has(field)), 'count'] as const
    const full = await run(client, sql, options, ({ Data = [] }) => {
      if (++rows > rowsMax)
        throw new PicketError(
          'too-many-flows',
          `More than ${rowsMax} different flows: ask for a shorter time range, or for one interface`
        )
      const row = Object.fromEntries(names.map((name, i) => [name, Data[i]?.VarCharValue])) as Row
      const flow = flowOfRow(row)
      if (flow !== undefined) options.onFlow(flow)
    })
    return { rows, scannedBytes: empty + full }
  } finally {
    client.destroy()
  }
}

/** Runs a query and gives its rows without the header; `columns` gets names and types. Returns the bytes that were read for it. */
async function run(
  client: AthenaClient,
  QueryString: string,
  options: AthenaOptions,
  receive: (row: AthenaRow) => void,
  columns?: Map<string, string>
): Promise<number> {
  const { GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand, StopQueryExecutionCommand } =
    await import('@aws-sdk/client-athena')
  const what = `ask Athena for ${options.table}`
  const { QueryExecutionId } = await asked(what, () =>
    client.send(
      new StartQueryExecutionCommand({
        QueryString,
        ...(options.workgroup === undefined ? {} : { WorkGroup: options.workgroup }),
        ...(options.output === undefined ? {} : { ResultConfiguration: { OutputLocation: options.output } })
      })
    )
  )
  const scanned = await waited({
    what: 'The query of Athena',
    timeoutMs: options.timeoutMs ?? timeoutMsUsual,
    async ask() {
      const { QueryExecution } = await asked(what, () =>
        client.send(new GetQueryExecutionCommand({ QueryExecutionId }))
      )
      const { State, StateChangeReason } = QueryExecution?.Status ?? {}
      if (State === 'FAILED' || State === 'CANCELLED')
        throw new PicketError(
          'cloud-query',
          `Athena ended the query (${State.toLowerCase()}): ${(StateChangeReason ?? 'it does not say why').slice(0, 500)}`
        )
      return State === 'SUCCEEDED' ? (QueryExecution?.Statistics?.DataScannedInBytes ?? 0) : undefined
    },
    stop: () => client.send(new StopQueryExecutionCommand({ QueryExecutionId }))
  })
  let NextToken: string | undefined
  let isFirst = true
  do {
    const answer = await asked(`read the result of Athena`, () =>
      client.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken, MaxResults: pageRows }))
    )
    const info = answer.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []
    if (columns !== undefined) for (const { Name, Type } of info) if (Name !== undefined) columns.set(Name, Type ?? '')
    // The first row of the first page is the columns' names.
    for (const row of (answer.ResultSet?.Rows ?? []).slice(isFirst ? 1 : 0)) receive(row)
    isFirst = false
    NextToken = answer.NextToken
  } while (NextToken !== undefined)
  return scanned
}

function tableSql(table: string): string {
  const parts = table.split('.')
  if (parts.length > 3 || !parts.every(part => /^[\w-]{1,255}$/.test(part)))
    throw new PicketError('bad-table', `${table} is not like database.table`)
  return parts.map(part => `"${part}"`).join('.')
}

function flowsSql(
  table: string,
  fields: ReadonlyMap<RowField, string>,
  types: ReadonlyMap<string, string>,
  { range, wanted, where }: AthenaOptions,
  rowsMax: number
): string {
  const column = (field: RowField): string => `"${fields.get(field)!.replaceAll('"', '""')}"`
  const type = types.get(fields.get('start')!) ?? ''
  const start = /^(timestamp|date)/i.test(type)
    ? `to_unixtime(${column('start')})`
    : `TRY_CAST(${column('start')} AS bigint)`
  const chosen = rowFields.filter(field => fields.has(field))
  const grouped = chosen.filter(field => field !== 'start')
  const select = chosen.map(field => (field === 'start' ? `min(${start})` : column(field)))
  const conditions = [
    `${start} >= ${Math.floor(range.fromMs / 1000)}`,
    `${start} < ${Math.ceil(range.toMs / 1000)}`,
    ...(where === undefined ? [] : [`(${where})`])
  ]
  const list = (values: readonly string[]): string => values.map(value => `'${value.replaceAll("'", "''")}'`).join(', ')
  const { interfaces, instances, addresses } = wanted
  const any = [
    ...(interfaces.length > 0 && fields.has('interfaceId')
      ? [`${column('interfaceId')} IN (${list(interfaces)})`]
      : []),
    ...(instances.length > 0 && fields.has('instanceId') ? [`${column('instanceId')} IN (${list(instances)})`] : []),
    ...(addresses.length > 0
      ? [`${column('source')} IN (${list(addresses)})`, `${column('destination')} IN (${list(addresses)})`]
      : [])
  ]
  if (any.length > 0 && interfaces.length + instances.length + addresses.length <= wantedMax)
    conditions.push(`(${any.join(' OR ')})`)
  const groups = grouped.map(column).join(', ')
  return `SELECT ${select.join(', ')}, count(*) FROM ${table} WHERE ${conditions.join(' AND ')} GROUP BY ${groups} LIMIT ${rowsMax + 1}`
}
