/**
 * What `kill.test.ts` kills: appends for ever to the bus in a folder, eight at a time, and says on standard output what was
 * acknowledged: a line `<appender> <number> <offset>`, written before the next append begins.
 */
import { writeSync } from 'node:fs'
import { openEmbeddedBus } from './bus.ts'

const [folder, round] = process.argv.slice(2) as [string, string]
const bus = await openEmbeddedBus(folder, { segmentBytesMax: 1_000_000 })
await bus.createTopic('raw', { partitions: 1 })
writeSync(1, 'ready\n')

async function appendForEver(appender: string): Promise<never> {
  for (let number = 0; ; number += 1) {
    const size = [20, 3000, 90_000][number % 3]!
    const parts = [0, 1, 2, 3].map(part => ({
      headers: { appender, number: String(number), part: String(part) },
      value: Buffer.alloc(size, `${appender} ${number} ${part};`)
    }))
    const offset = await bus.append('raw', 0, parts)
    writeSync(1, `${appender} ${number} ${offset}\n`)
    if (number % 5 === 0) await bus.commit(appender, 'raw', 0, offset)
  }
}

for (let i = 0; i < 8; i += 1) appendForEver(`${round}.${i}`)
