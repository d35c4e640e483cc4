/** A full disk refuses and then goes on; a failed fdatasync stops the partition; a bad sector is told. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { messageOf } from '../../core/errors.ts'
import { range, readAll, textOf, texts } from '../../testing/bus-contract.ts'
import { openEmbeddedBus } from './bus.ts'
import { type Disk, realDisk } from './disk.ts'

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const segment = (folder: string) => join(folder, 'raw', '0', `${'0'.repeat(20)}.log`)

test('no room: the append is refused, what was written of it is cut off, and the next one works', async () => {
  await inFolder(async folder => {
    let roomBytes = Number.POSITIVE_INFINITY
    const disk: Disk = {
      ...realDisk,
      async writev(file, buffers, position) {
        const part = Buffer.concat(buffers).subarray(0, roomBytes)
        if (part.length === 0) throw failure('ENOSPC')
        roomBytes -= part.length
        return await realDisk.writev(file, [part], position)
      }
    }
    const bus = await openEmbeddedBus(folder, { disk })
    await bus.createTopic('raw', { partitions: 1 })
    await bus.append('raw', 0, texts('a'))
    const { size } = await stat(segment(folder))
    roomBytes = 70
    const refused = { code: 'bus-full', retryable: true }
    const appends = await Promise.allSettled(['b', 'c'].map(text => bus.append('raw', 0, texts(text))))
    for (const append of appends) assert.ok(append.status === 'rejected' && append.reason.code === 'bus-full')
    assert.equal((await stat(segment(folder))).size, size)
    await assert.rejects(bus.append('raw', 0, texts('b')), refused)
    assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['a'])
    roomBytes = Number.POSITIVE_INFINITY
    assert.equal(await bus.append('raw', 0, texts('d')), 1)
    await bus.close()
    const again = await openEmbeddedBus(folder)
    assert.deepEqual((await readAll(again, 'raw', 0)).messages.map(textOf), ['a', 'd'])
    await again.close()
  })
})

test('short writes are continued', async () => {
  await inFolder(async folder => {
    const disk: Disk = {
      ...realDisk,
      writev: (file, buffers, position) => realDisk.writev(file, [Buffer.concat(buffers).subarray(0, 13_000)], position)
    }
    const bus = await openEmbeddedBus(folder, { disk })
    await bus.createTopic('raw', { partitions: 1 })
    const values = range(0, 9).map(i => 'x'.repeat(i * 9000))
    await Promise.all(values.map(value => bus.append('raw', 0, texts(value, value))))
    const { messages, corrupt } = await readAll(bus, 'raw', 0)
    assert.deepEqual(
      messages.map(textOf),
      values.flatMap(value => [value, value])
    )
    assert.deepEqual(corrupt, [])
    await bus.close()
  })
})

test('after a failed fdatasync nothing is appended until the bus is opened anew', async () => {
  await inFolder(async folder => {
    let fails = false
    const disk: Disk = {
      ...realDisk,
      async datasync(file) {
        if (fails) throw failure('EIO')
        await realDisk.datasync(file)
      }
    }
    const bus = await openEmbeddedBus(folder, { disk })
    await bus.createTopic('raw', { partitions: 2 })
    await bus.append('raw', 0, texts('a'))
    fails = true
    await assert.rejects(bus.append('raw', 0, texts('b')), { code: 'bus-broken', retryable: false })
    fails = false
    await assert.rejects(bus.append('raw', 0, texts('c')), { code: 'bus-broken' })
    assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['a'])
    assert.equal(await bus.append('raw', 1, texts('other partitions work')), 0)
    await bus.close()
    const again = await openEmbeddedBus(folder)
    assert.deepEqual((await readAll(again, 'raw', 0)).messages.map(textOf), ['a'])
    assert.equal(await again.append('raw', 0, texts('d')), 1)
    await again.close()
  })
})

test('readers see nothing that is not durable', async () => {
  await inFolder(async folder => {
    let release: () => void = () => undefined
    let held: Promise<void> | undefined
    const disk: Disk = {
      ...realDisk,
      async datasync(file) {
        await held
        await realDisk.datasync(file)
      }
    }
    const bus = await openEmbeddedBus(folder, { disk })
    await bus.createTopic('raw', { partitions: 1 })
    await bus.append('raw', 0, texts('a'))
    const { size } = await stat(segment(folder))
    held = new Promise(resolve => (release = resolve))
    const append = bus.append('raw', 0, texts('b'))
    while ((await stat(segment(folder))).size === size) await new Promise(setImmediate)
    assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['a'])
    assert.deepEqual(await bus.ends('raw', 0), { start: 0, end: 1 })
    release()
    await append
    assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['a', 'b'])
    await bus.close()
  })
})

test('appends that come while the disk is busy share one fdatasync', async () => {
  await inFolder(async folder => {
    let syncs = 0
    const disk: Disk = {
      ...realDisk,
      async datasync(file) {
        syncs += 1
        await realDisk.datasync(file)
      }
    }
    const bus = await openEmbeddedBus(folder, { disk })
    await bus.createTopic('raw', { partitions: 1 })
    const first = bus.append('raw', 0, texts('a'))
    await new Promise(setImmediate)
    await Promise.all([first, ...range(0, 100).map(i => bus.append('raw', 0, texts(String(i))))])
    assert.ok(syncs <= 3, `${syncs} syncs`)
    await bus.close()
  })
})

test('a stretch that the disk cannot read is told, and the rest is read', async () => {
  await inFolder(async folder => {
    const bad = { from: 250_000, to: 250_100 }
    const disk: Disk = {
      ...realDisk,
      async read(file, into, at, bytes, position) {
        if (position < bad.to && position + bytes > bad.from) throw failure('EIO')
        return await realDisk.read(file, into, at, bytes, position)
      }
    }
    const bus = await openEmbeddedBus(folder, { disk })
    await bus.createTopic('raw', { partitions: 1 })
    for (let i = 0; i < 100; i += 1) await bus.append('raw', 0, [{ headers: {}, value: Buffer.alloc(10_000, i) }])
    const { messages, corrupt } = await readAll(bus, 'raw', 0, 0, 300_000)
    assert.equal(corrupt.length, 1)
    assert.equal(corrupt[0]!.reason, 'the disk could not read it')
    const lost = range(corrupt[0]!.fromOffset, corrupt[0]!.toOffset)
    assert.ok(lost.length < 10 && lost.includes(24))
    assert.deepEqual(
      messages.map(message => message.offset),
      range(0, 100).filter(offset => !lost.includes(offset))
    )
    await bus.close()
  })
})

test('a disk that is really full, and then has room again', async t => {
  await inFolder(async folder => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'pipe' })
    } catch (error) {
      t.skip(`a small disk cannot be mounted here: ${messageOf(error).split('\n').at(-2)}`)
      return
    }
    try {
      await writeFile(join(folder, 'ballast'), Buffer.alloc(2 * 1024 * 1024))
      const bus = await openEmbeddedBus(folder, { segmentBytesMax: 512 * 1024 })
      await bus.createTopic('raw', { partitions: 1 })
      const acknowledged: number[] = []
      const append = async (i: number) => {
        const value = Buffer.alloc(100_000, i)
        acknowledged[await bus.append('raw', 0, [{ headers: {}, value }])] = i
      }
      let refused = 0
      for (let i = 0; i < 30; i += 1) {
        const appends = await Promise.allSettled([append(2 * i), append(2 * i + 1)])
        for (const result of appends) {
          if (result.status === 'fulfilled') continue
          assert.equal(result.reason.code, 'bus-full')
          refused += 1
        }
      }
      assert.ok(refused > 10)
      await assert.rejects(
        bus.commit('g', 'raw', 0, 1).then(() => append(98)),
        { code: 'bus-full' }
      )
      await rm(join(folder, 'ballast'))
      for (let i = 100; i < 110; i += 1) await append(i)
      await bus.commit('g', 'raw', 0, 2)
      await bus.close()
      const again = await openEmbeddedBus(folder)
      const { messages, corrupt } = await readAll(again, 'raw', 0)
      assert.deepEqual(corrupt, [])
      assert.deepEqual(
        messages.map(message => message.value[0]),
        acknowledged
      )
      assert.equal(await again.committed('g', 'raw', 0), 2)
      await again.close()
    } finally {
      execFileSync('umount', [folder])
    }
  })
})

test('positions may be kept elsewhere', async () => {
  await inFolder(async folder => {
    const kept = new Map<string, number>()
    const cursors = {
      get: async (...key: [string, string, number]) => kept.get(key.join()),
      async set(group: string, topic: string, partition: number, offset: number) {
        kept.set([group, topic, partition].join(), offset)
      }
    }
    const bus = await openEmbeddedBus(folder, { cursors })
    await bus.createTopic('raw', { partitions: 1 })
    await bus.append('raw', 0, texts('a'))
    await bus.commit('g', 'raw', 0, 1)
    assert.deepEqual([...kept], [['g,raw,0', 1]])
    assert.equal(await bus.committed('g', 'raw', 0), 1)
    await assert.rejects(readFile(join(folder, '.cursors')), { code: 'ENOENT' })
    await bus.close()
  })
})
