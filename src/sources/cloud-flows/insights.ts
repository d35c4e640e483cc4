/**
 * Flows out of a log group of VPC flow logs, by CloudWatch Logs Insights. The engine puts equal flows together, and gives 10,000 rows at most:
 * a range with more is asked for in halves.
 */

import type { CloudWatchLogsClient, ResultField } from '@aws-sdk/client-cloudwatch-logs'
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

export type InsightsOptions = {
  readonly aws: AwsSettings
  readonly group: string
  /** The flow log's own format, the names of its fields, each in `${}` or bare; undefined: asked for, else the default one, whose fields Insights knows. */
  readonly format: string | undefined
  readonly range: CloudRange
  readonly wanted: Wanted
  readonly rowsMax?: number
  readonly timeoutMs?: number
  readonly onFlow: (flow: Flow) => void
}

export type InsightsResult = { readonly rows: number; readonly queries: number; readonly scannedBytes: number }

const rowsMaxUsual = 500_000
const queriesMax = 400
const timeoutMsUsual = 15 * 60_000
/** What a query gives at most. */
const limit = 10_000
const shortestSeconds = 60

/** Throws `aws`, `bad-format`, `cloud-query`, `too-many-flows`. */
export async function flowsOfInsights(options: InsightsOptions): Promise<InsightsResult> {
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs')
  const client = new CloudWatchLogsClient(clientOptions(options.aws))
  try {
    const { text, fields } = queryOf(options.format ?? (await formatOf(options)), options.wanted)
    const rowsMax = options.rowsMax ?? rowsMaxUsual
    // Both ends belong to a range of Insights.
    const ranges: [number, number][] = [
      [Math.floor(options.range.fromMs / 1000), Math.max(0, Math.ceil(options.range.toMs / 1000) - 1)]
    ]
    let queries = 0
    let scannedBytes = 0
    let rows = 0
    for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
      const [from, to] = range
      if (++queries > queriesMax || rows > rowsMax)
        throw new PicketError(
          'too-many-flows',
          'More different flows than Logs Insights should be asked for: name a shorter time range, or one interface (or take them from S3 with Athena)'
        )
      const { results, bytes } = await run(client, text, from, to, options)
      scannedBytes += bytes
      if (results.length >= limit) {
        if (to - from < shortestSeconds)
          throw new PicketError(
            'too-many-flows',
            `More than ${limit} different flows in a minute: name one interface (or take them from S3 with Athena)`
          )
        const middle = Math.floor((from + to) / 2)
        // The earlier half is next.
        ranges.push([middle + 1, to], [from, middle])
        continue
      }
      rows += results.length
      for (const result of results) {
        const row = Object.fromEntries(result.map(({ field, value }) => [fields.get(field ?? '') ?? '', value])) as Row
        const flow = flowOfRow(row)
        if (flow !== undefined) options.onFlow(flow)
      }
    }
    return { rows, queries, scannedBytes }
  } finally {
    client.destroy()
  }
}

async function run(
  client: CloudWatchLogsClient,
  queryString: string,
  startTime: number,
  endTime: number,
  options: InsightsOptions
): Promise<{ readonly results: readonly ResultField[][]; readonly bytes: number }> {
  const { GetQueryResultsCommand, StartQueryCommand, StopQueryCommand } = await import(
    '@aws-sdk/client-cloudwatch-logs'
  )
  const what = `ask Logs Insights for ${options.group}`
  const { queryId } = await asked(what, () =>
    client.send(new StartQueryCommand({ logGroupNames: [options.group], startTime, endTime, queryString, limit }))
  )
  return waited({
    what: 'The query of Logs Insights',
    timeoutMs: options.timeoutMs ?? timeoutMsUsual,
    async ask() {
      const {
        status,
        results = [],
        statistics
      } = await asked(what, () => client.send(new GetQueryResultsCommand({ queryId })))
      if (status === 'Failed' || status === 'Cancelled' || status === 'Timeout')
        throw new PicketError('cloud-query', `Logs Insights ended the query: ${status}`)
      return status === 'Complete' ? { results, bytes: statistics?.bytesScanned ?? 0 } : undefined
    },
    stop: () => client.send(new StopQueryCommand({ queryId }))
  })
}

/** The format that the flow log has which writes into the group; undefined for the default one, or where it may not be asked for. */
async function formatOf({ aws, group }: InsightsOptions): Promise<string | undefined> {
  const { DescribeFlowLogsCommand, EC2Client } = await import('@aws-sdk/client-ec2')
  const client = new EC2Client(clientOptions(aws))
  try {
    const answer = await client.send(
      new DescribeFlowLogsCommand({ Filter: [{ Name: 'log-group-name', Values: [group] }] })
    )
    return answer.FlowLogs?.find(({ LogGroupName }) => LogGroupName === group)?.LogFormat
  } catch {
    return undefined
  } finally {
    client.destroy()
  }
}

/** What Insights itself calls the fields of the default format. */
const discovered: Readonly<Partial<Record<RowField, string>>> = {
  source: 'srcAddr',
  destination: 'dstAddr',
  sourcePort: 'srcPort',
  destinationPort: 'dstPort',
  protocol: 'protocol',
  action: 'action',
  start: 'start',
  interfaceId: 'interfaceId'
}
const defaultFormat =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'

/** The query, and what its columns stand for. Throws `bad-format`. */
export function queryOf(
  format: string | undefined,
  wanted: Wanted
): { readonly text: string; readonly fields: ReadonlyMap<string, RowField | 'count'> } {
  let fields: ReadonlyMap<RowField, string> = new Map(Object.entries(discovered) as [RowField, string][])
  const steps: string[] = []
  const names = (format ?? defaultFormat)
    .trim()
    .split(/\s+/)
    .map(word =>
      /^(?:\$\{([a-z0-9-]{1,64})\}|([a-z0-9-]{1,64}))$/
        .exec(word)
        ?.slice(1)
        .find(name => name !== undefined)
    )
  if (names.length > 100 || !names.every(name => name !== undefined))
    throw new PicketError('bad-format', `${(format ?? '').slice(0, 100)} is no format of a flow log: name its fields`)
  if (names.join(' ') !== defaultFormat) {
    const found = fieldsIn(names)
    const missing = neededFields.filter(field => !found.has(field))
    if (missing.length > 0)
      throw new PicketError('bad-format', `The flow log's format has nothing that stands for ${missing.join(', ')}`)
    const named = (name: string): string => `f_${name.replaceAll('-', '_')}`
    steps.push(`parse @message "${names.map(() => '*').join(' ')}" as ${names.map(named).join(', ')}`)
    fields = new Map([...found].map(([field, name]) => [field, named(name)]))
  }
  const { interfaces, instances, addresses } = wanted
  const list = (values: readonly string[]): string => values.map(value => JSON.stringify(value)).join(', ')
  const any = [
    ...(interfaces.length > 0 && fields.has('interfaceId')
      ? [`${fields.get('interfaceId')} in [${list(interfaces)}]`]
      : []),
    ...(instances.length > 0 && fields.has('instanceId')
      ? [`${fields.get('instanceId')} in [${list(instances)}]`]
      : []),
    ...(addresses.length > 0
      ? [`${fields.get('source')} in [${list(addresses)}]`, `${fields.get('destination')} in [${list(addresses)}]`]
      : [])
  ]
  if (any.length > 0 && interfaces.length + instances.length + addresses.length <= wantedMax)
    steps.push(`filter ${any.join(' or ')}`)
  const grouped = rowFields.filter(field => fields.has(field) && field !== 'start')
  const start = fields.has('start') ? `, min(${fields.get('start')}) as start_s` : ''
  steps.push(`stats count(*) as count${start} by ${grouped.map(field => fields.get(field)).join(', ')}`)
  steps.push(`limit ${limit}`)
  const columns = grouped.map((field): [string, RowField | 'count'] => [fields.get(field)!, field])
  return { text: steps.join(' | '), fields: new Map([...columns, ['start_s', 'start'], ['count', 'count']]) }
}
