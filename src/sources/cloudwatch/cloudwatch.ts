/** Asks CloudWatch Logs for the new log events of log groups, one group after the other, round after round. */

import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { clientOptions } from '../../platform/aws/client-options.ts'
import { awsFailure } from '../../platform/aws/failure.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import type { PullContext, Pulling } from '../pull/source.ts'
import { pause, Trouble } from '../pull/trouble.ts'
import { GroupReader } from './group-reader.ts'
import type { LogGroup } from './log-events.ts'

export type CloudWatchConfig = Extract<SourceConfig, { type: 'cloudwatch' }>

const findEveryMs = 5 * 60_000
const spacingMs = 220
/** What a prefix may find. */
const groupsMax = 1_000

export async function pullCloudWatch(config: CloudWatchConfig, context: PullContext): Promise<Pulling> {
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs')
  const client = new CloudWatchLogsClient(clientOptions(config))
  const trouble = new Trouble(context.log, config.name)
  const stop = new AbortController()
  const readers = new Map<string, GroupReader>()
  let throttled = 0

  const find = async (): Promise<void> => {
    for (const group of await groupsOf(client, config, stop.signal)) {
      if (readers.has(group.name)) continue
      const reader = new GroupReader({
        client,
        context,
        group,
        streamPrefix: config.streamPrefix,
        filter: config.filter,
        sinceMs: config.since,
        lookBackMs: config.lookBack,
        chunks: { source: config.name, timezoneMinutes: config.timezone },
        spacingMs
      })
      readers.set(group.name, reader)
    }
  }

  const tried = async (about: string, what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      trouble.over(about)
    } catch (error) {
      if (stop.signal.aborted) return
      const failure = awsFailure(error, what)
      if (failure.kind === 'throttled') throttled++
      const waitMs = trouble.met(about, failure.message)
      // One group's rights are not the others' affair; a limit is everybody's.
      if (failure.kind === 'throttled' || failure.kind === 'away') await pause(waitMs, stop.signal)
    }
  }

  const run = async (): Promise<void> => {
    let foundMs = Number.NEGATIVE_INFINITY
    while (!stop.signal.aborted) {
      const startedMs = performance.now()
      if (startedMs - foundMs >= findEveryMs || readers.size === 0) {
        foundMs = startedMs
        await tried('groups', 'find the log groups', find)
      }
      for (const [name, reader] of readers) {
        if (stop.signal.aborted) return
        await tried(`group ${name}`, `read the log group ${name}`, () => reader.round(stop.signal))
        await pause(spacingMs, stop.signal)
      }
      await pause(Math.max(spacingMs, config.interval - (performance.now() - startedMs)), stop.signal)
    }
  }
  const running = run()

  return {
    figures() {
      const all = [...readers.values()]
      const sum = (value: (reader: GroupReader) => number): number =>
        all.reduce((total, each) => total + value(each), 0)
      const nowMs = context.nowMs()
      return {
        records: sum(({ records }) => records),
        problem: trouble.problem,
        more: {
          groups: all.length,
          requests: sum(({ requests }) => requests),
          behind_ms: Math.max(0, ...all.map(reader => reader.behindMs(nowMs))),
          throttled
        }
      }
    },
    async close() {
      stop.abort()
      await running
      client.destroy()
    }
  }
}

/** Those that are named, and those that begin so. What may not be described is read all the same, without its account. */
async function groupsOf(
  client: CloudWatchLogsClient,
  config: CloudWatchConfig,
  signal: AbortSignal
): Promise<readonly LogGroup[]> {
  const { DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const found = new Map<string, LogGroup>()
  for (const prefix of config.prefixes) {
    let nextToken: string | undefined
    do {
      const answer = await client.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, limit: 50, nextToken }),
        { abortSignal: signal }
      )
      for (const { logGroupName: name, arn } of answer.logGroups ?? [])
        if (name !== undefined) found.set(name, { name, account: accountOf(arn) })
      nextToken = found.size < groupsMax ? answer.nextToken : undefined
    } while (nextToken !== undefined)
  }
  for (const name of config.groups) {
    if (found.has(name)) continue
    const answer = await client
      .send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }), { abortSignal: signal })
      .catch(() => undefined)
    const same = answer?.logGroups?.find(({ logGroupName }) => logGroupName === name)
    found.set(name, { name, account: accountOf(same?.arn) })
  }
  return [...found.values()]
}

/** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`. */
function accountOf(arn: string | undefined): string | undefined {
  const account = arn?.split(':')[4]
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined
}
