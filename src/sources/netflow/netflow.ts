/**
 * Listens for NetFlow 5, NetFlow 9 and IPFIX over UDP. Each datagram is decoded where it comes in, since its templates came in others;
 * its flows go on as JSON records. A datagram that is none of these is a dead letter.
 */

import { FlowDecoder } from '../../parsers/netflow/flow-decoder.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { senderCheck } from '../listen/allowed.ts'
import { Outlet } from '../listen/outlet.ts'
import type { ListenContext, Listening } from '../listen/source.ts'
import { listenUdp } from '../listen/udp.ts'

export type NetflowConfig = Extract<SourceConfig, { type: 'netflow' }>

export async function listenNetflow(config: NetflowConfig, context: ListenContext): Promise<Listening<NetflowConfig>> {
  const isAllowed = senderCheck(() => config)
  let refused = 0
  let drops = 0
  const decoder = new FlowDecoder()
  const outlet = new Outlet(context, settingsOf(config))

  /** Flows that no template came for in time are dead letters: nothing is lost unseen. */
  const buryLost = (all = false): void => {
    for (const { id, bytes, address } of decoder.takeLost(all)) {
      const stream = outlet.streamOf(address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
      stream.bury(Buffer.from(bytes))
      stream.buried(`a data set whose template ${id} did not come`)
    }
  }

  const datagram = (bytes: Buffer, address: string, port: number): void => {
    if (!isAllowed(address)) {
      refused++
      return
    }
    const stream = outlet.streamOf(address)
    // Templates are learnt even where there is no room for flows.
    const { records, problem } = decoder.decode(
      bytes,
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    )
    if (outlet.full) {
      drops += 1 + decoder.takeLost().length
      return
    }
    buryLost()
    for (const record of records) {
      const json = Buffer.from(JSON.stringify(record))
      stream.add(json, 0, json.length)
    }
    if (problem === undefined) return
    stream.bury(bytes)
    stream.buried(problem)
  }

  const udp = await listenUdp(config, datagram, context.log, context.rates)
  return {
    ports: [udp.port],
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    },
    figures: () => ({
      records: outlet.records,
      kernelDrops: udp.kernelDrops,
      drops,
      refused,
      connections: 0,
      waitingBytes: outlet.waitingBytes
    }),
    async close() {
      await udp.close()
      buryLost(true)
      await outlet.drain()
    }
  }
}

function settingsOf({ name }: NetflowConfig) {
  return { source: name, timezoneMinutes: undefined, formatOf: () => 'netflow' }
}
