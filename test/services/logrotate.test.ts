/**
 * Followed files under the real logrotate: renamed, copied and truncated, compressed at once or a turn later, named by date; several lines
 * a record; Picket killed with -9 before some turns and back after them. Every record is there once. Unpacked from Debian's packages.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, type Running, sleep } from '../faults/lab.ts'
import { unpackDebian } from './debian.ts'
import { eventsAsked, killsFor } from './while-sending.ts'

const unpacked = unpackDebian(['logrotate', 'libpopt0', 'libacl1', 'libselinux1'])
const skip = typeof unpacked === 'string' ? unpacked : hasEngine() ? false : 'the storage engine is not installed'
const lab = new Lab()
after(() => lab.close({ keep: false }))

const ways = {
  renamed: 'create',
  compressed: 'create\n  compress',
  later: 'create\n  compress\n  delaycompress',
  copied: 'copytruncate',
  copiedcompressed: 'copytruncate\n  compress',
  dated: 'create\n  dateext\n  dateformat -%Y%m%d-%s\n  compress\n  compresscmd /usr/bin/gzip'
} as const
type Way = keyof typeof ways

const syslogLine = (way: Way, i: number): string =>
  `<13>1 2026-06-01T10:00:${String(i % 60).padStart(2, '0')}Z host app - - - ${way} record ${i}`
/** A program's log with what went wrong behind it, over several lines. */
const traced = (i: number): string =>
  `2026-06-01 10:00:${String(i % 60).padStart(2, '0')},123 ERROR [main] org.example.App - traced record ${i}\njava.lang.IllegalStateException: no\n\tat org.example.App.run(App.java:${i})\n\tat org.example.App.main(App.java:7)`

const events = eventsAsked(33_000)
/** Picket is killed in every third turn. */
const turns = Math.max(8, killsFor(events) * 3)
/** Five and a half are written in a turn, to each of the files. */
const part = Math.ceil(events / (Object.keys(ways).length + 1) / (turns * 5.5 + turns / 3))

test('nothing of a rotated file is lost, and nothing is there twice', { skip, timeout: 900_000 }, async t => {
  if (typeof unpacked === 'string') return
  const data = lab.newFolder('data')
  const logs = lab.newFolder('logs')
  for (const way of Object.keys(ways)) lab.newFolder(`logs/${way}`)
  lab.newFolder('logs/traced')
  const config = lab.path('picket.yaml')
  writeFileSync(
    config,
    `server:\n  port: 0\nsources:\n  - type: files\n    name: logs\n    paths: ['${logs}/*/*.log']\n`
  )
  const rotation = lab.path('logrotate.conf')
  writeFileSync(
    rotation,
    [...Object.entries(ways), ['traced', 'create\n  compress']]
      .map(([way, how]) => `${logs}/${way}/*.log {\n  rotate 100\n  missingok\n  notifempty\n  ${how}\n}\n`)
      .join('')
  )
  const rotate = (): void => {
    const done = spawnSync(unpacked.path('usr/sbin/logrotate'), ['--force', '--state', lab.path('state'), rotation], {
      env: unpacked.env,
      encoding: 'utf8'
    })
    assert.equal(done.status, 0, done.stderr)
  }
  const serve = (): Promise<Running> => lab.serve(data, { args: ['--config', config] })

  let written = 0
  const write = (count: number): void => {
    for (const way of Object.keys(ways) as Way[])
      appendFileSync(
        join(logs, way, 'app.log'),
        Array.from({ length: count }, (_, i) => `${syslogLine(way, written + i)}\n`).join('')
      )
    appendFileSync(
      join(logs, 'traced', 'app.log'),
      Array.from({ length: count }, (_, i) => `${traced(written + i)}\n`).join('')
    )
    written += count
  }

  let picket = await serve()
  // What was rotated away before Picket saw the first file is nobody's: it begins with what it finds.
  write(1)
  for (let tries = 0; picket.stderr.split('a file is followed').length < 8; tries++) {
    assert.ok(tries < 600, picket.stderr.slice(-2000))
    await sleep(100)
  }
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < 5; i++) {
      write(part)
      await sleep(60)
    }
    const killed = turn % 3 === 1
    if (killed) {
      picket.child.kill('SIGKILL')
      await picket.ended
      // Written, and rotated away, while nobody looks.
      write(part)
    }
    // Now and then it does not look while files come and are rotated away, and is killed then.
    else if (turn % 6 === 3) picket.child.kill('SIGSTOP')
    rotate()
    // A program may go on at once after a rotation.
    write(Math.ceil(part / 2))
    if (killed) picket = await serve()
    // A compressed file's name has a second in it; a turn takes more.
    await sleep(1100)
  }
  await sleep(3000)
  for (let tries = 0, before = -1; tries < 120; tries++) {
    const { stdout } = await lab.run(['search', 'picket.source:logs | stats count()', '--json', '--data', data])
    const now = Number(/(\d+)\D*$/.exec(stdout)?.[1] ?? 0)
    if (now === before && now >= written * 7) break
    before = now
    await sleep(500)
  }
  await lab.stop(picket)
  assert.ok(readdirSync(join(logs, 'compressed')).some(name => name.endsWith('.gz')))
  const found = await lab.inspect(data, async ({ store, ledger }) => {
    const { totals } = ledger.report()
    assert.equal(totals.received, totals.stored + totals.deadLettered + totals.duplicates)
    return store.query<{ way: string; rows: string; records: string }>(
      "SELECT extract(message, '([a-z]+) record') AS way, toString(count()) AS rows, toString(uniqExact(extract(message, 'record ([0-9]+)'))) AS records FROM picket.events WHERE message LIKE '% record %' GROUP BY way ORDER BY way"
    )
  })
  const expected = [...Object.keys(ways), 'traced']
    .toSorted()
    .map(way => ({ way, rows: String(written), records: String(written) }))
  t.diagnostic(`${written} records a file, ${turns} turns, ${expected.length} ways`)
  assert.deepEqual(found, expected)
})
