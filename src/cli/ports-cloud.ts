/** What `picket ports` asks a cloud for: flows, of its own engines, and the security groups that are there now. */

import { timeRange } from '../api/query.ts'
import { PicketError } from '../core/errors.ts'
import { type AwsSettings, awsSettings } from '../platform/aws/settings.ts'
import { realClock } from '../platform/clock.ts'
import { cidrText } from '../ports/cidr.ts'
import type { Conversations, Target } from '../ports/conversations.ts'
import { type Existing, readExisting } from '../ports/existing.ts'
import { flowsOfAthena } from '../sources/cloud-flows/athena.ts'
import { flowsOfInsights } from '../sources/cloud-flows/insights.ts'
import { liveGroups } from '../sources/cloud-flows/live-groups.ts'
import type { CloudRange, Wanted } from '../sources/cloud-flows/row.ts'
import type { PortsOptions } from './ports.ts'

/** Adds the groups that are there, and who is in them. */
export async function addLiveGroups(options: PortsOptions, into: Existing): Promise<void> {
  const { interface: interfaces, instance, group } = options
  const live = await liveGroups(awsOf(options), { interface: interfaces, instance, group })
  // As `aws` prints it: times are texts.
  readExisting(JSON.parse(JSON.stringify(live)), into)
}

export async function flowsOfCloud(
  options: PortsOptions,
  target: Target,
  into: Conversations,
  say: (text: string) => void
): Promise<void> {
  const aws = awsOf(options)
  const range = rangeOf(options)
  const wanted = wantedOf(target)
  const onFlow = into.add.bind(into)
  if (options.athena !== undefined) {
    const { rows, scannedBytes } = await flowsOfAthena({
      aws,
      table: options.athena,
      output: options.athenaOutput,
      workgroup: options.athenaWorkgroup,
      where: options.athenaWhere,
      range,
      wanted,
      onFlow
    })
    say(`Athena: ${rows} rows, ${sizeText(scannedBytes)} read\n`)
  }
  if (options.insights !== undefined) {
    const format = options.insightsFormat
    const { rows, queries, scannedBytes } = await flowsOfInsights({
      aws,
      group: options.insights,
      format,
      range,
      wanted,
      onFlow
    })
    say(
      `Logs Insights: ${rows} rows of ${queries} ${queries === 1 ? 'query' : 'queries'}, ${sizeText(scannedBytes)} read\n`
    )
  }
}

function rangeOf({ from, to }: PortsOptions): CloudRange {
  const nowMs = realClock.nowMs()
  const { fromUs, toUs } = timeRange(from, to, nowMs)
  if (fromUs === undefined)
    throw new PicketError('no-range', 'An engine is asked for a time range: say --from -7d, say (and --to)')
  return { fromMs: fromUs / 1000, toMs: toUs === undefined ? nowMs : toUs / 1000 }
}

/** Networks of many addresses are not asked for: what is of no interest is left out here. */
function wantedOf({ networks, interfaces, instances }: Target): Wanted {
  const single = networks.filter(({ bits }) => bits === 128)
  if (single.length < networks.length) return { interfaces: [], instances: [], addresses: [] }
  return {
    interfaces: [...interfaces],
    instances: [...instances],
    addresses: single.map(network => cidrText(network).replace(/\/\d+$/, ''))
  }
}

function awsOf({ region, profile, role, endpoint }: PortsOptions): AwsSettings {
  for (const [name, value] of Object.entries({ region, profile, role, endpoint })) {
    const shape = awsSettings[name as 'region' | 'profile' | 'role' | 'endpoint']
    const read = shape.safeParse(value)
    if (!read.success)
      throw new PicketError('bad-option', `--${name} ${value}: ${read.error.issues[0]?.message ?? 'is not valid'}`)
  }
  return { region, profile, role, endpoint }
}

function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} KB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
