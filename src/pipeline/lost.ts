/** A stretch of the bus that cannot be read: what had arrived in it becomes dead letters in the ledger, with the reason. */

import type { CorruptRange } from '../core/bus.ts'
import type { Ledger, Outcome } from '../state/ledger.ts'
import { rawPartition } from './entrance.ts'

export function lostOutcomes(ledger: Ledger, topic: string, range: CorruptRange): Outcome[] {
  const reason = `the bus could not be read (${range.reason}, offsets ${range.fromOffset} to ${range.toOffset - 1} of ${topic})`
  return ledger.arrivals(topic, rawPartition, range.fromOffset, range.toOffset).map(arrival => ({
    source: arrival.source,
    format: arrival.format,
    run: arrival.run,
    hour: arrival.hour,
    stored: 0,
    deadLettered: arrival.records,
    duplicates: 0,
    reasons: { [reason]: arrival.records }
  }))
}
