/** Files of records as the events that Picket makes of them: for tests that begin with the records of a source. */

import { Writable } from 'node:stream'
import { parseCommand } from '../cli/parse.ts'
import type { EcsEvent } from '../core/parser.ts'

/** Throws where a record makes no event. */
export async function parsedEvents(file: string, format?: string): Promise<EcsEvent[]> {
  const parts: Buffer[] = []
  const problems: Buffer[] = []
  const into = (list: Buffer[]): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        list.push(Buffer.from(chunk))
        done()
      }
    })
  const code = await parseCommand([file], {
    out: into(parts),
    err: into(problems),
    ...(format === undefined ? {} : { format })
  })
  if (code !== 0) throw new Error(`${file}: ${Buffer.concat(problems).toString()}`)
  return Buffer.concat(parts)
    .toString()
    .split('\n')
    .filter(line => line !== '' && line !== 'null')
    .map(line => JSON.parse(line) as EcsEvent)
}
