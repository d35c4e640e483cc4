/** From a record to a message, through the whole program: told once, in order of events, across kill -9; and `picket notify`. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { readServerFile } from '../../src/platform/server-file.ts'
import { startPeer } from '../../src/testing/notify-lab.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, type Running, sleep } from '../faults/lab.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const lab = new Lab()
const data = lab.path('data')
const id = '33333333-3333-4333-8333-333333333333'
const rule = `title: A scan
id: ${id}
status: test
level: high
logsource:
  product: suricata
detection:
  selection:
    rule.name|contains: 'scan of'
  condition: selection
picket:
  group_by: [source.ip]
`
let peer: Awaited<ReturnType<typeof startPeer>>
let server: Running

/** Alerts of Suricata from addresses that nobody has seen yet: each makes an alert of ours. */
function scans(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      timestamp: `2026-06-01T08:30:00.${String(123_456 + i)}+0000`,
      flow_id: from + i,
      event_type: 'alert',
      src_ip: `10.20.${from % 250}.${i + 1}`,
      src_port: 51000,
      dest_ip: '203.0.113.66',
      dest_port: 22,
      proto: 'TCP',
      alert: {
        action: 'allowed',
        gid: 1,
        signature_id: 9000001,
        rev: 1,
        signature: 'OWN Scan of all',
        category: 'Misc',
        severity: 2
      }
    })
  ).join('\n')
}

async function serve(): Promise<void> {
  server = lab.start(['serve', '--data', data, '--port', '0'])
  while ((await reached()) !== server.child.pid && !server.hasEnded) await sleep(25)
}

/** The process that answers for the folder now; a killed one leaves its address behind. */
async function reached(): Promise<number | undefined> {
  const known = readServerFile(data)
  if (known === undefined) return undefined
  const answer = await fetch(`${known.url}/readyz`).catch(() => undefined)
  return answer?.ok === true ? known.pid : undefined
}

async function until(what: string, holds: () => boolean, withinMs = 20_000): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (!holds()) {
    assert.ok(performance.now() < deadlineMs, `${what}: not within ${withinMs} ms\n${server.stderr.slice(-3000)}`)
    await sleep(20)
  }
}

async function post(path: string, body: unknown): Promise<Response> {
  const { url, token } = readServerFile(data)!
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/notifications${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body)
  })
  assert.equal(response.status, 200, await response.clone().text())
  return response
}

const notify = async (...args: string[]): Promise<string> => (await lab.run(['notify', ...args, '--data', data])).stdout
const entities = (): string[] =>
  peer.received.flatMap(({ json }) =>
    (json.data.alerts as { entity: Record<string, string> }[]).map(each => each.entity['source.ip']!)
  )

before(async () => {
  if (skip !== false) return
  peer = await startPeer()
  lab.write('scan.yml', rule)
  await lab.run(['rules', 'add', lab.path('scan.yml'), '--data', data])
  await serve()
  const { id: hook } = (await (
    await post('/destinations', { name: 'Hook', kind: 'webhook', settings: { url: peer.url } })
  ).json()) as { id: string }
  await post('/routes', { name: 'all', severity: 'low', destinations: [hook] })
})
after(async () => {
  await lab.close({ keep: false })
  await peer?.[Symbol.asyncDispose]()
})

test('records that match are told, once, however often they come', { skip }, async () => {
  lab.write('first.json', `${scans(1, 3)}\n`)
  await lab.import(data, [lab.path('first.json')])
  await until('three messages', () => peer.received.length === 3)
  await lab.import(data, [lab.path('first.json')])
  await sleep(700)
  assert.deepEqual(entities(), ['10.20.1.1', '10.20.1.2', '10.20.1.3'])
  const { json } = peer.received[0]!
  assert.equal(json.data.alerts[0].rule.title, 'A scan')
  assert.match(json.data.alerts[0].url, /^http:\/\/127\.0\.0\.1:\d+\/alerts\/\d+$/)
})

test('the commands list, test and replay', { skip }, async () => {
  assert.match(await notify('list'), /^Hook +webhook +127\.0\.0\.1:\d+ +closed +3 +0 +0$/m)
  assert.match(await notify('test', 'hook'), /^sent to hook: answered 200/)
  const nobody = await lab.start(['notify', 'test', 'Pigeon', '--data', data]).ended
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /no destination called Pigeon\. There are: Hook\./)
  const before = peer.received.length
  peer.answers.push(404)
  lab.write('second.json', `${scans(2, 1)}\n`)
  await lab.import(data, [lab.path('second.json')])
  await until('it is refused', () => peer.received.length === before + 1)
  const letters = JSON.parse(await notify('list', '--state', 'dead', '--json')) as { id: number; reason: string }[]
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['answered 404: ok']
  )
  const which = await lab.start(['notify', 'replay', '--data', data]).ended
  assert.match(which.stderr, /say which: ids, --destination NAME, or --all/)
  assert.equal(await notify('replay', String(letters[0]!.id)), '1 message is sent again\n')
  await until('it is sent again', () => peer.received.length === before + 2)
  assert.equal(peer.received.at(-1)!.headers['webhook-id'], peer.received.at(-2)!.headers['webhook-id'])
  assert.equal(await notify('list', '--state', 'dead'), 'no message is dead\n')
})

test('kill -9 while alerts are raised and told: none is lost, none is told twice but what was under way', {
  skip
}, async () => {
  peer.received.length = 0
  peer.answers.push(200, 200, 'hang')
  lab.write('third.json', `${scans(3, 40)}\n`)
  void lab.start(['import', lab.path('third.json'), '--data', data])
  await until('the third hangs', () => peer.received.length === 3)
  server.child.kill('SIGKILL')
  await server.ended
  const gone = await lab.start(['notify', 'list', '--data', data]).ended
  assert.match(gone.stderr, /no Picket runs on .*, so nothing is sent/)
  await serve()
  await lab.import(data, [lab.path('third.json')])
  await until('all are told', () => new Set(entities()).size === 40)
  await sleep(500)
  const keys = peer.received.map(({ headers }) => headers['webhook-id'])
  assert.equal(keys.length, 41)
  assert.equal(new Set(keys).size, 40)
  const repeats = peer.received.filter(({ json }) => json.again === true)
  assert.deepEqual(
    repeats.map(({ headers }) => headers['webhook-id']),
    [keys[2]]
  )
})

test('alerts of an import without a server are told when one runs', { skip }, async () => {
  server.child.kill('SIGTERM')
  await server.ended
  peer.received.length = 0
  lab.write('fourth.json', `${scans(4, 2)}\n`)
  await lab.import(data, [lab.path('fourth.json')])
  await sleep(300)
  assert.equal(peer.received.length, 0)
  await serve()
  await until('they are told', () => peer.received.length === 2)
  assert.deepEqual(entities(), ['10.20.4.1', '10.20.4.2'])
})

test('a report goes out by mail: through the server, and without one', { skip }, async t => {
  const arrived: string[] = []
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = ''
      stream.on('data', part => {
        text += String(part)
      })
      stream.on('end', () => {
        arrived.push(text)
        done()
      })
    }
  })
  await new Promise<void>(resolve => smtp.listen(0, '127.0.0.1', () => resolve()))
  t.after(() => smtp.close())
  const { port } = smtp.server.address() as { port: number }
  const args = [
    'report',
    '--query',
    '*',
    '--title',
    'All',
    '--from',
    'all',
    '--mail-to',
    'anna@example.org',
    '--data',
    data
  ]
  const none = await lab.start(args).ended
  assert.equal(none.code, 1)
  assert.match(none.stderr, /No mail server is set up/)
  const { url, token } = readServerFile(data)!
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ host: '127.0.0.1', port, security: 'none', from: 'picket@example.org' })
  const set = await fetch(`${url}/api/notifications/mail-server`, { method: 'PUT', headers, body })
  assert.equal(set.status, 200, await set.text())
  const through = await lab.run(args)
  assert.match(through.stderr, /on its way to anna@example\.org/)
  await until('it arrives', () => arrived.length === 1)
  server.child.kill('SIGTERM')
  await server.ended
  const direct = await lab.run(args)
  assert.match(direct.stderr, /sent to anna@example\.org/)
  assert.equal(arrived.length, 2)
  for (const text of arrived) assert.match(text, /content-type: application\/pdf/i)
})
