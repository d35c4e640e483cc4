/**
 * Picket is killed with -9 while real rsyslog sends, and starts again. Over RELP nothing is lost and nothing is there twice. Over plain TCP
 * what was under way is lost, which the protocol cannot tell: counted here, and bounded.
 */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { freePort } from '../../src/testing/free-port.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, sleep } from '../faults/lab.ts'
import { lossyWay } from './lossy-way.ts'
import { Rsyslog, skipRsyslog } from './rsyslog.ts'
import { type DiskToFill, diskToFill, eventsAsked, killsFor } from './while-sending.ts'

const skip = skipRsyslog || (hasEngine() ? false : 'the storage engine is not installed')
const lab = new Lab()
after(() => lab.close({ keep: false }))

/** Some lines are written while Picket is killed `kills` times, or `disk` is full for a while; what is in the store at last. */
async function harmed(
  type: 'relp' | 'syslog',
  action: (port: number) => string,
  lines: number,
  kills: number,
  disk?: DiskToFill
) {
  const data = disk?.data ?? lab.newFolder(type)
  const port = await freePort()
  const config = lab.path(`${type}.yaml`)
  const transports = type === 'syslog' ? '    transports: [tcp]\n' : ''
  writeFileSync(
    config,
    `server:\n  port: 0\nsources:\n  - type: ${type}\n    name: net\n    host: 127.0.0.1\n    port: ${port}\n${transports}`
  )
  const args = ['--config', config]
  let picket = await lab.serve(data, { args })
  await using sender = new Rsyslog()
  const way = type === 'relp' ? await lossyWay(port) : undefined
  sender.configure(action(way?.port ?? port))
  await sender.start()
  let line = 0
  const write = (count: number): void => sender.write(Array.from({ length: count }, () => `event number ${line++}`))
  // Twenty before each kill, one after it, and one at the end.
  const part = Math.ceil(lines / (Math.max(1, kills) * 21 + 1))
  if (disk !== undefined) {
    const filled = disk.fill(picket)
    for (let batch = 0; batch < 20; batch++) {
      write(part)
      await sleep(500)
    }
    await filled
  }
  for (let kill = 0; kill < kills; kill++) {
    for (let batch = 0; batch < 20; batch++) {
      write(part)
      await sleep(5 + kill * 5)
    }
    // In the middle of it. The last answers are lost on their way: what they are for is durable, and comes again.
    way?.loseAnswers()
    if (way !== undefined) await sleep(400)
    picket.child.kill('SIGKILL')
    await picket.ended
    // It goes on while nobody listens.
    write(part)
    picket = await lab.serve(data, { args })
    await sleep(1500)
  }
  write(part)
  const written = line
  let before = -1
  const count = async (): Promise<number> => {
    const { stdout } = await lab.run(['search', 'picket.source:net | stats count()', '--json', '--data', data])
    return Number(/\d+/.exec(stdout.replaceAll(/[^\d]+/g, ' '))?.[0] ?? 0)
  }
  for (let quiet = 0; quiet < 10; ) {
    const now = await count()
    quiet = now === before ? quiet + 1 : 0
    if (now >= written && now === before) break
    before = now
    await sleep(1000)
  }
  await sender.stop()
  await way?.close()
  await lab.stop(picket)
  return lab.inspect(data, async ({ store, ledger }) => {
    const [row] = await store.query<{ rows: string; lines: string; last: string }>(
      `SELECT toString(count()) AS rows, toString(uniqExact(message)) AS lines,
        toString(uniqExactIf(message, toUInt64OrZero(splitByChar(' ', message)[3]) >= ${written - part})) AS last
        FROM picket.events WHERE message LIKE 'event number %'`
    )
    const { totals } = ledger.report()
    assert.equal(totals.received, totals.stored + totals.deadLettered + totals.duplicates)
    return {
      written,
      part,
      rows: Number(row!.rows),
      lines: Number(row!.lines),
      last: Number(row!.last),
      sender: sender.output
    }
  })
}

const queue = `queue.type="LinkedList" queue.filename="picket" queue.size="1000000" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1" action.resumeInterval="1"`

const relp = (port: number): string =>
  `action(type="omrelp" target="127.0.0.1" port="${port}" windowSize="1024" ${queue})`
const lines = eventsAsked(85_000)
const kills = Math.max(4, killsFor(lines))

test(`RELP: Picket is killed ${kills} times in the middle: nothing is lost, nothing is there twice`, {
  skip,
  timeout: 900_000
}, async t => {
  const found = await harmed('relp', relp, lines, kills)
  t.diagnostic(`${found.written} written, ${found.written - found.lines} lost, ${found.rows - found.lines} twice`)
  assert.equal(found.lines, found.written, found.sender)
  assert.equal(found.rows, found.written)
})

test('RELP: not a byte is left on the disk for a while: nothing is lost, nothing is there twice', {
  skip,
  timeout: 300_000
}, async t => {
  const disk = diskToFill(lab, t)
  if (disk === undefined) return
  const found = await harmed('relp', relp, lines, 0, disk)
  t.diagnostic(`${found.written} written, ${found.written - found.lines} lost, ${found.rows - found.lines} twice`)
  assert.equal(found.lines, found.written, found.sender)
  assert.equal(found.rows, found.written)
})

test('plain TCP: what was under way when Picket was killed is lost, what comes after it is not', {
  skip,
  timeout: 300_000
}, async t => {
  const found = await harmed(
    'syslog',
    port =>
      `action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" TCP_Framing="octet-counted" ${queue})`,
    85_000,
    4
  )
  t.diagnostic(`${found.written} written, ${found.written - found.lines} lost, ${found.rows - found.lines} twice`)
  assert.equal(found.rows, found.lines)
  assert.equal(found.last, found.part, 'when it is back, all arrives')
})
