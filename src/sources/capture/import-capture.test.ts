/** A capture with Suricata beside Picket's own decoder: real Suricata, rules of ours; skipped where it is not installed. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { asciiBytes } from '../../packets/octets.ts'
import { type Ends, pcapFile, pcapngFile, tcpConversation } from '../../testing/pcap-writer.ts'
import { testIntake } from '../listen/test-intake.ts'
import { findProgram } from '../sensor/program.ts'
import { type CaptureOptions, importCapture } from './import-capture.ts'

const ends: Ends = { from: [10, 0, 0, 5], to: [192, 0, 2, 10], ports: [51_000, 80] }
const request = asciiBytes('GET /evil HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: picket-test\r\n\r\n')
const answer = asciiBytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
const packets = tcpConversation(ends, [request, answer]).map((bytes, i) => ({
  bytes,
  seconds: 1_750_000_000,
  nanos: i * 1e6
}))
const rule = 'alert http any any -> any any (msg:"evil"; http.uri; content:"/evil"; sid:1000001; rev:1;)\n'

const skip = findProgram('suricata') === undefined ? 'Suricata is not installed' : false

async function imported(content: Uint8Array, more: Partial<CaptureOptions>) {
  const folder = mkdtempSync(join(tmpdir(), 'picket-import-'))
  try {
    const path = join(folder, 'a.pcap')
    const rules = join(folder, 'own.rules')
    writeFileSync(path, content)
    writeFileSync(rules, rule)
    const intake = testIntake()
    const notes: string[] = []
    const work = join(folder, 'work')
    mkdirSync(work)
    const file = { path, raw: Buffer.from(path), sizeBytes: content.length, mtimeMs: undefined }
    await importCapture(file, {
      append: intake.context.append,
      run: '',
      nowMs: Date.now,
      recordBytesMax: 1_000_000,
      suricata: 'auto',
      suricataRules: rules,
      sourcesFolder: join(folder, 'sources'),
      temporaryFolder: work,
      onNote: note => void notes.push(note),
      ...more
    })
    assert.deepEqual(readdirSync(work), [], 'nothing is left behind')
    const events = intake.records().map(({ parsed }) => {
      assert.ok(parsed.ok)
      return parsed.event as { event: { module: string; kind: string }; rule?: { name: string } }
    })
    return { events, notes, sources: intake.chunks.map(({ headers }) => headers.source.replace(folder, '')) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test("both's events, of every form of file", { skip }, async () => {
  for (const content of [
    pcapFile(packets),
    pcapFile(packets, { nano: true }),
    pcapngFile(packets),
    gzipSync(pcapFile(packets)),
    zstdCompressSync(pcapngFile(packets))
  ]) {
    const { events, sources, notes } = await imported(content, {})
    const of = (module: string) => events.filter(({ event }) => event.module === module)
    assert.equal(of('packets').length, 3)
    assert.deepEqual(
      of('suricata')
        .filter(({ event }) => event.kind === 'alert')
        .map(each => each.rule?.name),
      ['evil']
    )
    assert.deepEqual(sources, ['/a.pcap', '/a.pcap (suricata)'])
    assert.match(notes[0] ?? '', /Suricata looks at it with the rules of .*own\.rules/)
  }
})

test('off is off, other files are none of its business', { skip }, async () => {
  const off = await imported(pcapFile(packets), { suricata: 'off' })
  assert.deepEqual([off.events.length, off.notes.length], [3, 0])
  const text = await imported(asciiBytes('{"a":1}\n'), {})
  assert.deepEqual([text.events.length, text.notes.length], [1, 0])
  const none = await imported(pcapFile(packets), { suricataRules: undefined, sourcesFolder: '/nowhere' })
  assert.ok(none.events.some(({ event }) => event.module === 'suricata'))
  await assert.rejects(imported(pcapFile(packets), { suricataRules: '/nowhere' }), /no rules/)
})
