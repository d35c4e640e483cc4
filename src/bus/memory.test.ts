import { busContract } from '../testing/bus-contract.ts'
import { memoryBus } from './memory.ts'

busContract('memory', async () => {
  const bus = memoryBus({ segmentBytesMax: 1024 * 1024 })
  return { bus, dispose: () => bus.close() }
})
