/** Two imports at once: of the same files and of different ones, into a folder and through a running server. And a file that grows. */

import assert from 'node:assert/strict'
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { type Fault, type FaultOptions, type Lab, sleep } from './lab.ts'
import { corpusOf, sum } from './records.ts'
import { settledLedger } from './sender.ts'
import { verify } from './verify.ts'

async function twoImports(lab: Lab): Promise<string> {
  const corpora = [corpusOf(1, 15_000), corpusOf(2, 15_000), corpusOf(3, 15_000), corpusOf(4, 15_000)]
  const files = corpora.map((corpus, i) => lab.write(`${i}.json`, corpus.text))
  const [same, left, right, both] = files as [string, string, string, string]
  const data = lab.path('data')
  await Promise.all([lab.import(data, [same, left]), lab.import(data, [same, right])])
  const server = await lab.serve(data)
  await Promise.all([lab.import(data, [both, left]), lab.import(data, [both, right]), lab.import(data, [same, both])])
  assert.equal((await lab.stop(server)).code, 0)
  const facts = await verify(lab, data, {
    ...sum(corpora),
    originals: corpora.map((corpus, i) => ({ source: files[i]!, lines: corpus.lines }))
  })
  return `${facts.received} received by 5 imports, of them ${facts.duplicates} known already`
}

/** Small files whose lines are alike in place and time: what is the same record, and what only looks like it? */
async function manyAlike(lab: Lab): Promise<string> {
  const data = lab.path('data')
  const folder = lab.newFolder('logs')
  let lines = 0
  for (let host = 0; host < 400; host++) {
    const own = Array.from({ length: 100 }, (_, i) => {
      const second = String(i % 60).padStart(2, '0')
      return `Nov 21 06:25:${second} host${host} cron[${1000 + i}]: (root) CMD (job ${i} of host ${host})`
    })
    lines += own.length
    lab.write(`logs/${host}.log`, own.join('\n') + '\n')
  }
  const { totals } = await lab.import(data, [folder])
  assert.equal(totals.duplicates, 0, 'different records are not taken for one')
  const again = await lab.import(data, [folder])
  assert.equal(again.totals.duplicates, lines)
  // The same content under another name is the same records.
  appendFileSync(lab.path('logs/0.log'), 'Nov 21 06:27:00 host0 cron[1]: (root) CMD (one more)\n')
  const grown = await lab.import(data, [folder])
  assert.deepEqual(grown.totals, { received: lines + 1, stored: 1, deadLettered: 0, duplicates: lines })
  await verify(lab, data, { stored: lines + 1, dead: 0 })
  return `${lines} lines of 400 hosts at the same times: all stored once`
}

async function growing(lab: Lab): Promise<string> {
  const data = lab.path('data')
  const corpus = corpusOf(1, 60_000)
  const file = lab.path('growing.json')
  const out = openSync(file, 'a')
  let written = 0
  const write = (count: number): void => {
    const text = corpus.lines.slice(written, written + count).map(line => line + '\n')
    // Whole lines, as loggers write them.
    writeSync(out, text.join(''))
    written += count
  }
  write(5_000)
  let imports = 0
  while (written < corpus.lines.length) {
    const importing = lab.start(['import', file, '--data', data, '--json', '--quiet'])
    while (!importing.hasEnded) {
      if (written < corpus.lines.length) write(500)
      await sleep(25)
    }
    assert.equal((await importing.ended).code, 0)
    imports++
  }
  closeSync(out)
  await lab.import(data, [file])
  await verify(lab, data, { ...sum([corpus]), originals: [{ source: file, lines: corpus.lines }] })
  return `${corpus.lines.length} lines, imported ${imports + 1} times while they were written`
}

/** A log as a server follows it: written to without pause, rotated by renaming and by copying, while the server is killed. */
async function followed(lab: Lab, { random }: FaultOptions): Promise<string> {
  const data = lab.newFolder('data')
  const logs = lab.newFolder('logs')
  writeFileSync(
    `${data}/picket.yaml`,
    `sources:\n  - type: files\n    name: sensor\n    format: suricata\n    paths: ['${logs}/*']\n`
  )
  const corpus = corpusOf(1, 40_000)
  const path = `${logs}/eve.json`
  let written = 0
  let rotations = 0
  let kills = 0
  let server = await lab.serve(data)
  writeFileSync(path, '')
  while (written < corpus.lines.length) {
    const count = 1 + Math.floor(random() * 400)
    const lines = corpus.lines.slice(written, written + count)
    appendFileSync(path, lines.map(line => line + '\n').join(''))
    written += lines.length
    await sleep(random() * 50)
    if (random() < 0.04) {
      rotations++
      if (random() < 0.5) {
        renameSync(path, `${path}.${rotations}`)
        writeFileSync(path, '')
      } else {
        // What is written between the copy and the cut would be lost by whoever rotates: nobody writes here.
        copyFileSync(path, `${path}.${rotations}`)
        truncateSync(path, 0)
      }
    }
    if (random() < 0.03) {
      kills++
      server.child.kill('SIGKILL')
      await server.ended
      server = await lab.serve(data)
    }
  }
  const wanted = sum([corpus])
  for (let waited = 0; ; waited++) {
    const totals = await settledLedger(data)
    if (totals.stored >= wanted.stored && totals.deadLettered >= wanted.dead) break
    assert.ok(waited < 300, `not all was read: ${JSON.stringify({ totals, wanted })}`)
    await sleep(100)
  }
  assert.equal((await lab.stop(server)).code, 0)
  await verify(lab, data, { ...wanted, originals: [{ source: 'sensor', lines: corpus.lines }] })
  return `${written} lines, ${rotations} rotations, ${kills} kills`
}

export const together: readonly Fault[] = [
  {
    name: 'two-imports',
    about: 'imports of the same and of different files at once, without and with a server',
    run: twoImports
  },
  { name: 'alike', about: 'hundreds of files whose lines are alike in place and time', run: manyAlike },
  { name: 'growing-file', about: 'a file that is written to while it is imported, again and again', run: growing },
  {
    name: 'followed-file',
    about: 'a log that a server follows is written to and rotated while the server is killed',
    run: followed
  }
]
