import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decoderOf } from '../decoders.ts'
import { isFlowPacket } from './decode-flows.ts'
import { FlowDecoder } from './flow-decoder.ts'

const seconds = 1_740_910_530 // 2025-03-02T10:15:30Z

const n8 = (...values: number[]) => values
const n16 = (...values: number[]) => values.flatMap(v => [v >> 8, v & 255])
const n32 = (...values: number[]) => values.flatMap(v => [(v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255])
const bytes = (...parts: number[][]) => Uint8Array.from(parts.flat())
const set = (id: number, body: number[]) => [...n16(id, body.length + 4), ...body]

const source = n8(10, 0, 0, 5)
const destination = n8(198, 51, 100, 7)

const v5 = bytes(
  n16(5, 1),
  n32(600_000, seconds, 500_000_000, 1),
  n8(0, 3),
  n16(0),
  source,
  destination,
  n8(192, 0, 2, 254),
  n16(1, 2),
  n32(10, 1000, 570_000, 600_000),
  n16(51234, 443),
  n8(0, 27, 6, 0),
  n16(64500, 64501),
  n8(24, 24),
  n16(0)
)

const template = [...n16(256, 5), ...n16(8, 4, 12, 4, 7, 2, 11, 2, 1, 8)]
const record = [...source, ...destination, ...n16(51234, 443), ...n32(0, 1000)]
const v9Header = (count: number) => [...n16(9, count), ...n32(600_000, seconds, 1, 7)]
const v9Template = bytes(v9Header(1), set(0, template))
const v9Data = bytes(v9Header(2), set(256, [...record, ...record]))
const v9Options = bytes(
  v9Header(2),
  set(1, [...n16(257, 4, 4), ...n16(1, 4, 34, 4), ...n16(0)]),
  set(257, [...n32(9), ...n32(100)])
)

const ipfixBody = [
  ...set(2, [...n16(300, 4), ...n16(27, 16, 28, 16, 82, 65535, 0x8001, 8), ...n32(29305)]),
  ...set(300, [...ip6(5), ...ip6(7), 3, 101, 116, 104, ...n32(0, 2000)])
]
const ipfix = bytes(n16(10, 16 + ipfixBody.length), n32(seconds, 1, 9), ipfixBody)

function ip6(last: number): number[] {
  return [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

/** The datagram in UDP, IPv4, Ethernet with a VLAN tag. */
function frame(payload: Uint8Array): number[] {
  const udp = [...n16(40000, 2055, payload.length + 8, 0), ...payload]
  const ip = [0x45, 0, ...n16(udp.length + 20), 0, 1, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, ...udp]
  return [...new Array(12).fill(0), ...n16(0x8100, 12, 0x0800), ...ip]
}

function pcap(...payloads: Uint8Array[]): Uint8Array {
  const head = [...n32(0xa1b2c3d4), ...n16(2, 4), ...n32(0, 0, 65535, 1)]
  return bytes(
    head,
    ...payloads.map(payload => {
      const packet = frame(payload)
      return [...n32(seconds, 0, packet.length, packet.length), ...packet]
    })
  )
}

function pcapng(...payloads: Uint8Array[]): Uint8Array {
  const le = (...values: number[]) => values.flatMap(v => n32(v).reverse())
  const block = (type: number, body: number[]) => {
    const padded = [...body, ...new Array((4 - (body.length % 4)) % 4).fill(0)]
    return [...le(type, padded.length + 12), ...padded, ...le(padded.length + 12)]
  }
  return bytes(
    block(0x0a0d0d0a, [...le(0x1a2b3c4d), 1, 0, 0, 0, ...new Array(8).fill(255)]),
    block(1, [1, 0, 0, 0, ...le(65535)]),
    ...payloads.map(payload => {
      const packet = frame(payload)
      return block(6, [...le(0, 0, 0, packet.length, packet.length), ...packet])
    })
  )
}

type Read = {
  readonly records: { netflow: Record<string, unknown>; exporter: Record<string, unknown> }[]
  error: string
}

async function read(file: Uint8Array, chunk = 7): Promise<Read> {
  const records: Read['records'] = []
  let error = ''
  const decoder = decoderOf(file.subarray(0, 512))
  assert.ok(decoder !== undefined)
  async function* chunks() {
    for (let at = 0; at < file.length; at += chunk) yield file.subarray(at, at + chunk)
  }
  try {
    for await (const batch of decoder.decode(chunks()))
      for (const text of batch) {
        const record = JSON.parse(text)
        // Captures tell of their own flows, too.
        if (record.netflow !== undefined) records.push(record)
      }
  } catch (failure) {
    error = (failure as Error).message
  }
  return { records, error }
}

test('version 5', () => {
  const { records, problem } = new FlowDecoder().decode(v5, '192.0.2.1:2055')
  assert.equal(problem, undefined)
  assert.deepEqual(records, [
    {
      type: 'netflow_flow',
      timestamp: '2025-03-02T10:15:30.500Z',
      exporter: {
        version: 5,
        timestamp: '2025-03-02T10:15:30.500Z',
        uptime_millis: 600_000,
        address: '192.0.2.1:2055',
        engine_type: 0,
        engine_id: 3,
        sampling_interval: 0
      },
      netflow: {
        source_ipv4_address: '10.0.0.5',
        destination_ipv4_address: '198.51.100.7',
        ip_next_hop_ipv4_address: '192.0.2.254',
        ingress_interface: 1,
        egress_interface: 2,
        packet_delta_count: 10,
        octet_delta_count: 1000,
        flow_start_sys_up_time: 570_000,
        flow_end_sys_up_time: 600_000,
        source_transport_port: 51234,
        destination_transport_port: 443,
        tcp_control_bits: 27,
        protocol_identifier: 6,
        ip_class_of_service: 0,
        bgp_source_as_number: 64500,
        bgp_destination_as_number: 64501,
        source_ipv4_prefix_length: 24,
        destination_ipv4_prefix_length: 24
      }
    }
  ])
})

test('version 9: data waits for its template, of the same exporter and domain', () => {
  const decoder = new FlowDecoder()
  const early = decoder.decode(v9Data, 'a')
  assert.deepEqual([early.records.length, early.waiting, decoder.waiting], [0, 1, 1])
  assert.equal(decoder.decode(v9Template, 'b').records.length, 0)
  assert.equal(decoder.decode(v9Template, 'a').records.length, 2)
  assert.equal(decoder.waiting, 0)
  const [flow] = decoder.decode(v9Data, 'a').records
  assert.deepEqual(flow?.netflow, {
    source_ipv4_address: '10.0.0.5',
    destination_ipv4_address: '198.51.100.7',
    source_transport_port: 51234,
    destination_transport_port: 443,
    octet_delta_count: 1000
  })
  const [options] = decoder.decode(v9Options, 'a').records
  assert.equal(options?.type, 'netflow_options')
  assert.deepEqual(options?.netflow, { scope: { system: 9 }, options: { sampling_interval: 100 } })
})

test('IPFIX: variable lengths and the other direction', () => {
  const { records } = new FlowDecoder().decode(ipfix, 'a')
  assert.deepEqual(records[0]?.netflow, {
    source_ipv6_address: '2001:db8::5',
    destination_ipv6_address: '2001:db8::7',
    interface_name: 'eth',
    reverse_octet_delta_count: 2000
  })
})

test('files of packets, captures in both forms, in chunks of any size', async () => {
  const packets = bytes([...v5], [...v9Template], [...v9Data], [...ipfix])
  for (const file of [packets, pcap(v5, v9Template, v9Data, ipfix), pcapng(v5, v9Template, v9Data, ipfix)]) {
    for (const chunk of [1, 7, 100_000]) {
      const { records, error } = await read(file, chunk)
      assert.equal(error, '')
      assert.equal(records.length, 4)
    }
  }
  const { records } = await read(pcap(v5))
  assert.equal(records[0]?.exporter['address'], '192.0.2.1:40000')
})

test('what is damaged is told, and what came before it counts', async () => {
  const cut = await read(bytes([...v5], [...v5]).subarray(0, 100))
  assert.equal(cut.records.length, 1)
  assert.match(cut.error, /cut short/)
  assert.deepEqual(await read(pcap(Uint8Array.of(1, 2, 3))), { records: [], error: '' })
  assert.match((await read(pcap(v9Data))).error, /without the template/)
})

test('nothing else is taken for export packets', () => {
  for (const text of [
    '<34>1 2025-03-02T10:15:30Z host app - - - x',
    '{"a":1,"b":2,"c":3,"d":4}',
    'date,time,a,b,c,d,e,f\n'
  ])
    assert.equal(isFlowPacket(new TextEncoder().encode(text)), false)
})

test('never throws, whatever the octets', () => {
  const sample = fc.constantFrom(v5, v9Template, v9Data, v9Options, ipfix)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(sample, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat(200)), {
        maxLength: 8
      }),
      packets => {
        const decoder = new FlowDecoder()
        for (const [packet, changes, cut] of packets) {
          const mutated = packet.slice(0, Math.max(0, packet.length - (cut > 100 ? cut - 100 : 0)))
          for (const [at, value] of changes) if (mutated.length > 0) mutated[at % mutated.length] = value
          JSON.stringify(decoder.decode(mutated, 'a').records)
        }
      }
    ),
    { numRuns: 2000 }
  )
})
