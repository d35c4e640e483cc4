/** Time is wrong: the clock steps to and fro while Picket works, and records bear times from 1970 to 2100, and absurd ones. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { Fault, Lab } from './lab.ts'
import { corpusOf, sum } from './records.ts'
import { sendUntilAcknowledged, settledLedger } from './sender.ts'
import { verify } from './verify.ts'

async function steppingClock(lab: Lab): Promise<string> {
  const data = lab.newFolder('data')
  writeFileSync(
    `${data}/picket.yaml`,
    'storage: {retentionDays: 36500}\nsources:\n  - type: http\n    name: sensor\n    format: suricata\n'
  )
  const corpora = [corpusOf(1, 15_000), corpusOf(2, 15_000), corpusOf(3, 15_000)]
  // Lines without a time of their own: they bear the time at which they came.
  const timeless = Array.from({ length: 3_000 }, (_, i) => `a line without a time, number ${i}`)
  const files = [
    lab.write('0.json', corpora[0]!.text),
    lab.write('1.json', corpora[1]!.text),
    lab.write('timeless.txt', timeless.join('\n') + '\n')
  ]
  for (const hours of [1, 24 * 3]) {
    const options = { faulty: true, env: { PICKET_FAULT_CLOCK: String(hours * 3_600_000) } }
    await lab.import(data, files, options)
    // The second time, and the second look, all of them are known.
    await lab.import(data, files, options)
    const server = await lab.serve(data, options)
    // Sent twice over: the sender did not hear the first acknowledgement.
    for (let again = 0; again < 2; again++) {
      await sendUntilAcknowledged({
        data,
        source: 'sensor',
        lines: corpora[2]!.lines,
        linesPerRequest: 500,
        keyPrefix: 'clock',
        atOnce: 3
      })
    }
    await settledLedger(data)
    assert.equal((await lab.stop(server)).code, 0, 'the server stops in good order')
  }
  const { stored, dead } = sum(corpora)
  const facts = await verify(lab, data, {
    stored: stored + timeless.length,
    dead,
    originals: [
      { source: files[0]!, lines: corpora[0]!.lines },
      { source: files[1]!, lines: corpora[1]!.lines },
      { source: files[2]!, lines: timeless },
      { source: 'sensor', lines: corpora[2]!.lines }
    ]
  })
  return `steps of up to 3 days; ${facts.received} received, of them ${facts.duplicates} known already`
}

const absurd = [
  '1969-12-31T23:59:59.999Z',
  '1900-01-01T00:00:00.000Z',
  '1601-01-01T00:00:00.000Z',
  '0001-01-01T00:00:00.000Z',
  '0000-00-00T00:00:00.000Z',
  '2106-02-07T06:28:16.000Z',
  '2255-01-01T00:00:00.000Z',
  '2262-04-11T23:47:16.854Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '2026-12-31T23:59:60.000Z',
  '2026-01-01T24:00:00.000Z',
  'yesterday',
  ''
]
const absurdNumbers = [0, -1, -62135596800, 1e10, 1e15, 1e18, 1e30, 5e-324, 4294967295, 4294967296, 253402300800]

async function anyTime(lab: Lab): Promise<string> {
  const data = lab.path('data')
  const line = (time: unknown, n: number): string =>
    JSON.stringify({ '@timestamp': time, event: { kind: 'event', dataset: 'times' }, n })
  const lines: string[] = []
  for (let ms = 0; ms < Date.UTC(2100, 0, 1); ms += 5 * 86_400_000 + 12_345_678)
    lines.push(line(new Date(ms).toISOString(), lines.length))
  const sensible = lines.length
  for (const time of absurd) lines.push(line(time, lines.length))
  for (const time of absurdNumbers) lines.push(JSON.stringify({ ts: time, n: lines.length }))
  // Each of them among its own kind too: whole batches of nothing but absurd times.
  const files = [
    lab.write('all.json', lines.join('\n') + '\n'),
    lab.write('absurd.json', lines.slice(sensible).toReversed().join('\n') + '\n')
  ]
  const all = lines.length + lines.length - sensible
  for (let again = 0; again < 3; again++) {
    const { totals } = await lab.import(data, files)
    assert.equal(totals.received, all)
    if (again > 0) assert.equal(totals.duplicates, all, 'all of them are known')
  }
  await verify(lab, data, {
    stored: all,
    dead: 0,
    originals: [
      { source: files[0]!, lines },
      { source: files[1]!, lines: lines.slice(sensible) }
    ]
  })
  const found = async (from: string, to: string): Promise<number> => {
    const { stdout } = await lab.run([
      'search',
      'event.dataset:times',
      '--from',
      from,
      '--to',
      to,
      '--limit',
      '100000',
      '--json',
      '--data',
      data
    ])
    return stdout.split('\n').filter(text => text !== '').length
  }
  const between = (from: number, to: number): number =>
    lines
      .slice(0, sensible)
      .map(text => Date.parse((JSON.parse(text) as { '@timestamp': string })['@timestamp']))
      .filter(ms => ms >= Date.UTC(from, 0, 1) && ms < Date.UTC(to, 0, 1)).length
  for (const [from, to] of [
    [1970, 1971],
    [1999, 2001],
    [2037, 2039],
    [2099, 2100]
  ] as const)
    assert.equal(await found(`${from}-01-01`, `${to}-01-01`), between(from, to), `events of ${from} to ${to}`)
  return `${sensible} times from 1970 to 2100 and ${absurd.length + absurdNumbers.length} absurd ones, three times over`
}

export const clock: readonly Fault[] = [
  {
    name: 'clock-steps',
    about: 'the clock steps back and forth while Picket imports and receives',
    run: steppingClock
  },
  { name: 'times', about: 'records that bear times from 1970 to 2100, and absurd ones', run: anyTime }
]
