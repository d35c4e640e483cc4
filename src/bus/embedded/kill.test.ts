/** kill -9 while appending: what was acknowledged is there, in order, whole, once. And the lock does not outlive its process. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAll } from '../../testing/bus-contract.ts'
import { openEmbeddedBus } from './bus.ts'

const child = new URL('./kill.child.ts', import.meta.url).pathname

type Appending = {
  readonly process: ChildProcess
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  lines(): string[]
}

function startAppending(folder: string, round: number): Appending {
  const process_ = spawn(process.execPath, [child, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let isReady: () => void = () => undefined
  const ready = new Promise<void>(resolve => (isReady = resolve))
  process_.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1')
    if (output.length > 5) isReady()
  })
  const ended = new Promise<void>(resolve => process_.on('close', () => resolve()))
  // The last line may be half written.
  return { process: process_, ready, ended, lines: () => output.split('\n').slice(1, -1) }
}

test('after kill -9 every acknowledged append is there, in order, whole and once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
  const acknowledged: string[] = []
  for (let round = 0; round < 5; round += 1) {
    const appending = startAppending(folder, round)
    await appending.ready
    // Appended and committed: the first appender goes on to its second only then. How long that takes is the machine's affair.
    const isUnderWay = () =>
      appending.lines().length >= 16 + 9 * round && appending.lines().some(line => line.startsWith(`${round}.0 1 `))
    while (!isUnderWay() && appending.process.exitCode === null) await sleep(5)
    appending.process.kill('SIGKILL')
    await appending.ended
    acknowledged.push(...appending.lines())
    // The next round takes over what the last one left, once with and once without someone reading it in between.
    if (round % 2 === 0) continue
    const bus = await openEmbeddedBus(folder, { segmentBytesMax: 1_000_000 })
    const { messages, corrupt } = await readAll(bus, 'raw', 0, 0, 4_000_000)
    assert.deepEqual(corrupt, [])
    assert.equal(messages.length % 4, 0)
    const offsets = new Map<string, number>()
    const lastOf = new Map<string, number>()
    for (const [i, { offset, headers, value }] of messages.entries()) {
      assert.equal(offset, i)
      const { appender, number, part } = headers as { appender: string; number: string; part: string }
      assert.equal(Number(part), i % 4)
      const text = `${appender} ${number} ${part};`
      assert.ok(value.equals(Buffer.alloc(value.length, text)))
      if (part !== '0') continue
      assert.equal(Number(number), (lastOf.get(appender) ?? -1) + 1, `${appender} ${number} is out of order or twice`)
      lastOf.set(appender, Number(number))
      offsets.set(`${appender} ${number}`, offset)
    }
    assert.ok(acknowledged.length > 20)
    for (const line of acknowledged) {
      const space = line.lastIndexOf(' ')
      assert.equal(offsets.get(line.slice(0, space)), Number(line.slice(space + 1)), `acknowledged and gone: ${line}`)
    }
    assert.ok((await bus.committed(`${round}.0`, 'raw', 0)) !== undefined)
    await bus.close()
  }
  await rm(folder, { recursive: true })
})

test('two cannot open one bus; after kill -9 the next one can, at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
  const appending = startAppending(folder, 0)
  await appending.ready
  const locked = { code: 'bus-locked', message: new RegExp(`process ${appending.process.pid}\\b`) }
  await assert.rejects(openEmbeddedBus(folder), locked)
  appending.process.kill('SIGKILL')
  await appending.ended
  const bus = await openEmbeddedBus(folder)
  await assert.rejects(openEmbeddedBus(folder), {
    code: 'bus-locked',
    message: new RegExp(`process ${process.pid}\\b`)
  })
  await bus.close()
  await (await openEmbeddedBus(folder)).close()
  await rm(folder, { recursive: true })
})
