/**
 * `node bench/worker.ts [--seconds N] [--chunk N] [--rules] [--only NAME]`: a worker alone, without network, bus and engine: microseconds of its processor
 * for each event, from the bytes of a chunk to the block. Batches of 32,768 events, in chunks of 2,048 unless told otherwise.
 */

import { parseArgs } from 'node:util'
import { Detection } from '../src/pipeline/detection.ts'
import { bundledRulesFolder } from '../src/pipeline/rule-files.ts'
import { BatchWorker } from '../src/pipeline/worker.ts'
import { SizedBody } from '../src/sources/files/chunk-maker.ts'
import { beatsEvent, eventBatch, plainEvent } from './intake-events.ts'
import { loadBundledRules } from './sigma.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    chunk: { type: 'string', default: '2048' },
    rules: { type: 'boolean', default: false },
    only: { type: 'string' }
  }
})
const chunkEvents = Number(values.chunk)
const chunksPerBatch = Math.ceil(32_768 / chunkEvents)

/** The line of such an event, as syslog's daemon wrote it. */
const lineOf = (i: number): string => (JSON.parse(beatsEvent(i)) as { message: string }).message

/** With what Filebeat's default processors add. */
const hostEventOf = (i: number): string =>
  beatsEvent(i).replace(
    `"host":{"name":"web-${i % 40}"}`,
    `"host":{"name":"web-${i % 40}","hostname":"web-${i % 40}","architecture":"x86_64","id":"6e1f0b0c9a7d4f3f8a2b5c4d3e2f1a0b","containerized":false,"ip":["10.1.4.17","fe80::216:3eff:fe5e:6c1"],"mac":["00-16-3E-5E-06-C1"],"os":{"codename":"bookworm","family":"debian","kernel":"6.1.0-18-amd64","name":"Debian GNU/Linux","platform":"debian","type":"linux","version":"12 (bookworm)"}},"cloud":{"provider":"aws","region":"eu-central-1","availability_zone":"eu-central-1a","account":{"id":"123456789012"},"instance":{"id":"i-0abcd1234ef567890"},"machine":{"type":"m6i.large"},"image":{"id":"ami-0123456789abcdef0"},"service":{"name":"EC2"}}`
  )

const workloads: Readonly<Record<string, (i: number) => string>> = {
  beats: beatsEvent,
  'beats-host': hostEventOf,
  plain: plainEvent,
  line: lineOf
}

const detection = new Detection()
if (values.rules) detection.applyRules(loadBundledRules(bundledRulesFolder))
console.log('| events | microseconds of processor each | a second |\n|---|---|---|')
for (const [name, eventOf] of Object.entries(workloads))
  if (values.only === undefined || values.only === name) measure(name, eventOf)

function measure(name: string, eventOf: (i: number) => string): void {
  const batch = eventBatch(chunkEvents, () => Buffer.alloc(0), '', eventOf)
  const worker = new BatchWorker(detection)
  let next = 0
  let number = 0
  /** Processor's microseconds of a batch. */
  const once = (): number => {
    const chunks = Array.from({ length: chunksPerBatch }, () => {
      batch.renew(next)
      next += chunkEvents
      const body = new SizedBody()
      for (const { start, end } of batch.places) body.add(batch.bytes, start, end)
      return { headers: headersOf(next), body: body.take() }
    })
    const before = process.cpuUsage()
    const { rows } = worker.run({ number: number++, chunks, known: new Uint32Array(0), position: number })
    const { user, system } = process.cpuUsage(before)
    if (rows !== chunksPerBatch * chunkEvents) throw new Error(`${rows} rows`)
    return user + system
  }
  for (let i = 0; i < 3; i++) once()
  const each: number[] = []
  const endMs = performance.now() + Number(values.seconds) * 1000
  while (performance.now() < endMs || each.length < 5) each.push(once() / (chunksPerBatch * chunkEvents))
  each.sort((a, b) => a - b)
  const median = each[each.length >> 1]!
  console.log(`| ${name} | ${median.toFixed(2)} (at best ${each[0]!.toFixed(2)}) | ${Math.round(1e6 / median)} |`)
}

function headersOf(place: number) {
  return {
    source: 'bench',
    format: 'mixed',
    framing: 'sized' as const,
    records: chunkEvents,
    receivedMs: Date.now(),
    prefix: Math.imul(place, 0x9e3779b1).toString(16).replace('-', '').padStart(8, '0'),
    run: '',
    sender: '10.0.0.1'
  }
}
