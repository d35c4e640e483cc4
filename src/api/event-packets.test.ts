/** `GET /api/events/ID/packets`: who may, what comes, what is said where nothing is, and that it is written down. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ring } from '../sources/capture/ring.ts'
import { type Ends, pcapFile, tcpConversation } from '../testing/pcap-writer.ts'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { eventPacketRoutes } from './event-packets.ts'
import { searchRoutes } from './search.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const ends: Ends = { from: [10, 0, 0, 5], to: [192, 0, 2, 10], ports: [51_000, 80] }

test('the packets of an event, for those who may', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-packets-'))
  let captures: string[] = []
  try {
    await using search = await testSearch(deps => [
      searchRoutes(deps),
      eventPacketRoutes({ ...deps, captures: () => captures })
    ])
    const address = { source: { ip: '10.0.0.5', port: 51_000 }, destination: { ip: '192.0.2.10', port: 80 } }
    await search.store([
      { message: 'a', ...address, network: { transport: 'tcp' } },
      { message: 'b', user: { name: 'anna' } },
      { message: 'c', ...address, destination: { ip: '192.0.2.99', port: 80 }, network: { transport: 'tcp' } }
    ])
    const { events } = (await search.server.call('GET', '/api/search', undefined, search.viewer)).json as {
      events: { id: string; timeMs: number; document: { message: string } }[]
    }
    const event = (name: string) => events.find(each => each.document.message === name)!
    const ask = (name: string, who = search.analyst) =>
      search.server.call('GET', `/api/events/${event(name).id}/packets`, undefined, who)

    assert.equal((await ask('a', search.viewer)).status, 403)
    assert.equal((await search.server.call('GET', `/api/events/${event('a').id}/packets`)).status, 401)
    assert.match((await ask('a')).json.error.message, /no capture is configured.*picket\.yaml/)
    captures = [folder]
    assert.match((await ask('a')).json.error.message, /has not begun/)
    assert.equal((await ask('b')).json.error.code, 'no-conversation')

    const ring = new Ring(folder, { bytesMax: 1 << 20, ageMaxMs: undefined }, Date.now)
    await ring.begin(pcapFile([]))
    const frames = tcpConversation(ends, [new Uint8Array(10)])
    const { timeMs } = event('a')
    for (const bytes of frames) {
      const file = pcapFile([{ bytes, seconds: Math.floor(timeMs / 1000) }])
      await ring.add(file, 24, file.length, timeMs)
    }
    await ring.close()
    const found = await ask('a')
    assert.equal(found.status, 200)
    assert.equal(found.headers['x-picket-packets'], String(frames.length))
    assert.match(found.headers['content-disposition'] ?? '', /picket-[0-9a-f]{16}\.pcap/)
    assert.equal(
      Number(found.headers['content-length']),
      24 + frames.reduce((sum, frame) => sum + 16 + frame.length, 0)
    )
    assert.equal((await ask('c')).json.error.code, 'no-packets')
    const audit = (await search.server.call('GET', '/api/audit', undefined, search.admin)).json as {
      entries: { actor: string; action: string }[]
    }
    assert.ok(audit.entries.some(({ actor, action }) => actor === 'user:anton' && action === 'packets.taken'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
