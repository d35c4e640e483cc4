/** The rolling capture with the real tcpdump on a pair of interfaces of our own, and what is found in it again. Skipped without rights. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { captureRecords } from '../../packets/decode-capture.ts'
import { back, type Ends, ipFrame, pcapFile, tcpConversation, udpFrame } from '../../testing/pcap-writer.ts'
import { pullConfig, testPull } from '../pull/test-context.ts'
import { type CaptureConfig, pullCapture } from './capture.ts'
import { findPackets, packetBounds } from './find-packets.ts'
import { Ring, ringFiles } from './ring.ts'

const ends: Ends = { from: [10, 0, 0, 5], to: [192, 0, 2, 10], ports: [51_000, 80] }
const conversation = { addresses: ['10.0.0.5', '192.0.2.10'], ports: [51_000, 80], protocol: 6 } as const

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-ring-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const head = pcapFile([])

async function filled(ring: Ring, frames: readonly { bytes: Uint8Array; atMs: number }[]): Promise<void> {
  await ring.begin(head)
  for (const { bytes, atMs } of frames) {
    const file = pcapFile([{ bytes, seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1e6 }])
    await ring.add(file, 24, file.length, atMs)
  }
  await ring.flush()
}

async function packetsOf(file: Uint8Array): Promise<number> {
  async function* one(): AsyncGenerator<Uint8Array> {
    yield file
  }
  let packets = 0
  for await (const batch of captureRecords(one())) for (const text of batch) packets += JSON.parse(text).packets ?? 0
  return packets
}

test('just that conversation, both ways, also in a tunnel, and nothing else', async () => {
  const folder = temporary()
  const ring = new Ring(folder, { bytesMax: 10 << 20, ageMaxMs: undefined }, () => 0)
  const own = tcpConversation(ends, [new Uint8Array(100), new Uint8Array(3000)])
  const others = [
    ...tcpConversation({ ...ends, ports: [51_001, 80] }, []),
    udpFrame(ends, new Uint8Array(9)),
    udpFrame(back(ends), new Uint8Array(9))
  ]
  // IP in IP: what is within begins behind the frame's own header.
  const tunnelled = own
    .slice(0, 2)
    .map(frame => ipFrame(4, { ...ends, from: [172, 16, 0, 1], to: [172, 16, 0, 2] }, frame.subarray(14)))
  const frames = [...own, ...others, ...tunnelled].map((bytes, i) => ({ bytes, atMs: 1_750_000_000_000 + i * 10 }))
  await filled(ring, frames)
  const all = { conversation, fromMs: 1_750_000_000_000, toMs: 1_750_000_100_000 }
  const found = await findPackets([folder], all)
  assert.equal(found.packets, own.length + tunnelled.length)
  assert.equal(await packetsOf(found.file), found.packets)
  const turned = { addresses: ['192.0.2.10', '10.0.0.5'], ports: [80, 51_000], protocol: 6 } as const
  assert.equal((await findPackets([folder], { ...all, conversation: turned })).packets, found.packets)
  assert.equal((await findPackets([folder], { ...all, fromMs: 1_750_000_000_000, toMs: 1_750_000_000_020 })).packets, 3)
  const udp = { addresses: ['10.0.0.5', '192.0.2.10'], ports: [51_000, 80], protocol: 17 } as const
  assert.equal((await findPackets([folder], { ...all, conversation: udp })).packets, 2)
  const byId = { communityId: '1:3o51bYL12tYzh7WHoUTuFCgd9nY=' }
  assert.equal((await findPackets([folder], { ...all, conversation: byId })).packets, 0)
  await ring.close()
  const bounded = await findPackets([folder], all, { ...packetBounds, givenBytesMax: 500 })
  assert.match(bounded.bound ?? '', /only the first/)
  assert.ok(bounded.packets > 0 && bounded.packets < found.packets)
})

test('the ring keeps within its size and its age, and the oldest go', async () => {
  const folder = temporary()
  let now = 1_750_000_000_000
  const ring = new Ring(folder, { bytesMax: 2 << 20, ageMaxMs: undefined }, () => now)
  const frames = Array.from({ length: 8000 }, (_, i) => ({
    bytes: udpFrame(ends, new Uint8Array(1000)),
    atMs: now + i
  }))
  await filled(ring, [])
  for (const { bytes, atMs } of frames) {
    const file = pcapFile([{ bytes, seconds: Math.floor(atMs / 1000) }])
    await ring.add(file, 24, file.length, atMs)
    if (atMs % 500 === 0) await ring.flush()
  }
  await ring.close()
  const files = ringFiles(folder)
  const kept = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  assert.ok(kept <= (2 << 20) + (1 << 20), `${kept} bytes`)
  assert.ok(kept > 1 << 20)
  assert.ok(files[0]!.fromMs > now)
  assert.ok(files.every(({ toMs }, i) => toMs !== undefined && (i === 0 || files[i - 1]!.toMs! <= toMs)))
  const aged = new Ring(folder, { bytesMax: 2 << 20, ageMaxMs: 60_000 }, () => now)
  now += 3_600_000
  await aged.begin(head)
  assert.equal(ringFiles(folder).length, 0)
})

test('what an earlier life left open is kept and found', async () => {
  const [earlier, folder] = [temporary(), temporary()]
  const ring = new Ring(earlier, { bytesMax: 10 << 20, ageMaxMs: undefined }, Date.now)
  const nowMs = Date.now()
  await filled(
    ring,
    tcpConversation(ends, []).map((bytes, i) => ({ bytes, atMs: nowMs - 1000 + i }))
  )
  const [open] = readdirSync(earlier)
  assert.ok(open!.endsWith('-open.pcap'))
  copyFileSync(join(earlier, open!), join(folder, open!))
  await ring.close()
  const next = new Ring(folder, { bytesMax: 10 << 20, ageMaxMs: undefined }, Date.now)
  await next.begin(head)
  assert.ok(!readdirSync(folder)[0]!.includes('open'))
  assert.equal((await findPackets([folder], { conversation, fromMs: nowMs - 5000, toMs: nowMs + 5000 })).packets, 6)
})

const names = [`pkt${process.pid % 10_000}a`, `pkt${process.pid % 10_000}b`] as const
const space = `pkt-${process.pid}`
const able = spawnSync('tcpdump', ['--version']).status === 0 && spawnSync('ip', ['netns', 'add', space]).status === 0
const skip = able ? false : 'needs tcpdump and the right to make network namespaces'

function ip(...args: string[]): void {
  execFileSync('ip', args)
}

test('tcpdump on a line: packets are kept, events are made, it is started again, and its end is told', {
  skip
}, async () => {
  after(() => void spawnSync('ip', ['netns', 'del', space]))
  ip('link', 'add', names[0], 'type', 'veth', 'peer', 'name', names[1])
  after(() => void spawnSync('ip', ['link', 'del', names[0]]))
  ip('link', 'set', names[1], 'netns', space)
  ip('addr', 'add', '10.213.77.1/30', 'dev', names[0])
  ip('link', 'set', names[0], 'up')
  ip('-n', space, 'addr', 'add', '10.213.77.2/30', 'dev', names[1])
  ip('-n', space, 'link', 'set', names[1], 'up')
  const { context, chunks, records } = testPull()
  const folder = temporary()
  const config = pullConfig('capture', {
    interface: names[0],
    keep: '4MB',
    decode: true,
    filter: 'tcp'
  }) as CaptureConfig
  const source = await pullCapture(config, { ...context, folder: () => folder })
  after(() => source.close())
  // A refused connection is a conversation, too.
  const knock = (): void => {
    spawnSync('ip', ['netns', 'exec', space, 'bash', '-c', 'exec 3<>/dev/tcp/10.213.77.1/9'])
  }
  const wanted = {
    conversation: { addresses: ['10.213.77.2', '10.213.77.1'], ports: [undefined, 9], protocol: 6 } as const,
    fromMs: Date.now() - 10_000,
    toMs: Date.now() + 600_000
  }
  const kept = async (): Promise<number> => (await findPackets([folder], wanted)).packets
  const until = async (what: () => Promise<boolean> | boolean): Promise<void> => {
    for (let i = 0; i < 300 && !(await what()); i++) await sleep(50)
    assert.ok(await what(), what.toString())
  }
  await until(async () => {
    knock()
    return (await kept()) >= 2
  })
  const pids = () =>
    spawnSync('pgrep', ['-f', `tcpdump -i ${names[0]} `])
      .stdout.toString()
      .trim()
      .split('\n')
      .filter(Boolean)
      .map(Number)
  const [first] = pids()
  process.kill(first!, 'SIGKILL')
  await until(() => pids().some(pid => pid !== first))
  const before = await kept()
  await until(async () => {
    knock()
    return (await kept()) > before
  })
  assert.equal((source.figures().more as Record<string, number>)['restarts'], 1)
  await source.close()
  assert.equal(pids().length, 0)
  assert.ok(chunks.length > 0)
  const flows = records().map(({ parsed }) => parsed)
  assert.ok(flows.length >= 2)
  for (const parsed of flows) {
    assert.ok(parsed.ok)
    const { destination, packets } = parsed.event as { destination: { port: number }; packets: { state: string } }
    assert.deepEqual([destination.port, packets.state], [9, 'REJ'])
  }
  assert.ok(readdirSync(folder).every(name => statSync(join(folder, name)).mode % 0o100 === 0))
})

test('what keeps it from capturing is said, with what to do', { skip }, async () => {
  const { context } = testPull()
  for (const [more, words] of [
    [{ interface: 'nosuch0' }, /ip link/],
    [{ interface: 'lo', tcpdump: '/nowhere/tcpdump' }, /not installed/],
    [{ interface: 'lo', filter: 'no such words' }, /syntax|filter|parse/i]
  ] as const) {
    const source = await pullCapture(pullConfig('capture', more) as CaptureConfig, { ...context, folder: temporary })
    for (let i = 0; i < 100 && source.figures().problem === undefined; i++) await sleep(50)
    assert.match(source.figures().problem ?? '', words)
    await source.close()
  }
})
