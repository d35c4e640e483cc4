/** Files that grow, end early, change their kind and come and go while they are followed: each record comes once, as an import would give it. */
import assert from 'node:assert/strict'
import { appendFile, mkdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { eve, imported, lines, newFolder, recordsOf, textsOf, world } from '../../testing/followed-world.ts'

const zeek = '#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\n#types\ttime\tstring\taddr\n'
const shapes = [
  { format: 'text', head: '', line: fc.constantFrom('one', 'two two', '', '\r', 'three\r', 'ü€𝄞') },
  {
    format: 'zeek-tsv',
    head: zeek,
    line: fc.constantFrom('1700000000.1\tCa\t10.0.0.1', '1700000001\tCb\t10.0.0.2', '#close x', zeek.trimEnd())
  },
  {
    format: 'vpc-flow',
    head: 'version account-id srcaddr\n',
    line: fc.constantFrom('2 123456789010 10.0.0.1', '2 123456789010 10.0.0.2', 'version srcaddr')
  },
  { format: 'csv', head: 'time,"user\nname",ip\n', line: fc.constantFrom('1,a,b', '"2","x', 'y",c', '3,"q""q",d') },
  {
    format: 'syslog',
    head: '',
    line: fc.constantFrom('<34>Oct 11 22:14:15 host app: a', '  continued', '<35>Oct 11 22:14:16 host app: b', '')
  },
  { format: 'suricata', head: '', line: fc.integer({ min: 0, max: 9 }).map(eve) }
]

for (const { format, head, line } of shapes) {
  test(`${format}: any split of appends, looks and restarts gives the records of an import, once and in order`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 120 }), fc.constantFrom('write', 'look', 'look', 'restart')), {
          minLength: 1
        }),
        fc.integer({ min: 1, max: 400 }),
        async (body, steps, chunkBytes) => {
          const content = Buffer.from(head + body.map(each => `${each}\n`).join(''))
          const folder = await newFolder()
          const path = join(folder, 'a.log')
          await writeFile(path, '')
          const sources = [{ name: 's', paths: [path], format }]
          const w = world(sources, chunkBytes)
          for (let at = 0, i = 0; at < content.length; i++) {
            const [size, then] = steps[i % steps.length]!
            await appendFile(path, content.subarray(at, at + size))
            at += size
            if (then === 'restart') await w.restart(sources)
            if (then !== 'write') await w.look(100)
          }
          await w.look(6000)
          await w.look(6000)
          await w.look()
          assert.deepEqual(recordsOf(w.chunks, true), recordsOf(await imported(content, format, chunkBytes), true))
          await w.follower.close()
          await rm(folder, { recursive: true })
        }
      ),
      { numRuns: 40 }
    )
  })
}

test('a file that is followed, imported, or read anew after a crash has the same records', async () => {
  const folder = await newFolder()
  const path = join(folder, 'eve.json')
  const sources = [{ name: 's', paths: [path] }]
  const w = world(sources)
  let content = ''
  for (let i = 0; i < 60; i++) {
    const more = lines(i * 500, i * 500 + 500)
    content += more
    await appendFile(path, more)
    await w.look()
    if (i % 20 === 7) await w.restart(sources)
    if (i % 20 === 13) {
      // The crash between the append and the place.
      const { save } = w.places
      w.places.save = () => {
        throw new Error('no space')
      }
      await appendFile(path, lines(1e6 + i, 1e6 + i + 10))
      content += lines(1e6 + i, 1e6 + i + 10)
      await w.look()
      w.places.save = save
      await w.restart(sources)
      await w.look()
    }
  }
  const expected = recordsOf(await imported(Buffer.from(content), undefined))
  const got = recordsOf(w.chunks)
  assert.equal(got.length, expected.length + 30, 'what was given twice')
  assert.deepEqual([...new Set(got)], expected)
  assert.ok(w.chunks.length < 100)
})

test('what is not taken by the bus is given again, and the trouble is told once', async () => {
  const folder = await newFolder()
  const path = join(folder, 'a.log')
  await writeFile(path, lines(0, 10))
  const w = world([{ name: 's', paths: [path] }])
  const { append } = w
  w.append = async () => {
    throw new Error('the bus is full')
  }
  for (let i = 0; i < 5; i++) await w.look()
  assert.equal(w.log.filter(text => text.includes('the bus is full')).length, 1)
  w.append = append
  await appendFile(path, lines(10, 20))
  await w.look()
  assert.deepEqual(recordsOf(w.chunks), recordsOf(await imported(Buffer.from(lines(0, 20)), undefined)))
})

test('written anew with what it held and more (a restored disk, an editor): only what is new is read', async () => {
  const folder = await newFolder()
  const path = join(folder, 'eve.json')
  const sources = [{ name: 's', paths: [path] }]
  const w = world(sources)
  await writeFile(path, lines(0, 50))
  await w.look()
  await w.follower.close()
  await writeFile(join(folder, 'new'), lines(0, 60))
  await rename(join(folder, 'new'), path)
  await w.restart(sources)
  await w.look()
  assert.deepEqual(recordsOf(w.chunks), recordsOf(await imported(Buffer.from(lines(0, 60)), undefined)))
})

test('a last line without an end waits five seconds, and is not given again when only its end comes', async () => {
  const folder = await newFolder()
  const path = join(folder, 'a.log')
  const sources = [{ name: 's', paths: [path], format: 'text' }]
  const w = world(sources)
  await writeFile(path, 'one\ntwo')
  await w.look()
  await w.look()
  assert.deepEqual(textsOf(w.chunks), ['one'])
  w.nowMs += 5000
  await w.look()
  assert.deepEqual(textsOf(w.chunks), ['one', 'two'])
  await w.look(10_000)
  await w.restart(sources)
  await w.look(10_000)
  await appendFile(path, '\nthree\n')
  await w.look()
  assert.deepEqual(recordsOf(w.chunks), recordsOf(await imported(Buffer.from('one\ntwo\nthree\n'), 'text')))
  // A line that does go on comes once more, whole, in the place that an import gives it.
  await appendFile(path, 'fo')
  await w.look(6000)
  await w.look()
  await appendFile(path, 'ur\nfive\n')
  await w.look()
  assert.deepEqual(textsOf(w.chunks), ['one', 'two', 'three', 'fo', 'four', 'five'])
  const expected = recordsOf(await imported(Buffer.from('one\ntwo\nthree\nfour\nfive\n'), 'text'))
  assert.deepEqual(
    recordsOf(w.chunks).filter(record => !/ fo /.test(record)),
    expected
  )
})

test('an open quote at the end of a table is given after five seconds, as an import gives it', async () => {
  const folder = await newFolder()
  const path = join(folder, 'a.csv')
  const w = world([{ name: 's', paths: [path], format: 'csv' }])
  const content = 'a,b\n1,2\n"3,4\n5,6\n'
  await writeFile(path, content)
  await w.look(6000)
  await w.look()
  assert.deepEqual(recordsOf(w.chunks), recordsOf(await imported(Buffer.from(content), 'csv')))
  await appendFile(path, '7",8\n')
  await w.look()
  const all = recordsOf(await imported(Buffer.from(`${content}7",8\n`), 'csv'))
  assert.deepEqual(
    all.filter(record => !recordsOf(w.chunks).includes(record)),
    []
  )
})

test('the format is recognised when enough is there', async () => {
  const folder = await newFolder()
  const path = join(folder, 'table')
  const w = world([{ name: 's', paths: [folder] }])
  await writeFile(path, 'time,user,source.ip\n')
  await writeFile(join(folder, 'eve'), lines(0, 1).slice(0, 30))
  await w.look()
  assert.equal(w.chunks.length, 0)
  await appendFile(path, '2024-01-01T00:00:00Z,a,10.0.0.1\n2024-01-01T00:00:01Z,b,10.0.0.2\n')
  await appendFile(join(folder, 'eve'), lines(0, 1).slice(30))
  await w.look()
  assert.deepEqual(w.chunks.map(({ headers }) => [headers.format, headers.records]).sort(), [
    ['csv', 2],
    ['suricata', 1]
  ])
})

test('globs, folders, links and new files', async () => {
  const folder = await newFolder()
  await mkdir(join(folder, 'deep/er'), { recursive: true })
  await writeFile(join(folder, 'deep/er/a.log'), 'a\n')
  await writeFile(join(folder, 'deep/b.txt'), 'b\n')
  await writeFile(join(folder, 'c.log'), 'c\n')
  await symlink(join(folder, 'c.log'), join(folder, 'link.log'))
  const w = world([
    { name: 'globs', paths: [join(folder, '**/*.log')], format: 'text' },
    { name: 'folder', paths: [join(folder, 'deep')], format: 'text' },
    { name: 'nothing', paths: [join(folder, 'none'), join(folder, 'no*ne')], format: 'text' }
  ])
  await w.look()
  const given = () => w.chunks.map(({ headers, body }) => `${headers.source} ${body}`.trim()).sort()
  assert.deepEqual(given(), ['folder a', 'folder b', 'globs a', 'globs c'])
  await writeFile(join(folder, 'deep/d.log'), 'd\n')
  await writeFile(join(folder, 'none'), 'n\n')
  await w.look()
  assert.deepEqual(given(), ['folder a', 'folder b', 'folder d', 'globs a', 'globs c', 'globs d', 'nothing n'])
  assert.equal(w.log.filter(text => text.includes('no such file')).length, 1)
})

test('compressed files, archives and documents are taken whole when they are at rest', async () => {
  const folder = await newFolder()
  const content = Buffer.from(lines(0, 3000))
  const zipped = gzipSync(content)
  await writeFile(join(folder, 'a.gz'), zipped.subarray(0, 1000))
  await writeFile(join(folder, 'doc.json'), JSON.stringify([JSON.parse(eve(1)), JSON.parse(eve(2))], null, 1))
  await writeFile(join(folder, 'wide.txt'), Buffer.from('\ufeffone line\r\n', 'utf16le'))
  const w = world([{ name: 's', paths: [folder] }])
  await w.look(3000)
  await appendFile(join(folder, 'a.gz'), zipped.subarray(1000))
  await w.look(4000)
  await w.look(4000)
  await w.look()
  assert.deepEqual(w.chunks.map(({ headers }) => headers.records).sort(), [1, 2, 3000])
  const whole = w.chunks.find(({ headers }) => headers.records === 3000)!
  assert.deepEqual(recordsOf([whole]), recordsOf(await imported(content, undefined)))
  await w.restart([{ name: 's', paths: [folder] }])
  await w.look(10_000)
  await w.look()
  assert.equal(w.chunks.length, 3)
  const old = join(folder, 'b.zst')
  await writeFile(old, zstdCompressSync(content))
  await utimes(old, 1, 1)
  await w.look()
  assert.equal(w.chunks.length, 4, 'an old file is at rest at once')
})

test('two hundred files at once', async () => {
  const folder = await newFolder()
  const names = Array.from({ length: 200 }, (_, i) => join(folder, `${i}.log`))
  const w = world([{ name: 's', paths: [folder], format: 'text' }])
  let appends = 0
  const { append } = w
  w.append = chunks => {
    appends++
    return append(chunks)
  }
  for (let round = 0; round < 5; round++) {
    for (const [i, name] of names.entries()) await appendFile(name, `${i} ${round}\n`.repeat(10))
    await w.look()
  }
  assert.equal(textsOf(w.chunks).length, 200 * 5 * 10)
  assert.equal(appends, 5)
  await w.look()
  assert.equal(appends, 5)
})

test('more files than may stay open', async () => {
  const folder = await newFolder()
  const w = world([{ name: 's', paths: [folder], format: 'text' }])
  for (let i = 0; i < 300; i++) await writeFile(join(folder, `${i}.log`), `${i}\n`)
  await w.look()
  for (let i = 0; i < 300; i++) await appendFile(join(folder, `${i}.log`), `${i} more\n`)
  await w.look()
  assert.equal(textsOf(w.chunks).length, 600)
})

test('a failing file does not stop the others, and is told once', { skip: process.getuid?.() === 0 }, async () => {
  const folder = await newFolder()
  await writeFile(join(folder, 'a.log'), 'a\n', { mode: 0 })
  await writeFile(join(folder, 'b.log'), 'b\n')
  const w = world([{ name: 's', paths: [folder], format: 'text' }])
  for (let i = 0; i < 20; i++) await w.look()
  assert.deepEqual(textsOf(w.chunks), ['b'])
  assert.equal(w.log.filter(text => text.includes('permission denied')).length, 1)
})

test('a changed configuration: what goes is left alone, what stays goes on, a new format holds from here', async () => {
  const folder = await newFolder()
  const [a, b] = [join(folder, 'a.log'), join(folder, 'b.log')]
  const w = world([
    { name: 'a', paths: [a], format: 'text' },
    { name: 'b', paths: [b], format: 'text' }
  ])
  await writeFile(a, 'a1\na2')
  await writeFile(b, 'b1\n')
  await w.look()
  w.follower.use([{ name: 'a', paths: [folder], format: 'csv' }])
  await appendFile(a, '\na3,x\n')
  await appendFile(b, 'b2\n')
  await w.look()
  const of = (source: string) => textsOf(w.chunks.filter(({ headers }) => headers.source === source))
  assert.deepEqual([of('a').slice(0, 3), of('b')], [['a1', 'a2', 'a3,x'], ['b1']])
  w.follower.use([{ name: 'a', paths: [join(folder, 'nothing')], format: 'csv' }])
  await appendFile(a, 'a4\n')
  await w.look()
  await w.look()
  assert.equal(w.follower.files, 0)
  assert.ok(!of('a').includes('a4'))
  w.follower.use([{ name: 'a', paths: [a], format: 'text' }])
  await appendFile(a, 'a5\n')
  await w.look()
  assert.deepEqual(
    of('a').filter(text => text.startsWith('a')),
    ['a1', 'a2', 'a3,x', 'a4', 'a5']
  )
})

test('a deleted file is read to its end and let go', async () => {
  const folder = await newFolder()
  const path = join(folder, 'a.log')
  await writeFile(path, 'one\n')
  const w = world([{ name: 's', paths: [path], format: 'text' }])
  await w.look()
  await appendFile(path, 'two\nthree')
  await unlink(path)
  await w.look(6000)
  await w.look(20_000)
  await w.look()
  assert.deepEqual(textsOf(w.chunks), ['one', 'two', 'three'])
  assert.equal(w.follower.files, 0)
})

test('the place in a file that is there is kept for ever, that in one that is gone for two months', async () => {
  const folder = await newFolder()
  const [a, b] = [join(folder, 'a.log'), join(folder, 'b.log')]
  await writeFile(a, 'a\n')
  await writeFile(b, 'b\n')
  const sources = [{ name: 's', paths: [folder], format: 'text' }]
  const w = world(sources)
  await w.look()
  await unlink(b)
  for (let day = 0; day < 100; day++) await w.look(86_400_000)
  await w.restart(sources)
  await w.look()
  await w.look()
  assert.deepEqual([textsOf(w.chunks), w.places.rows.size], [['a', 'b'], 1])
})

test('a line that never ends takes bounded memory, and is dead when it is too long', async () => {
  const folder = await newFolder()
  const path = join(folder, 'a.log')
  const w = world([{ name: 's', paths: [path], format: 'text' }])
  await writeFile(path, 'one\n')
  for (let i = 0; i < 20; i++) {
    await appendFile(path, 'x'.repeat(50_000))
    await w.look()
  }
  await appendFile(path, '\nend\n')
  await w.look()
  const dead = w.chunks.filter(({ headers }) => headers.dead !== undefined)
  assert.deepEqual(
    dead.map(({ headers }) => headers.dead),
    ['a line of 1000000 bytes is longer than 100000']
  )
  assert.equal(textsOf(w.chunks).at(-1), 'end')
})
