/**
 * kill -9 at any moment: of Picket itself, of its engine, and (as near as a thread allows) of a pipeline worker; while files are imported
 * and while records come in over HTTP. Each round goes on in the data folder of the rounds before.
 */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { readServerFile } from '../../src/platform/server-file.ts'
import { engineOf, type Fault, type FaultOptions, type Lab, type Running, sleep } from './lab.ts'
import { type Corpus, corpusOf, sum } from './records.ts'
import { sendUntilAcknowledged, settledLedger } from './sender.ts'
import { verify } from './verify.ts'

type Victim = 'process' | 'worker' | 'engine'

const linesPerFile = 12_000

/** False where there was nothing to hit (yet, or any more). */
async function strike(victim: Victim, running: Running): Promise<boolean> {
  if (running.hasEnded) return false
  if (victim === 'process') {
    running.child.kill('SIGKILL')
    return (await running.ended).signal === 'SIGKILL'
  }
  if (victim === 'engine') {
    const engine = engineOf(running.pid)
    if (engine === undefined) return false
    try {
      process.kill(engine, 'SIGKILL')
      return true
    } catch {
      return false
    }
  }
  // Before the preload is there, the signal would end the process.
  if (!running.stderr.includes('fault: ready')) return false
  const before = running.stderr.length
  running.child.kill('SIGUSR2')
  for (let waited = 0; waited < 100 && !running.hasEnded; waited++) {
    const said = running.stderr.slice(before)
    if (said.includes('fault: a worker is terminated')) return true
    if (said.includes('fault: there is no worker')) return false
    await sleep(5)
  }
  return false
}

async function whileImporting(victim: Victim, lab: Lab, { rounds, random, say }: FaultOptions): Promise<string> {
  const data = lab.path('data')
  const args = (file: string) => ['import', file, '--data', data, '--json', '--quiet']
  const corpora: Corpus[] = [corpusOf(1, linesPerFile)]
  const first = lab.write('0.json', corpora[0]!.text)
  const startedMs = performance.now()
  await lab.import(data, [first])
  const wholeMs = performance.now() - startedMs
  let kills = 0
  let missed = 0
  for (let round = 1; kills < rounds; round++) {
    const corpus = corpusOf(round + 1, linesPerFile)
    corpora.push(corpus)
    const file = lab.write(`${round}.json`, corpus.text)
    // Now and then twice in a row, so that the repair is struck too.
    const strikes = random() < 0.3 ? 2 : 1
    for (let struck = 0, tries = 0; struck < strikes && kills < rounds && tries < 20; tries++) {
      const running = lab.start(args(file), { faulty: victim === 'worker' })
      await sleep(random() * wholeMs)
      const isHit = await strike(victim, running)
      const { code, signal, stderr } = await running.ended
      if (isHit) {
        struck++
        kills++
      } else missed++
      // A worker's or the engine's death is Picket's to mend.
      if (victim !== 'process' || !isHit)
        assert.equal(code, 0, `the import did not survive: ${signal ?? code}\n${stderr.slice(-2000)}`)
    }
    const ledger = await lab.import(data, [file])
    assert.equal(ledger.totals.received, linesPerFile)
    await verify(lab, data, { ...sum(corpora), originals: [{ source: file, lines: corpus.lines }] })
    say(`${kills} of ${rounds}`)
  }
  return `${kills} kills (${missed} came too early or too late), ${corpora.length * linesPerFile} records`
}

async function atTheFirstStart(lab: Lab, { rounds, random, say }: FaultOptions): Promise<string> {
  const corpus = corpusOf(7, 1000)
  const file = lab.write('records.json', corpus.text)
  let kills = 0
  for (let round = 0; round < rounds; round++) {
    const data = lab.path(`data-${round}`)
    for (let again = 0; again < 2; again++) {
      const running = lab.start(['import', file, '--data', data, '--quiet'])
      await sleep(100 + random() * 1200)
      if (await strike(again === 0 ? 'process' : random() < 0.5 ? 'engine' : 'process', running)) kills++
      await running.ended
    }
    await lab.import(data, [file])
    await verify(lab, data, { ...sum([corpus]), originals: [{ source: file, lines: corpus.lines }] })
    say(`${round + 1} of ${rounds}`)
  }
  return `${kills} kills in ${rounds} new data folders`
}

const config = `sources:
  - type: http
    name: sensor
    format: suricata
`
const requestsPerRound = 24
const linesPerRequest = 250

async function whileReceiving(victim: Victim, lab: Lab, { rounds, random, say }: FaultOptions): Promise<string> {
  const data = lab.newFolder('data')
  writeFileSync(`${data}/picket.yaml`, config)
  let server = await lab.serve(data, { faulty: true })
  const corpora: Corpus[] = []
  let kills = 0
  let retries = 0
  for (let round = 0; kills < rounds; round++) {
    const corpus = corpusOf(round + 1, requestsPerRound * linesPerRequest)
    corpora.push(corpus)
    const sending = sendUntilAcknowledged({
      data,
      source: 'sensor',
      lines: corpus.lines,
      linesPerRequest,
      keyPrefix: `round ${round}`,
      atOnce: 4
    })
    let isSending = true
    const sent = sending.finally(() => {
      isSending = false
    })
    sent.catch(() => {})
    while (isSending) {
      await sleep(random() * 900)
      if (!isSending || kills >= rounds) break
      if (await strike(victim, server)) kills++
      if (server.hasEnded) server = await lab.serve(data, { faulty: true })
      say(`${kills} of ${rounds}`)
    }
    retries += (await sent).retries
    const totals = await settledLedger(data)
    const expected = sum(corpora)
    assert.equal(totals.stored, expected.stored)
    assert.equal(totals.deadLettered, expected.dead)
    assert.equal(totals.received, totals.stored + totals.deadLettered + totals.duplicates)
    const response = await fetch(`${readServerFile(data)!.url}/readyz`)
    assert.equal(response.status, 200, await response.text())
  }
  const { code } = await lab.stop(server)
  assert.equal(code, 0, 'the server stops in good order')
  const lines = corpora.flatMap(corpus => corpus.lines)
  await verify(lab, data, { ...sum(corpora), originals: [{ source: 'sensor', lines }] })
  return `${kills} kills, ${lines.length} records in ${corpora.length * requestsPerRound} requests, ${retries} sent again`
}

/** Of the rounds asked for in all, each of these gets its share. */
export const kills: readonly (Fault & { readonly share: number })[] = [
  {
    name: 'kill-process-importing',
    share: 0.25,
    about: 'kill -9 of Picket while it imports',
    run: (lab, options) => whileImporting('process', lab, options)
  },
  {
    name: 'kill-engine-importing',
    share: 0.15,
    about: 'kill -9 of the engine while Picket imports',
    run: (lab, options) => whileImporting('engine', lab, options)
  },
  {
    name: 'kill-worker-importing',
    share: 0.1,
    about: 'a pipeline worker is terminated while Picket imports',
    run: (lab, options) => whileImporting('worker', lab, options)
  },
  {
    name: 'kill-first-start',
    share: 0.1,
    about: 'kill -9 of Picket or its engine while a new data folder is being set up',
    run: atTheFirstStart
  },
  {
    name: 'kill-process-receiving',
    share: 0.2,
    about: 'kill -9 of the server while records come in over HTTP',
    run: (lab, options) => whileReceiving('process', lab, options)
  },
  {
    name: 'kill-engine-receiving',
    share: 0.1,
    about: 'kill -9 of the engine while records come in over HTTP',
    run: (lab, options) => whileReceiving('engine', lab, options)
  },
  {
    name: 'kill-worker-receiving',
    share: 0.1,
    about: 'a pipeline worker is terminated while records come in over HTTP',
    run: (lab, options) => whileReceiving('worker', lab, options)
  }
]
