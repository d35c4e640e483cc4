import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busContract } from '../../testing/bus-contract.ts'
import { openEmbeddedBus } from './bus.ts'

busContract('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
  let bus = await openEmbeddedBus(folder, { segmentBytesMax: 1024 * 1024 })
  return {
    bus,
    async reopen() {
      await bus.close()
      bus = await openEmbeddedBus(folder, { segmentBytesMax: 1024 * 1024 })
      return bus
    },
    async dispose() {
      await bus.close()
      await rm(folder, { recursive: true })
    }
  }
})
