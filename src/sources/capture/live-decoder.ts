/** Events of what is captured live: the decoder's records, in chunks, to the intake. Flows end by the clock where no packets come. */

import { PacketDecoder } from '../../packets/packet-decoder.ts'
import { Outlet, type Stream } from '../listen/outlet.ts'
import type { PullContext } from '../pull/source.ts'

/** What flows may take is less where it is taken for ever. */
const flowsMax = 32_768
const heldBytesMax = 32 << 20

export class LiveDecoder {
  readonly #decoder: PacketDecoder
  readonly #outlet: Outlet
  readonly #stream: Stream
  readonly #nowMs: () => number

  constructor(source: string, origin: string, context: PullContext) {
    this.#decoder = new PacketDecoder({
      flows: { flowsMax, openSeconds: 300, newSeconds: 30, overSeconds: 5, otherSeconds: 30 },
      fragments: { datagramsMax: 1024, bytesMax: 16 << 20, seconds: 30 },
      heldBytesMax
    })
    const { append, log, nowMs, recordBytesMax } = context
    this.#outlet = new Outlet(
      { append, log, nowMs, recordBytesMax },
      { source, timezoneMinutes: undefined, formatOf: () => 'packets' }
    )
    this.#stream = this.#outlet.stream(undefined, origin)
    this.#nowMs = nowMs
  }

  get records(): number {
    return this.#outlet.records
  }

  get full(): boolean {
    return this.#outlet.full
  }

  room(): Promise<void> {
    return this.#outlet.room()
  }

  packet(at: {
    readonly bytes: Uint8Array
    readonly from: number
    readonly to: number
    readonly wireBytes: number
    readonly linkType: number
    readonly seconds: number
    readonly nanos: number
  }): void {
    this.#decoder.packet(at.bytes, at.from, at.to, at.wireBytes, at.linkType, at.seconds, at.nanos)
    if (this.#decoder.records.out.length >= 500) this.#give()
  }

  async tick(): Promise<void> {
    this.#decoder.tick(Math.floor(this.#nowMs() / 1000) - 1)
    this.#give()
  }

  async close(): Promise<void> {
    while (this.#decoder.endOne()) if (this.#decoder.records.out.length >= 500) this.#give()
    this.#give()
    await this.#outlet.drain()
  }

  #give(): void {
    const { records } = this.#decoder
    const made = records.out
    records.out = []
    for (const record of made) {
      const bytes = Buffer.from(record)
      this.#stream.take(bytes, 0, bytes.length)
    }
  }
}
