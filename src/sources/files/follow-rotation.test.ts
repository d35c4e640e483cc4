/** Followed files that are rotated, truncated and replaced, whoever looks meanwhile: each record comes once. */
import assert from 'node:assert/strict'
import { appendFile, copyFile, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { lines, newFolder, recordsOf, textsOf, world } from '../../testing/followed-world.ts'

test('rotation by renaming: the old file is read to its end, the new one from its start', async () => {
  const folder = await newFolder()
  const path = join(folder, 'eve.json')
  const w = world([{ name: 's', paths: [path] }])
  await writeFile(path, lines(0, 10))
  await w.look()
  await rename(path, `${path}.1`)
  await appendFile(`${path}.1`, lines(10, 12))
  await w.look()
  await writeFile(path, lines(100, 103))
  await appendFile(`${path}.1`, lines(12, 13))
  await w.look()
  await appendFile(`${path}.1`, lines(13, 14))
  await appendFile(path, lines(103, 104))
  await w.look()
  assert.deepEqual(textsOf(w.chunks).sort(), (lines(0, 14) + lines(100, 104)).trim().split('\n').sort())
  w.nowMs += 400_000
  await w.look()
  assert.equal(w.follower.files, 1)
  await appendFile(path, lines(104, 105))
  await w.look()
  assert.equal(w.chunks.at(-1)!.headers.records, 1)
})

for (const how of ['rename', 'rename, in the source', 'copy', 'compress'] as const) {
  test(`rotation while nobody looked (${how}) loses nothing`, async () => {
    const folder = await newFolder()
    const path = join(folder, 'eve.json')
    const sources = [{ name: 's', paths: [how === 'rename, in the source' ? folder : path] }]
    const w = world(sources)
    await writeFile(path, lines(0, 10))
    await w.look()
    await w.follower.close()
    await appendFile(path, lines(10, 20))
    if (how.startsWith('rename')) await rename(path, `${path}.1`)
    else {
      if (how === 'copy') await copyFile(path, `${path}.1`)
      else await writeFile(`${path}.1.gz`, gzipSync(await readFile(path)))
      await truncate(path)
    }
    await writeFile(path, lines(100, 102))
    await w.restart(sources)
    await w.look()
    await w.look(10_000)
    await w.look()
    const expected = (lines(0, 20) + lines(100, 102)).trim().split('\n')
    const got = textsOf(w.chunks)
    assert.deepEqual(
      w.log.filter(text => text.includes('replaced while nobody looked')),
      []
    )
    assert.deepEqual([...new Set(got)].sort(), expected.sort())
    if (how !== 'compress') assert.equal(got.length, expected.length)
    else assert.equal(new Set(recordsOf(w.chunks)).size, expected.length, 'the same once more is the same records')
    const { length } = got
    await w.restart(sources)
    await w.look()
    await w.look()
    assert.equal(textsOf(w.chunks).length, length)
  })
}

for (const how of ['while it was down', 'between two looks'] as const) {
  for (const compressed of [false, true]) {
    test(`files that came and were rotated away ${how}${compressed ? ', compressed' : ''}, are read; other logs are not`, async () => {
      const folder = await newFolder()
      const path = join(folder, 'app.log')
      const sources = [{ name: 's', paths: [path] }]
      const w = world(sources)
      await writeFile(path, lines(0, 10))
      await w.look()
      if (how === 'while it was down') await w.follower.close()
      await appendFile(path, lines(10, 20))
      for (const generation of [1, 2, 3]) {
        for (let old = generation; old > 1; old--) {
          const ending = compressed ? '.gz' : ''
          await rename(`${path}.${old - 1}${ending}`, `${path}.${old}${ending}`)
        }
        if (compressed) {
          await writeFile(`${path}.1.gz`, gzipSync(await readFile(path)))
          await rm(path)
        } else await rename(path, `${path}.1`)
        await writeFile(path, lines(100 * generation, 100 * generation + 5))
      }
      // Names that begin alike, and what was there long before.
      await writeFile(join(folder, 'app-2.log'), lines(900, 905))
      await writeFile(`${path}.lock`, lines(910, 915))
      await writeFile(`${path}.9`, lines(920, 925))
      await utimes(`${path}.9`, 1_000_000_000, 1_000_000_000)
      // One of them was given the inode of a file that was followed, too, and is gone.
      const { dev, ino } = await stat(`${path}.2${compressed ? '.gz' : ''}`)
      const [kept] = w.places.of('s')
      const place = { ...kept!.place, head: { bytes: 20, hash: '0'.repeat(32) } }
      w.places.save([
        { ...kept!, path: join(folder, 'gone.log'), device: String(dev), inode: String(ino), seenMs: w.nowMs, place }
      ])
      if (how === 'while it was down') await w.restart(sources)
      for (let i = 0; i < 4; i++) await w.look(6000)
      await w.follower.imported()
      const expected = lines(0, 20) + lines(100, 105) + lines(200, 205) + lines(300, 305)
      assert.deepEqual([...new Set(textsOf(w.chunks))].sort(), expected.trim().split('\n').sort())
      assert.equal(new Set(recordsOf(w.chunks)).size, 35)
      const { length } = textsOf(w.chunks)
      await w.restart(sources)
      for (let i = 0; i < 3; i++) await w.look(6000)
      assert.equal(textsOf(w.chunks).length, length, 'once')
    })
  }
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('look', 'restart', 'rename', 'copy and truncate', 'not taken', 'not kept')
    },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 200 }) }
  ),
  { minLength: 1, maxLength: 40 }
)

for (const whole of [false, true]) {
  test(`any order of writing, rotating, failing and restarting loses no line (${whole ? 'folder' : 'file'})`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 300 }), async (plan, chunkBytes) => {
        const folder = await newFolder()
        const path = join(folder, 'app.log')
        const sources = [{ name: 's', paths: [whole ? folder : path], format: 'text' }]
        const w = world(sources, chunkBytes)
        const { append } = w
        const { save } = w.places
        const written: string[] = []
        let pending = ''
        let files = 0
        // What was rotated away before anything was seen of it is nobody's.
        await appendFile(path, 'the first\n')
        await w.look()
        const write = (text: string): Promise<void> => appendFile(path, text)
        const look = (): Promise<void> => w.look(100)
        for (const step of plan) {
          if (typeof step === 'number') {
            // That many bytes, of lines that are all different.
            while (pending.length < step) {
              const line = `line ${written.length} ${'.'.repeat(written.length % 50)};`
              written.push(line)
              pending += `${line}\n`
            }
            await write(pending.slice(0, step))
            pending = pending.slice(step)
          } else if (step === 'look') await look()
          else if (step === 'restart') {
            await w.restart(sources)
          } else if (step === 'not taken' || step === 'not kept') {
            const fail = () => {
              throw new Error(step)
            }
            if (step === 'not taken') w.append = async () => fail()
            else w.places.save = fail
            await w.look(6000)
            w.append = append
            w.places.save = save
            if (step === 'not kept') await w.restart(sources)
          } else {
            await write(pending)
            pending = ''
            const old = `${path}.${++files}`
            if (step === 'rename') {
              await rename(path, old)
            } else {
              await copyFile(path, old)
              await truncate(path)
            }
          }
        }
        await appendFile(path, pending)
        for (let i = 0; i < 8; i++) await w.look(6000)
        const got = textsOf(w.chunks).filter(text => text !== 'the first')
        const partial = (text: string) => !written.includes(text)
        assert.deepEqual([...new Set(got)].filter(text => !partial(text)).sort(), [...written].sort())
        // The same line twice is the same record twice.
        const records = new Set(
          recordsOf(w.chunks).filter(record => !partial(record.split(' ').slice(1).join(' ').trim()))
        )
        assert.equal(records.size, written.length)
        await w.follower.close()
        await rm(folder, { recursive: true })
      }),
      { numRuns: 60 }
    )
  })
}

test('a replaced file whose old content is nowhere: told, and read from its start', async () => {
  const folder = await newFolder()
  const path = join(folder, 'eve.json')
  const sources = [{ name: 's', paths: [path] }]
  const w = world(sources)
  await writeFile(path, lines(0, 10))
  await w.look()
  await w.follower.close()
  await writeFile(join(folder, 'new'), lines(100, 102))
  await rename(join(folder, 'new'), path)
  await w.restart(sources)
  for (let i = 0; i < 4; i++) await w.look(6000)
  assert.equal(textsOf(w.chunks).length, 12)
  assert.equal(w.log.filter(text => text.includes('replaced while nobody looked')).length, 1)
})

test('copytruncate: a shorter file, and one that has outgrown the old at once', async () => {
  const folder = await newFolder()
  const path = join(folder, 'app.log')
  const w = world([{ name: 's', paths: [path], format: 'text' }])
  const header = `${'the same beginning '.repeat(80)}\n`
  await writeFile(path, `${header}one\ntwo\n`)
  await w.look()
  await truncate(path)
  await writeFile(path, `${header}new\n`)
  await w.look()
  assert.deepEqual(textsOf(w.chunks).slice(-1), ['new'])
  await truncate(path)
  await writeFile(path, `${header}${'x\n'.repeat(1000)}last\n`)
  await w.look()
  assert.equal(textsOf(w.chunks).at(-1), 'last')
  assert.equal(textsOf(w.chunks).filter(text => text === 'x').length, 1000)
  // A last line without an end that was seen before the truncation is not lost.
  await appendFile(path, 'half')
  await w.look()
  await truncate(path)
  await w.look()
  assert.equal(textsOf(w.chunks).at(-1), 'half')
})

const schemes = {
  renamed: {},
  compressed: { compress: true },
  later: { compress: true, delayed: true },
  copied: { copy: true },
  'copied and compressed': { copy: true, compress: true }
} as const
type Scheme = { readonly compress?: true; readonly delayed?: true; readonly copy?: true }

/** One turn, as logrotate makes it: what is old moves on, in many steps, and anybody may look between any two. */
async function turn(path: string, { compress, delayed, copy }: Scheme, pause: () => Promise<void>): Promise<void> {
  const ending = compress ? '.gz' : ''
  const isThere = (name: string) =>
    stat(name).then(
      () => true,
      () => false
    )
  const pack = async (name: string): Promise<void> => {
    const packed = gzipSync(await readFile(name))
    const half = packed.length >> 1
    await writeFile(`${name}.gz`, packed.subarray(0, half))
    await pause()
    await appendFile(`${name}.gz`, packed.subarray(half))
    const { atime, mtime } = await stat(name)
    await utimes(`${name}.gz`, atime, mtime)
    await pause()
    await rm(name)
  }
  if (delayed && (await isThere(`${path}.1`))) await pack(`${path}.1`)
  let last = 1
  while (await isThere(`${path}.${last}${ending}`)) last++
  for (let n = last; n > 1; n--) {
    await rename(`${path}.${n - 1}${ending}`, `${path}.${n}${ending}`)
    if (n % 5 === 0) await pause()
  }
  if (copy) {
    await copyFile(path, `${path}.1`)
    await pause()
    await truncate(path)
  } else {
    await rename(path, `${path}.1`)
    await pause()
    await writeFile(path, '')
  }
  await pause()
  if (compress && !delayed) await pack(`${path}.1`)
}

for (const [name, scheme] of Object.entries(schemes) as [string, Scheme][]) {
  test(`turned while it is looked at, by one who is slow and dies (${name}): no line is lost`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 0, max: 99 })), async chance => {
        const next = (): number => chance.next().value
        const folder = await newFolder()
        const path = join(folder, 'app.log')
        const sources = [{ name: 's', paths: [path] }]
        const w = world(sources)
        const { append } = w
        let written = 0
        const write = async (): Promise<void> => {
          const count = 1 + (next() % 7)
          await appendFile(path, lines(written, written + count))
          written += count
        }
        await write()
        await w.look()
        const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, next() % 4))
        w.append = async chunks => {
          await pause()
          if (next() < 5) throw new Error('not taken')
          await append(chunks)
        }
        let isTurning = true
        const turning = (async () => {
          for (let i = 0; i < 12; i++) {
            await write()
            await pause()
            await write()
            await turn(path, scheme, pause)
          }
          await write()
          isTurning = false
        })()
        while (isTurning) {
          if (next() < 15) {
            // What is under way is left where it is.
            void w.follower.round()
            await pause()
            await w.restart(sources)
          } else if (next() < 40) await pause()
          else await w.follower.round()
          w.nowMs += 10 * (next() % 100)
        }
        await turning
        w.append = append
        for (let i = 0; i < 20; i++) await w.look(3000)
        const records = new Set(recordsOf(w.chunks))
        const got = new Set(textsOf(w.chunks))
        const all = lines(0, written).trim().split('\n')
        assert.deepEqual(
          all.filter(line => !got.has(line)),
          [],
          `of ${written}`
        )
        assert.equal(records.size, written)
        await w.follower.close()
        await rm(folder, { recursive: true })
      }),
      { numRuns: 8, endOnFailure: true }
    )
  })
}
