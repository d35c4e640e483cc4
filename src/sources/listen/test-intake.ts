/** For the tests of sources that listen: an intake that keeps what it is given, and can be made to wait or to fail. */

import type { Chunk } from '../../core/chunk.ts'
import type { Parsed } from '../../core/parser.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { parseConfig } from '../../platform/config.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import type { ListenContext } from './source.ts'

export type TestRecord = { readonly text: string; readonly sender: string | undefined; readonly parsed: Parsed }

export function testIntake() {
  const chunks: Chunk[] = []
  const warnings: string[] = []
  let gate: Promise<void> = Promise.resolve()
  let failures = 0
  const context: ListenContext = {
    async append(given) {
      await gate
      if (failures > 0) {
        failures--
        throw new Error('no space left on device')
      }
      // Their memory is given back.
      chunks.push(...given.map(({ headers, body }) => ({ headers, body: Buffer.from(body) })))
    },
    log: { info() {}, warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    nowMs: Date.now,
    recordBytesMax: () => 1_000_000,
    isIngestToken: secret => secret === 'pkt_good'
  }
  return {
    chunks,
    context,
    warnings,
    /** Nothing is durable until the function returned is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    fail(times: number) {
      failures = times
    },
    records(): TestRecord[] {
      const records: TestRecord[] = []
      for (const chunk of chunks)
        forEachRecord(chunk, (_index, _start, _end, text, _json, parsed) => {
          records.push({ text, sender: chunk.headers.sender, parsed: parsed as Parsed })
        })
      return records
    },
    async until(records: number, withinMs = 10_000): Promise<void> {
      const endMs = performance.now() + withinMs
      while (chunks.reduce((sum, { headers }) => sum + headers.records, 0) < records) {
        if (performance.now() > endMs) throw new Error(`not ${records} records within ${withinMs} ms`)
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    }
  }
}

/** One source of the configuration, from the lines of its entry. */
export function sourceConfig<T extends SourceConfig['type']>(type: T, more: object = {}) {
  const text = JSON.stringify({ sources: [{ type, name: 'test', host: '127.0.0.1', port: 0, ...more }] })
  const loaded = parseConfig(text, 'picket.yaml')
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics))
  return loaded.config.sources[0] as Extract<SourceConfig, { type: T }>
}
