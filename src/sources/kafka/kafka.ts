/**
 * Topics of Apache Kafka as a source: joins the group, reads the partitions that it is given, appends, notes how far it has come, and tells
 * the group. A connection that broke is thrown away and made anew, from the checkpoints (docs/adr/0022).
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { PicketError } from '../../core/errors.ts'
import type { PullContext, Pulling } from '../pull/source.ts'
import { boundBatches } from './bounded-batches.ts'
import { inWords, type KafkaConfig } from './client.ts'
import { readCluster } from './read-cluster.ts'

export type Counts = {
  records: number
  tombstones: number
  /** Offsets that Kafka had deleted before they were read. */
  missedOffsets: number
  rebalances: number
  commitFailures: number
  partitions: number
  lag: number
}

const delaysMs = [1_000, 2_000, 5_000, 10_000]

export async function pullKafka(config: KafkaConfig, context: PullContext): Promise<Pulling> {
  const { log } = context
  boundBatches()
  const stop = new AbortController()
  const counts: Counts = {
    records: 0,
    tombstones: 0,
    missedOffsets: 0,
    rebalances: 0,
    commitFailures: 0,
    partitions: 0,
    lag: 0
  }
  let problem: string | undefined
  let failures = 0

  const tell = (text: string | undefined): void => {
    if (text === problem) return
    if (text === undefined) log.info({ source: config.name }, 'topics of Kafka are read')
    else log.warn({ source: config.name, problem: text }, 'topics of Kafka cannot be read now; it is tried again')
    problem = text
  }

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await readCluster({
          config,
          context,
          counts,
          stop: stop.signal,
          tell(text) {
            failures = 0
            tell(text)
          }
        })
      } catch (error) {
        if (stop.signal.aborted) break
        counts.partitions = 0
        tell(error instanceof PicketError ? error.message : `Kafka at ${config.brokers[0]}: ${inWords(error)}`)
        const delayMs = delaysMs[Math.min(failures++, delaysMs.length - 1)]!
        await sleep(delayMs, undefined, { signal: stop.signal }).catch(() => {})
      }
    }
  }
  const running = run()

  return {
    figures: () => ({
      records: counts.records,
      problem,
      waiting: counts.lag,
      more: {
        partitions: counts.partitions,
        tombstones: counts.tombstones,
        missed_offsets: counts.missedOffsets,
        rebalances: counts.rebalances,
        commit_failures: counts.commitFailures
      }
    }),
    async close() {
      stop.abort()
      await running
    }
  }
}
