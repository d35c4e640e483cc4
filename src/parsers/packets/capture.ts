/**
 * Packet captures (pcap, pcapng) as records of flows and transactions, for the parser `packets`. Exports of flows (NetFlow, IPFIX) that are
 * in them become records of what they export, too.
 */

import { isPcap, isPcapng } from '../../packets/capture-reader.ts'
import { captureRecords } from '../../packets/decode-capture.ts'
import type { Decoder } from '../decoders.ts'
import { isFlowPacket } from '../netflow/decode-flows.ts'
import { FlowDecoder } from '../netflow/flow-decoder.ts'
import { description } from './description.ts'

export const capture: Decoder = {
  name: 'packets-capture',
  title: 'Packet captures (pcap, pcapng)',
  format: 'packets',
  claims: head => isPcap(head) || isPcapng(head),
  decode: decoded,
  description
}

async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void> {
  const exports = new Exports()
  for await (const batch of captureRecords(bytes, { onDatagram: exports.datagram })) {
    yield exports.out.length === 0 ? batch : [...exports.take(), ...batch]
  }
  if (exports.out.length > 0) yield exports.take()
  exports.check()
}

/** Those of the capture's datagrams that export flows. */
export class Exports {
  out: string[] = []
  readonly #decoder = new FlowDecoder()
  #found = 0
  #damaged = 0
  #waiting = 0
  #problem: string | undefined

  readonly datagram = (bytes: Uint8Array, from: number, to: number, source: () => string): boolean => {
    const payload = bytes.subarray(from, to)
    if (!isFlowPacket(payload)) return false
    const { records, problem, waiting } = this.#decoder.decode(payload, source())
    this.#found++
    this.#waiting += waiting
    if (problem !== undefined) {
      this.#damaged++
      this.#problem ??= problem
    }
    for (const record of records) this.out.push(JSON.stringify(record))
    return true
  }

  take(): string[] {
    const { out } = this
    this.out = []
    return out
  }

  check(): void {
    if (this.#damaged > 0)
      throw new Error(`${this.#damaged} of ${this.#found} export packets are damaged: ${this.#problem}`)
    if (this.#waiting > 0 && this.#decoder.waiting > 0)
      throw new Error(`${this.#decoder.waiting} sets of flows came without the template that tells what is in them`)
  }
}
