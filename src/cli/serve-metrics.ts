/** What `/metrics` tells of the parts that `picket serve` holds. Sources and notifications are told of where they begin (`serve.ts`). */

import { observeAlerts } from '../api/alert-metrics.ts'
import { observeHeartbeat } from '../api/heartbeat.ts'
import type { Metrics } from '../platform/metrics.ts'
import { listFeeds } from '../state/intel-feeds.ts'
import type { Picket } from '../wire.ts'

export function observe(picket: Picket, metrics: Metrics): void {
  observeRecords(picket, metrics)
  observeAlerts(picket.state, metrics, Date.now)
  observeHeartbeat(picket.state, metrics)
  observeIndicators(picket, metrics)
  observeFeeds(picket, metrics)
}

function observeRecords(picket: Picket, metrics: Metrics): void {
  const total = totalIn(metrics)
  const totals = () => picket.ledger.report().totals
  total('picket_records_received', 'Records that the bus has made durable', () => totals().received)
  total('picket_records_stored', 'Records that became searchable events', () => totals().stored)
  total('picket_records_dead_lettered', 'Records that could not be read', () => totals().deadLettered)
  total('picket_records_duplicates', 'Records that were known already', () => totals().duplicates)
  total('picket_backlog_bytes', 'Bytes on the bus that are not stored yet', () => picket.intake.backlogBytes)
  total('picket_pipeline_stalled', '1 while the pipeline waits for something to be repaired', () =>
    picket.pipeline.state.stalled === undefined ? 0 : 1
  )
  total('picket_mail_waiting_bytes', 'Mails that wait for the mail lane, bytes', () => picket.intake.mailBytes)
  total(
    'picket_mail_carried',
    'Chunks that the mail lane has carried over',
    () => picket.mailLane?.figures.carried ?? 0
  )
  total('picket_mail_stalled', '1 while the mail lane waits for something to be repaired', () =>
    picket.mailLane?.figures.stalled === undefined ? 0 : 1
  )
  total('picket_engine_restarts', 'Restarts of the embedded ClickHouse', () => picket.engine?.restarts() ?? 0)
  total('picket_worker_deaths', 'Pipeline workers that ended unexpectedly', () => picket.pool.deaths)
}

function observeFeeds({ intel }: Picket, metrics: Metrics): void {
  const feeds = () => listFeeds(intel).filter(feed => feed.enabled)
  metrics.gauge('picket_feeds_failing', 'Feeds of intelligence whose last run failed', [], gauge =>
    gauge.set(feeds().filter(feed => feed.problem !== '').length)
  )
  metrics.gauge('picket_feed_indicators', 'Indicators of a feed', ['feed'], gauge => {
    gauge.reset()
    for (const feed of feeds()) gauge.set({ feed: feed.name }, feed.indicators)
  })
}

function observeIndicators({ indicators, retro }: Picket, metrics: Metrics): void {
  if (indicators === undefined || retro === undefined) return
  const total = totalIn(metrics)
  total('picket_indicators', 'Indicators in force', () => indicators.state().entries + indicators.state().patterns)
  total(
    'picket_indicators_bytes',
    'Memory of the table of indicators, shared by all workers',
    () => indicators.state().bytes
  )
  total(
    'picket_retro_jobs',
    'Jobs of new indicators that are not yet held against what is stored',
    () => retro.jobs().filter(job => job.finishedMs === undefined).length
  )
}

/** Gauges without labels, asked when they are read. */
function totalIn(metrics: Metrics) {
  return (name: string, help: string, value: () => number): void => {
    metrics.gauge(name, help, [], gauge => gauge.set(value()))
  }
}
