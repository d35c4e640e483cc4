/**
 * How much of what Elastic's integrations make of public samples our parsers make too. The samples lie beside the repository
 * (`../shared/data/ecs`) and are not part of it: without them the test is skipped.
 */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { addScores, type Score, score } from '../testing/ecs-score.ts'
import { frame, parseText } from '../testing/parser-cases.ts'
import { parsers } from './index.ts'
import { makeSample, recognise } from './recognise.ts'

const data = join(import.meta.dirname, '../../../shared/data/ecs')

type Package = {
  readonly name: string
  /** How the names of its parsers begin: without one in the list, it is not scored. */
  readonly parser: string
  /** Folders below `ecs/`. */
  readonly streams: () => string[]
  /** Minutes east of UTC that the samples' own test configuration gives to a stream. */
  readonly timezoneMinutes?: (stream: string) => number
  /** When the samples were received, where their expected documents were not made in 2024. */
  readonly receivedMs?: number
  readonly atLeast: number
}

const below = (folder: string) => readdirSync(join(data, folder)).map(name => `${folder}/${name}`)

const packages: readonly Package[] = [
  { name: 'suricata', parser: 'suricata', streams: () => below('suricata'), atLeast: 0.97 },
  { name: 'zeek', parser: 'zeek', streams: () => below('zeek'), atLeast: 0.97 },
  { name: 'aws vpcflow', parser: 'vpc', streams: () => ['aws/vpcflow'], atLeast: 0.97 },
  { name: 'aws firewall', parser: 'aws-network-firewall', streams: () => ['aws/firewall_logs'], atLeast: 0.97 },
  { name: 'aws route53', parser: 'aws-route53', streams: () => ['aws/route53_public_logs'], atLeast: 0.97 },
  { name: 'aws s3access', parser: 'aws-s3-access', streams: () => ['aws/s3access'], atLeast: 0.97 },
  { name: 'aws cloudtrail', parser: 'cloudtrail', streams: () => ['aws/cloudtrail'], atLeast: 0.97 },
  { name: 'nginx', parser: 'nginx', streams: () => below('nginx'), atLeast: 0.97 },
  {
    name: 'apache',
    parser: 'apache',
    streams: () => below('apache'),
    timezoneMinutes: stream => (stream === 'apache/error' ? 120 : 0),
    atLeast: 0.97
  },
  { name: 'cisco asa', parser: 'syslog', streams: () => below('cisco_asa'), atLeast: 0.97 },
  {
    name: 'system',
    parser: 'syslog',
    streams: () => ['system/auth', 'system/syslog'],
    timezoneMinutes: stream => (stream === 'system/syslog' ? -120 : 0),
    atLeast: 0.985
  },
  {
    name: 'iptables',
    parser: 'syslog',
    streams: () => below('iptables'),
    // Most of the expected documents were made in 2023, some in 2024: stamps without a year can be right for one only.
    receivedMs: Date.UTC(2023, 11, 31, 23),
    atLeast: 0.97
  }
]

/** The expected documents were made in 2024: stamps without a year are of that year. */
const lateIn2024 = Date.UTC(2024, 11, 31, 23)

type Expected = { readonly event?: { readonly original?: string } } | null

/**
 * Where the expected documents are fewer than our events (Elastic's test of nginx joins lines that begin with a name to the line
 * before, and reads only the first of them), each is held against the event of its first line.
 */
function aligned(
  expected: readonly Expected[],
  records: readonly { readonly text: string }[],
  actual: readonly unknown[]
): readonly unknown[] {
  if (expected.length === actual.length) return actual
  let from = 0
  return expected.map((document, i) => {
    const first = document?.event?.original?.split('\n')[0]
    const at = first === undefined ? i : records.findIndex(({ text }, j) => j >= from && text === first)
    from = at + 1
    return actual[at]
  })
}

/** The same instant and the same offset compare equal, however they are spelled (`11:35-02:00`, `GMT-0200`). */
function normal(path: string, value: string): string {
  if (path === 'event.timezone') return value.replace(/^GMT/, '').replace(/^([+-])(\d)$/, '$10$200')
  if (path !== '@timestamp') return value
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? value : new Date(ms).toISOString()
}

function scoreStream(
  stream: string,
  timezoneMinutes: number,
  receivedMs: number
): { readonly score: Score; readonly unknown: boolean } {
  const folder = join(data, stream)
  const scores: Score[] = []
  let unknown = false
  for (const file of readdirSync(folder)) {
    const expectedPath = join(folder, `${file}-expected.json`)
    if (!existsSync(expectedPath)) continue
    const text = readFileSync(join(folder, file), 'utf8')
    const { parser, confidence } = recognise(makeSample(text, basename(file)))
    if (confidence === 0) unknown = true
    const actual = parseText(text, parser, { receivedMs, timezoneMinutes, fileName: basename(file) })
    const { expected } = JSON.parse(readFileSync(expectedPath, 'utf8')) as { expected: Expected[] }
    scores.push(score(expected, aligned(expected, frame(text, parser), actual), normal))
  }
  return { score: addScores(scores), unknown }
}

test('recall against the public integrations', { skip: existsSync(data) ? false : `no samples at ${data}` }, t => {
  const low: string[] = []
  for (const { name, parser, streams, timezoneMinutes, receivedMs = lateIn2024, atLeast } of packages) {
    if (!parsers.some(candidate => candidate.name.startsWith(parser))) {
      t.diagnostic(`${name.padEnd(16)} no parser ${parser} in the list: not scored`)
      continue
    }
    const found = streams().map(stream => ({
      stream,
      ...scoreStream(stream, timezoneMinutes?.(stream) ?? 0, receivedMs)
    }))
    const sum = addScores(found.map(({ score: one }) => one))
    const recall = sum.exact / Math.max(sum.leaves, 1)
    t.diagnostic(
      `${name.padEnd(16)} ${String(sum.events).padStart(5)} events ${String(sum.leaves).padStart(7)} leaves ${(recall * 100).toFixed(2).padStart(7)} %`
    )
    for (const { stream, score: one, unknown } of found) {
      if (one.exact === one.leaves) continue
      const missed = one.worst.slice(0, 5).map(([path, count]) => `${path} ${count}`)
      t.diagnostic(
        `   ${stream.padEnd(24)} ${((one.exact / one.leaves) * 100).toFixed(2)} %${unknown ? ' (not recognised)' : ''}: ${missed.join(', ')}`
      )
    }
    if (recall < atLeast) low.push(`${name}: ${(recall * 100).toFixed(2)} % is below ${atLeast * 100} %`)
  }
  assert.deepEqual(low, [])
})
