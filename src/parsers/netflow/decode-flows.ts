/**
 * Files of flow exports: packets of NetFlow 5, 9 and IPFIX one behind the other. A decoder: bytes → JSON records, which the parser
 * `netflow` reads. (Captures of such packets are read like all captures, in `parsers/packets`.)
 */

import type { Decoder } from '../decoders.ts'
import { ByteReader } from './byte-reader.ts'
import { description } from './description.ts'
import { FlowDecoder } from './flow-decoder.ts'
import { u16, u32 } from './octets.ts'

const batchMax = 500
type Datagram = { readonly payload: Uint8Array; readonly address: string }

const packetMax = 65_536

export const flowPackets: Decoder = {
  name: 'netflow-packets',
  title: 'NetFlow 5, NetFlow 9 and IPFIX: export packets',
  format: 'netflow',
  claims: isFlowPacket,
  decode: bytes => records(packets(new ByteReader(bytes))),
  description
}

async function* records(datagrams: AsyncIterable<Datagram>): AsyncGenerator<readonly string[], void> {
  const decoder = new FlowDecoder()
  let batch: string[] = []
  let found = 0
  let damaged = 0
  let waiting = 0
  let problem: string | undefined
  let broken: unknown
  try {
    for await (const { payload, address } of datagrams) {
      if (!isFlowPacket(payload)) continue
      const decoded = decoder.decode(payload, address)
      found++
      waiting += decoded.waiting
      if (decoded.problem !== undefined) {
        damaged++
        problem ??= decoded.problem
      }
      for (const record of decoded.records) batch.push(JSON.stringify(record))
      if (batch.length >= batchMax) {
        yield batch
        batch = []
      }
    }
  } catch (error) {
    broken = error
  }
  if (batch.length > 0) yield batch
  if (broken !== undefined) throw broken
  if (found === 0) throw new Error('no packets of NetFlow 5, NetFlow 9 or IPFIX are in it')
  if (damaged > 0) throw new Error(`${damaged} of ${found} export packets are damaged: ${problem}`)
  if (waiting > 0 && decoder.waiting > 0)
    throw new Error(`${decoder.waiting} sets of flows came without the template that tells what is in them`)
}

/** Packets one behind the other. */
async function* packets(reader: ByteReader): AsyncGenerator<Datagram, void> {
  const address = '0.0.0.0:0'
  for (;;) {
    const head = await reader.peek(20)
    if (head === undefined) return
    const version = u16(head, 0)
    let size: number
    if (version === 5) size = 24 + u16(head, 2) * 48
    else if (version === 10) size = u16(head, 2)
    else if (version === 9) size = await sizeOfV9(reader)
    else throw new Error(`no export packet begins where one should: version ${version}`)
    if (size < 16) throw new Error(`a packet of ${size} octets`)
    const payload = await reader.take(size)
    if (payload === undefined) throw new Error('the last packet is cut short')
    yield { payload, address }
  }
}

/** Version 9 does not say how long a packet is: it ends where no set begins. */
async function sizeOfV9(reader: ByteReader): Promise<number> {
  let size = 20
  for (;;) {
    const head = await reader.peek(size + 4)
    if (head === undefined) return size
    const id = u16(head, size)
    const length = u16(head, size + 2)
    if ((id > 3 && id < 256) || length < 4 || size + length > packetMax) return size
    size += length
  }
}

/** Does it begin as an export packet: a version, a time that can be, and counts and lengths that fit? */
export function isFlowPacket(head: Uint8Array): boolean {
  if (head.length < 20) return false
  const version = u16(head, 0)
  if (version === 5)
    return u16(head, 2) >= 1 && u16(head, 2) <= 30 && isTime(u32(head, 8)) && u32(head, 12) < 1_000_000_000
  if (version === 9) return head.length >= 24 && u16(head, 2) > 0 && isTime(u32(head, 8)) && isSet(head, 20)
  return version === 10 && u16(head, 2) >= 20 && isTime(u32(head, 4)) && isSet(head, 16)
}

/** 2000 to 2040. */
const isTime = (seconds: number) => seconds > 946_684_800 && seconds < 2_208_988_800

function isSet(bytes: Uint8Array, at: number): boolean {
  const id = u16(bytes, at)
  const length = u16(bytes, at + 2)
  return (id < 4 || id >= 256) && length >= 4 && length < 65_000
}
