/** What `picket generate` says on standard error while it runs, and at the end. */

import type { Progress, RunResult } from '../pipeline/generator-run.ts'
import type { SinkFigures } from '../sinks/sink.ts'
import { bytesText } from './show.ts'

const number = (value: number): string => Math.round(value).toLocaleString('en')

function timeText(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function rateText(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : number(rate)
}

/** The line that is renewed; tells the rate since it was asked last. */
export function progressLine(): (progress: Progress, figures: SinkFigures) => string {
  let before = { records: 0, elapsedMs: 0 }
  return (progress, figures) => {
    const { records, elapsedMs, bytes } = progress
    const perSecond = ((records - before.records) / Math.max(1, elapsedMs - before.elapsedMs)) * 1000
    before = { records, elapsedMs }
    const parts = [`${number(records)} records`, `${rateText(perSecond)}/s`, bytesText(bytes), timeText(elapsedMs)]
    if (figures.retries > 0) parts.push(`${number(figures.retries)} tried again (${figures.reason?.slice(0, 60)})`)
    return parts.join(' · ')
  }
}

/** Renews a line on a terminal each second; elsewhere writes one each ten seconds. Call what it returns at the end. */
export function showProgress(line: () => string): () => void {
  const { stderr } = process
  const isTerminal = stderr.isTTY === true
  const timer = setInterval(
    () => {
      if (isTerminal) stderr.write(`\r\x1b[K${line().slice(0, (stderr.columns ?? 80) - 1)}`)
      else stderr.write(`${line()}\n`)
    },
    isTerminal ? 1000 : 10_000
  )
  return () => {
    clearInterval(timer)
    if (isTerminal) stderr.write('\r\x1b[K')
  }
}

export function summaryOf(result: RunResult, figures: SinkFigures, label: string): string {
  const { records, bytes, elapsedMs, skipped, stopped } = result
  const perSecond = (records / Math.max(1, elapsedMs)) * 1000
  const parts = [
    `${stopped ? 'Stopped after' : 'Made'} ${number(records)} records (${bytesText(bytes)}) in ${timeText(elapsedMs)}, ${rateText(perSecond)}/s, to ${label}`
  ]
  if (figures.retries > 0) parts.push(`${number(figures.retries)} attempts made again`)
  if (figures.refused > 0) parts.push(`${number(figures.refused)} refused`)
  if (skipped > 0) parts.push(`${number(skipped)} left out, since they were not taken fast enough`)
  return `${parts.join('; ')}.`
}
