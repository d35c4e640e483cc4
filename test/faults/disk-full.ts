/** The disk fills up, and is freed again: while files are imported, while records come in, and when not a byte is left. */

import assert from 'node:assert/strict'
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { readServerFile } from '../../src/platform/server-file.ts'
import { type Fault, type Lab, sleep } from './lab.ts'
import { corpusOf, sum } from './records.ts'
import { sendUntilAcknowledged, settledLedger } from './sender.ts'
import { verify } from './verify.ts'

/** The engine refuses inserts below 512 MiB. */
const diskMegabytes = 900

const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Takes room until only so much is left, or none. */
export function fillDisk(folder: string, leaveBytes: number): void {
  const file = openSync(`${folder}/ballast`, 'a')
  const piece = Buffer.alloc(1 << 20, 0x55)
  try {
    for (;;) {
      const room = freeBytes(folder) - leaveBytes
      if (room <= 0) break
      writeSync(file, piece, 0, Math.min(piece.length, room))
    }
    fsyncSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

export const freeDisk = (folder: string): void => rmSync(`${folder}/ballast`)

async function tooFullToInsert(lab: Lab): Promise<string> {
  const disk = lab.mount('disk', diskMegabytes)
  const data = `${disk}/data`
  const before = corpusOf(2, 1_000)
  const corpus = corpusOf(1, 20_000)
  const file = lab.write('records.json', corpus.text)
  await lab.import(data, [lab.write('before.json', before.text)])
  fillDisk(disk, 200 << 20)
  const importing = lab.start(['import', file, '--data', data, '--json', '--quiet'])
  for (let waited = 0; !importing.stderr.includes('too full'); waited++) {
    assert.ok(waited < 600, `nobody says that the disk is too full:\n${importing.stderr.slice(-2000)}`)
    assert.ok(!importing.hasEnded, `the import gave up:\n${importing.stderr.slice(-2000)}`)
    await sleep(50)
  }
  await sleep(2000)
  assert.ok(!importing.hasEnded)
  freeDisk(disk)
  const { code, stderr } = await importing.ended
  assert.equal(code, 0, stderr.slice(-2000))
  await verify(lab, data, { ...sum([before, corpus]), originals: [{ source: file, lines: corpus.lines }] })
  return 'the import waits, says why, and goes on when there is room'
}

async function notAByteLeft(lab: Lab): Promise<string> {
  const disk = lab.mount('disk', diskMegabytes)
  const data = `${disk}/data`
  const before = corpusOf(1, 3_000)
  const corpora = [before, corpusOf(2, 60_000)]
  const files = corpora.map((corpus, i) => lab.write(`${i}.json`, corpus.text))
  await lab.import(data, [files[0]!])
  const importing = lab.start(['import', files[1]!, '--data', data, '--json', '--quiet'])
  await sleep(700)
  for (let i = 0; i < 30 && !importing.hasEnded; i++) {
    fillDisk(disk, 0)
    await sleep(100)
  }
  freeDisk(disk)
  const { code } = await importing.ended
  const first = code === 0 ? 'went on' : 'gave up'
  // What it had taken is there; the same command takes up the rest.
  await lab.import(data, [files[1]!])
  await verify(lab, data, {
    ...sum(corpora),
    originals: corpora.map((corpus, i) => ({ source: files[i]!, lines: corpus.lines }))
  })
  return `the import ${first}; the same command takes up the rest`
}

async function whileReceiving(lab: Lab): Promise<string> {
  const disk = lab.mount('disk', diskMegabytes)
  const data = `${disk}/data`
  lab.newFolder('disk/data')
  writeFileSync(`${data}/picket.yaml`, 'sources:\n  - type: http\n    name: sensor\n    format: suricata\n')
  const server = await lab.serve(data)
  const corpora = [corpusOf(1, 20_000), corpusOf(2, 20_000), corpusOf(3, 20_000)]
  const lines = corpora.flatMap(corpus => corpus.lines)
  const sending = sendUntilAcknowledged({
    data,
    source: 'sensor',
    lines,
    linesPerRequest: 200,
    keyPrefix: 'disk',
    atOnce: 2
  })
  sending.catch(() => {})
  const ready = async (): Promise<number> => (await fetch(`${readServerFile(data)!.url}/readyz`)).status
  await sleep(300)
  let wasTold = false
  for (let i = 0; i < 60; i++) {
    fillDisk(disk, 0)
    if ((await ready()) === 503) wasTold = true
    await sleep(100)
  }
  assert.ok(!server.hasEnded, `the server gave up:\n${server.stderr.slice(-2000)}`)
  freeDisk(disk)
  const { retries } = await sending
  const totals = await settledLedger(data)
  assert.equal(totals.stored, sum(corpora).stored)
  assert.equal(await ready(), 200)
  assert.equal((await lab.stop(server)).code, 0)
  await verify(lab, data, { ...sum(corpora), originals: [{ source: 'sensor', lines }] })
  assert.ok(wasTold, '/readyz says that the disk is full')
  return `${retries} requests were refused and sent again; /readyz said so`
}

export const diskFull: readonly Fault[] = [
  {
    name: 'disk-too-full',
    about: 'too little room for the engine while files are imported, then room again',
    run: tooFullToInsert
  },
  {
    name: 'disk-full-importing',
    about: 'not a byte left on the disk while files are imported, then room again',
    run: notAByteLeft
  },
  {
    name: 'disk-full-receiving',
    about: 'not a byte left on the disk while records come in over HTTP, then room again',
    run: whileReceiving
  }
]
