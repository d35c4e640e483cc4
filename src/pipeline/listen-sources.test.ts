/** A changed configuration over sources that listen: what stays, what moves, what waits for its port. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { parseConfig } from '../platform/config.ts'
import { testIntake } from '../sources/listen/test-intake.ts'
import { freePort } from '../testing/free-port.ts'
import { listenSources } from './listen-sources.ts'

const limits = { recordBytesMax: 1_000_000 }

function sourcesOf(...entries: readonly object[]) {
  const sources = entries.map(entry => ({ type: 'syslog', host: '127.0.0.1', transports: ['tcp'], ...entry }))
  const loaded = parseConfig(JSON.stringify({ sources }), 'picket.yaml')
  assert.ok(loaded.ok)
  return loaded.config.sources
}

test('a source that stays keeps its connections under a new name; one that moves or goes is drained', async () => {
  const intake = testIntake()
  const listening = listenSources({
    intake: intake.context,
    log: intake.context.log,
    nowMs: Date.now,
    isIngestToken: () => false
  })
  const [first, second] = [await freePort(), await freePort()]
  await listening.use(sourcesOf({ name: 'a', port: first }), limits)
  const socket = connect(first, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  socket.write('<13>one\n')
  await intake.until(1)
  await listening.use(sourcesOf({ name: 'b', port: first, timezone: '+02:00' }), limits)
  socket.write('<13>two\n')
  await intake.until(2)
  assert.deepEqual(
    intake.chunks.map(({ headers }) => [headers.source, headers.timezoneMinutes]),
    [
      ['a', undefined],
      ['b', 120]
    ]
  )
  socket.write('<13>before it moves\n'.repeat(1000))
  await listening.use(sourcesOf({ name: 'b', port: second }), limits)
  assert.equal(intake.records().length, 1002)
  assert.deepEqual(listening.ports('b'), [second])
  await assert.rejects(once(connect(first, '127.0.0.1'), 'connect'))
  await listening.close()
  assert.equal(listening.figures().size, 0)
  socket.destroy()
})

test('a port that is taken is waited for, and told of once', async () => {
  const intake = testIntake()
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const listening = listenSources({
    intake: intake.context,
    log: intake.context.log,
    nowMs: Date.now,
    isIngestToken: () => false,
    retryMs: 20
  })
  await listening.use(sourcesOf({ name: 'a', port }), limits)
  assert.match(intake.warnings[0]!, /cannot listen; it is tried again.*stop the other program/)
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(intake.warnings.length, 1)
  await once(other.close(), 'close')
  for (let tries = 0; listening.ports('a').length === 0 && tries < 200; tries++)
    await new Promise(resolve => setTimeout(resolve, 10))
  assert.deepEqual(listening.ports('a'), [port])
  await listening.close()
})
