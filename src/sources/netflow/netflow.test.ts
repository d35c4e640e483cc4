/** Export packets over a real socket, to the intake. */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import type { EcsEvent } from '../../core/parser.ts'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenNetflow } from './netflow.ts'

const address = (a: number, b: number, c: number, d: number): number[] => [a, b, c, d]
const u16 = (...values: number[]): number[] => values.flatMap(value => [value >>> 8, value & 255])
const u32 = (...values: number[]): number[] => values.flatMap(value => u16(value >>> 16, value & 65535))

const seconds = Date.UTC(2026, 5, 1) / 1000
const flow = [...address(10, 0, 0, 1), ...address(192, 0, 2, 7), ...u16(50000, 443)]
/** Addresses (8, 12) and ports (7, 11). */
const template = [...u16(256, 4, 8, 4, 12, 4, 7, 2, 11, 2)]
const v9 = (id: number, content: number[]): Buffer =>
  Buffer.from([...u16(9, 1), ...u32(1000, seconds, 1, 0), ...u16(id, content.length + 4), ...content])
const ipfix = (id: number, content: number[]): Buffer =>
  Buffer.from([...u16(10, 16 + 4 + content.length), ...u32(seconds, 1, 7), ...u16(id, content.length + 4), ...content])
const v5 = Buffer.from([
  ...u16(5, 1),
  ...u32(1000, seconds, 0, 1),
  ...[0, 0, 0, 0],
  ...flow.slice(0, 8),
  ...u32(0),
  ...u16(1, 2),
  ...u32(10, 840, 0, 500),
  ...u16(50000, 443),
  ...[0, 0x18, 6, 0],
  ...u16(0, 0),
  ...[0, 0, 0, 0]
])

test('NetFlow 5 and 9 and IPFIX: flows with their exporter; data before its template waits for it', async () => {
  const intake = testIntake()
  const source = await listenNetflow(sourceConfig('netflow'), intake.context)
  const socket = createSocket('udp4')
  const send = (bytes: Buffer): Promise<void> =>
    new Promise(resolve => socket.send(bytes, source.ports[0]!, '127.0.0.1', () => resolve()))
  await send(v5)
  await send(v9(256, flow))
  await send(v9(0, template))
  await send(ipfix(2, template))
  await send(ipfix(256, [...flow, ...flow]))
  await send(Buffer.from('no flow at all'))
  await send(v9(300, flow))
  await intake.until(5)
  await source.close()
  socket.close()
  const records = intake.records()
  const flows = records.filter(({ parsed }) => parsed.ok)
  assert.equal(flows.length, 4)
  for (const { parsed, sender } of flows) {
    assert.ok(parsed.ok)
    assert.equal(sender, '127.0.0.1')
    const { source: from, destination: to } = parsed.event as { source: EcsEvent; destination: EcsEvent }
    assert.deepEqual([from['ip'], from['port'], to['ip'], to['port']], ['10.0.0.1', 50000, '192.0.2.7', 443])
  }
  const reasons = records.flatMap(({ parsed }) => (parsed.ok ? [] : [parsed.reason]))
  assert.match(reasons[0]!, /no NetFlow 5 or 9 and no IPFIX/)
  // What still waits at the end is not lost unseen.
  assert.match(reasons[1]!, /template 300 did not come/)
})
