/** A whole capture as records: packets in pieces of any size come in, JSON texts go out in batches, and at the end what the capture was. */

import { CaptureReader } from './capture-reader.ts'
import { type DatagramHook, PacketDecoder, type PacketLimits } from './packet-decoder.ts'

const batchMax = 500

/** Throws an `Error` at the end, when everything has been given, where the capture is damaged or cut off. */
export async function* captureRecords(
  pieces: AsyncIterable<Uint8Array>,
  options: { readonly limits?: PacketLimits; readonly onDatagram?: DatagramHook } = {}
): AsyncGenerator<readonly string[], void> {
  const reader = new CaptureReader()
  const decoder = new PacketDecoder(options.limits, options.onDatagram)
  const { records } = decoder
  let first: { readonly seconds: number; readonly nanos: number } | undefined
  let broken: unknown
  const taken = (): readonly string[] => {
    const batch = records.out
    records.out = []
    return batch
  }
  try {
    for await (const piece of pieces) {
      reader.push(piece)
      while (reader.next()) {
        records.fine = reader.fine
        const { bytes, from, to, wireBytes, linkType, seconds, nanos } = reader
        first ??= { seconds, nanos }
        decoder.packet(bytes, from, to, wireBytes, linkType, seconds, nanos)
        if (records.out.length >= batchMax) yield taken()
      }
      if (reader.problem !== undefined) break
    }
  } catch (error) {
    broken = error
  }
  const last = { seconds: records.seconds, nanos: records.nanos }
  while (decoder.endOne()) if (records.out.length >= batchMax) yield taken()
  if (first !== undefined) records.note('capture', first.seconds, first.nanos, summary(decoder, last))
  if (records.out.length > 0) yield taken()
  if (broken !== undefined) throw broken
  const problem = reader.end()
  if (problem !== undefined) throw new Error(problem)
}

function summary(decoder: PacketDecoder, last: { readonly seconds: number; readonly nanos: number }): object {
  const { counts, figures, records } = decoder
  const some = (count: number): number | undefined => (count === 0 ? undefined : count)
  return {
    end: records.time(last.seconds, last.nanos),
    packets: counts.packets,
    bytes: counts.bytes,
    flows: records.flows,
    transactions: records.transactions,
    not_ip: some(counts.notIp),
    broken: some(counts.broken),
    unknown_links: some(counts.unknownLinks),
    cut: some(counts.cut),
    fragments_incomplete: some(figures.fragmentsIncomplete + figures.fragmentsWaiting),
    flows_evicted: some(figures.evicted),
    refused: some(figures.refused)
  }
}
