/** Every container, whole, cut off, damaged and hostile: what is there is delivered, then the reason comes. */
import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import tar from 'tar-stream'
import { openStreams } from './open-streams.ts'
import type { FileLimits, FoundFile } from './stream.ts'
import { walk } from './walk.ts'
import { zipOf } from './zip-writer.ts'

const folder = await mkdtemp(join(tmpdir(), 'picket-files-'))
after(() => rm(folder, { recursive: true }))

/** Text that does not compress well, so that it spans many pieces. */
function noise(lines: number, seed = 1): Buffer {
  let state = seed
  const out: string[] = []
  for (let i = 0; i < lines; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    out.push(`${i} ${state.toString(36)} ${Math.imul(state, 40503).toString(36)}`)
  }
  return Buffer.from(out.join('\n') + '\n')
}

async function tarOf(members: Record<string, Buffer>): Promise<Buffer> {
  const pack = tar.pack()
  for (const [name, content] of Object.entries(members))
    pack.entry({ name, mtime: new Date(1_700_000_000_000) }, content)
  pack.entry({ name: 'folder', type: 'directory' })
  pack.entry({ name: 'link', type: 'symlink', linkname: '/etc/passwd' })
  pack.finalize()
  return buffer(pack)
}

let files = 0
async function fileOf(content: Buffer, name = `f${files++}`): Promise<FoundFile> {
  const path = join(folder, name)
  await writeFile(path, content)
  for await (const file of walk([path])) return file
  throw new Error('not found')
}

type Read = { name: string; content: Buffer; problem: string | undefined }

async function readAll(file: FoundFile, limits?: Partial<FileLimits>): Promise<Read[]> {
  const out: Read[] = []
  for await (const stream of openStreams(file, { limits })) {
    const pieces: Buffer[] = []
    let problem: string | undefined
    try {
      for await (const piece of stream.bytes) pieces.push(piece)
    } catch (error) {
      problem = (error as Error).message
    }
    out.push({ name: stream.name, content: Buffer.concat(pieces), problem })
  }
  return out
}

const one = noise(30_000)
const two = noise(500, 2)

test('plain, gzip, zstd, and several members of them, by content and not by name', async () => {
  const cases: [Buffer, Buffer][] = [
    [one, one],
    [gzipSync(one), one],
    [zstdCompressSync(one), one],
    [
      Buffer.concat([gzipSync(one), gzipSync(two), gzipSync(Buffer.alloc(0)), gzipSync(two)]),
      Buffer.concat([one, two, two])
    ],
    [Buffer.concat([zstdCompressSync(one), zstdCompressSync(two)]), Buffer.concat([one, two])],
    [gzipSync(gzipSync(two)), two],
    [Buffer.alloc(0), Buffer.alloc(0)],
    [Buffer.concat([gzipSync(two), Buffer.alloc(1000)]), two],
    [Buffer.concat([zstdCompressSync(two), Buffer.alloc(2_000_000)]), two],
    [Buffer.concat([gzipSync(one), Buffer.alloc(2_000_000)]), one]
  ]
  for (const [content, expected] of cases) {
    const [read, ...more] = await readAll(await fileOf(content, `case${files++}.txt`))
    assert.equal(more.length, 0)
    assert.equal(read!.problem, undefined)
    assert.ok(read!.content.equals(expected))
  }
})

test('tar and zip, compressed, and what is compressed in them', async () => {
  const members = {
    'a/one.log': one,
    'two.gz': gzipSync(two),
    empty: Buffer.alloc(0),
    [`${'long/'.repeat(60)}name`]: two
  }
  const expected = [one, two, Buffer.alloc(0), two]
  const archive = await tarOf(members)
  const zipped = zipOf([
    ...Object.entries(members).map(([name, content], i) => ({ name, content, method: [8, 0, 0, 93][i]! })),
    { name: 'folder/', content: Buffer.alloc(0), method: 0 }
  ])
  for (const content of [archive, gzipSync(archive), zstdCompressSync(archive), zipped, gzipSync(zipped)]) {
    const read = await readAll(await fileOf(content))
    assert.deepEqual(
      read.map(({ name, problem }) => [name.replace(/^[^!]*!/, ''), problem]),
      Object.keys(members).map(name => [name, undefined])
    )
    read.forEach(({ content }, i) => {
      assert.ok(content.equals(expected[i]!))
    })
  }
})

test('members that are not read are skipped', async () => {
  for (const content of [
    await tarOf({ one, two }),
    zipOf([
      { name: 'one', content: one },
      { name: 'two', content: two }
    ])
  ]) {
    const names: string[] = []
    for await (const stream of openStreams(await fileOf(content))) {
      names.push(stream.name.replace(/^.*!/, ''))
      if (names.length === 2) assert.ok((await buffer(stream.bytes)).equals(two))
    }
    assert.deepEqual(names, ['one', 'two'])
  }
})

test('what is cut off gives everything up to the cut, then the reason', async () => {
  const gz = gzipSync(one)
  for (const size of [gz.length >> 1, gz.length - 3, gz.length - 8, gz.length - 9, 300]) {
    const [read] = await readAll(await fileOf(gz.subarray(0, size)))
    assert.match(read!.problem!, /^stream ended early/)
    const { content } = read!
    assert.ok(content.equals(one.subarray(0, content.length)))
    const least = size >= gz.length - 9 ? one.length : size === 300 ? 100 : (one.length * 0.45) | 0
    assert.ok(content.length >= least, `${content.length} of ${one.length} after ${size} of ${gz.length}`)
  }
  const zst = zstdCompressSync(one)
  const [fromZst] = await readAll(await fileOf(zst.subarray(0, zst.length >> 1)))
  assert.match(fromZst!.problem!, /^stream ended early/)
  assert.ok(fromZst!.content.length > 0 && fromZst!.content.equals(one.subarray(0, fromZst!.content.length)))
  const archive = await tarOf({ two, one })
  for (const content of [archive.subarray(0, 50_000), gzipSync(archive).subarray(0, 100_000)]) {
    const read = await readAll(await fileOf(content))
    assert.ok(read[0]!.content.equals(two) && read[0]!.problem === undefined)
    assert.match(read[1]!.problem!, /^stream ended early/)
    assert.ok(read[1]!.content.length > 10_000 && read[1]!.content.equals(one.subarray(0, read[1]!.content.length)))
  }
})

test('damage is told, and what is whole beside it is delivered', async () => {
  const problems = async (content: Buffer) => (await readAll(await fileOf(content))).map(read => read.problem)
  const gz = gzipSync(one)
  const flipped = Buffer.from(gz)
  flipped[gz.length >> 1]! ^= 0xff
  assert.match((await problems(flipped))[0]!, /^corrupt gzip/)
  const trailer = Buffer.from(gz)
  trailer[gz.length - 6]! ^= 0xff
  const [read] = await readAll(await fileOf(trailer))
  assert.match(read!.problem!, /^corrupt gzip/)
  assert.ok(read!.content.equals(one), 'a wrong checksum loses nothing')
  const followed = await readAll(
    await fileOf(Buffer.concat([zstdCompressSync(two), Buffer.from('and then something')]))
  )
  assert.match(followed[0]!.problem!, /followed by something else/)
  assert.ok(followed[0]!.content.equals(two))

  const archive = await tarOf({ two, one })
  const broken = Buffer.from(archive)
  broken[512 + Math.ceil(two.length / 512) * 512 + 5]! ^= 0xff
  assert.deepEqual(await problems(broken), [undefined, 'corrupt tar: a header has a wrong checksum'])

  const zip = zipOf([
    { name: 'two', content: two },
    { name: 'crc', content: two, crc: 7 },
    { name: 'locked', content: two, flags: 1 },
    { name: 'odd', content: two, method: 14 },
    { name: '../../after', content: one }
  ])
  assert.deepEqual(await problems(zip), [
    undefined,
    'corrupt zip: a checksum does not fit the content',
    'an encrypted zip member cannot be read',
    'zip compression method 14 is not supported',
    undefined
  ])
  assert.match((await problems(zip.subarray(0, -10)))[0]!, /^corrupt zip/)
})

test('bombs are stopped: by ratio, by size, by depth', async () => {
  const zeros = Buffer.alloc(4_000_000)
  const limits = { ratioFromBytes: 500_000, ratioMax: 100, inflatedBytesMax: 3_000_000 }
  for (const content of [
    gzipSync(zeros),
    zstdCompressSync(zeros),
    gzipSync(gzipSync(zeros)),
    await tarOf({ z: gzipSync(zeros) })
  ]) {
    const [read] = await readAll(await fileOf(content), limits)
    assert.match(read!.problem!, /^inflates more than 100 to 1: stopped/)
    assert.ok(read!.content.length < 1_500_000)
  }
  const zip = await fileOf(
    zipOf([
      { name: 'bomb', content: zeros },
      { name: 'two', content: two }
    ])
  )
  const members = await readAll(zip, limits)
  assert.match(members[0]!.problem!, /^inflates more than 100 to 1/)
  assert.ok(members[1]!.content.equals(two), 'the member after it is read')
  const many = zipOf(Array.from({ length: 40 }, (_, i) => ({ name: `${i}`, content: zeros.subarray(0, 400_000) })))
  const shared = await readAll(await fileOf(many), { ...limits, ratioFromBytes: 420_000, inflatedBytesMax: 1e9 })
  assert.match(shared.at(-1)!.problem!, /^the file inflates more than 100 to 1/)
  assert.equal(shared.length, 17)
  const [large] = await readAll(await fileOf(gzipSync(zeros)), { ...limits, ratioFromBytes: 1e9 })
  assert.match(large!.problem!, /^inflates to more than 3000000 bytes/)
  let deep = two
  for (let i = 0; i < 6; i++) deep = gzipSync(deep)
  assert.match((await readAll(await fileOf(deep)))[0]!.problem!, /layers deep/)
  const held = await readAll(await fileOf(gzipSync(zipOf([{ name: 'x', content: one, method: 0 }]))), {
    heldZipBytesMax: 1000
  })
  assert.match(held[0]!.problem!, /unpack it first/)
})

test('standard input, and a file that cannot be opened', async () => {
  const stdin = (async function* () {
    yield gzipSync(two)
  })()
  for await (const file of walk(['-'])) {
    for await (const stream of openStreams(file, { stdin })) {
      assert.equal(stream.name, '-')
      assert.ok((await buffer(stream.bytes)).equals(two))
    }
  }
  const gone = await fileOf(one)
  await rm(gone.path)
  assert.equal((await readAll(gone))[0]!.problem, 'cannot be opened: no such file or folder')
})

test('a file that grows is read to what it has at the end, and the whole is counted', async () => {
  const file = await fileOf(two)
  let told = 0
  const pieces: Buffer[] = []
  for await (const stream of openStreams(file, { onRead: bytes => (told += bytes) })) {
    for await (const piece of stream.bytes) {
      pieces.push(piece)
      if (pieces.length <= 3) await appendFile(file.path, 'grown\nhalf a li')
    }
  }
  // Once more than its size when opened, and no further: a fast writer does not keep us.
  assert.equal(Buffer.concat(pieces).toString(), `${two}grown\nhalf a li`)
  assert.equal(told, two.length + 15)
})

test('raw deflate of odd sizes survives being fed in steps', async () => {
  for (const size of [0, 1, 5, 511, 512, 513, 70_000]) {
    const content = one.subarray(0, size)
    assert.ok(deflateRawSync(content).length > 0)
    const [read] = await readAll(await fileOf(zipOf([{ name: 'x', content }])))
    assert.equal(read!.problem, undefined)
    assert.ok(read!.content.equals(content))
  }
})
