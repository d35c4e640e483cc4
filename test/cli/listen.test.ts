/** Sources that listen, end to end: a record sent to the server's port is found by `picket search`; a changed configuration loses none. */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { readServerFile } from '../../src/platform/server-file.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, sleep } from '../faults/lab.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const lab = new Lab()
after(() => lab.close({ keep: false }))

test('what is sent to a syslog port is found, through changes of the configuration', {
  skip,
  timeout: 120_000
}, async () => {
  const data = lab.newFolder('listen')
  const configFile = lab.path('listen.yaml')
  const port = await freePort()
  const configure = (name: string): void =>
    writeFileSync(
      configFile,
      `server:\n  port: 0\nsources:\n  - type: syslog\n    name: ${name}\n    host: 127.0.0.1\n    port: ${port}\n`
    )
  configure('first')
  const server = lab.start(['serve', '--config', configFile, '--data', data])
  while (readServerFile(data) === undefined && !server.hasEnded) await sleep(50)
  const found = async (query: string): Promise<number> =>
    (await lab.run(['search', query, '--json', '--limit', '1000', '--data', data])).stdout
      .split('\n')
      .filter(line => line !== '').length
  const until = async (query: string, count: number): Promise<void> => {
    for (let tries = 0; (await found(query)) !== count; tries++) {
      assert.ok(tries < 30, `${query}: ${await found(query)} of ${count}\n${server.stderr.slice(-2000)}`)
      await sleep(200)
    }
  }
  while (!server.stderr.includes('a source listens')) await sleep(50)

  const tcp = connect(port, '127.0.0.1')
  const udp = createSocket('udp4')
  tcp.write('<34>Oct 11 22:14:15 web-1 su: over TCP needle1\n')
  udp.send('<13>over UDP needle2', port, '127.0.0.1')
  await until('log.source.address:127.0.0.1 AND picket.source:first', 2)

  configure('second')
  while (!server.stderr.includes('the changed configuration is in force')) await sleep(50)
  tcp.write('<34>Oct 11 22:14:16 web-1 su: on the same connection\n')
  await until('picket.source:second', 1)

  const before = 200
  for (let i = 0; i < before; i++) tcp.write(`<13>drained ${i}\n`)
  await sleep(300)
  server.child.kill('SIGTERM')
  await server.ended
  tcp.destroy()
  udp.close()
  const again = lab.start(['serve', '--config', configFile, '--data', data])
  while (readServerFile(data) === undefined && !again.hasEnded) await sleep(50)
  await until('message:drained*', before)
  again.child.kill('SIGTERM')
  await again.ended
})
