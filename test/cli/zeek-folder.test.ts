/** Zeek's folder of logs as its owner names it: `current` as a link, rotation into dated and compressed files, Picket stopped meanwhile. */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

const picket = join(import.meta.dirname, '../../bin/picket.js')
const header =
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n'

test('what Zeek wrote is here once: before, rotated while Picket ran, and while it did not', {
  timeout: 180_000
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-zeek-'))
  const logs = join(folder, 'logs')
  const spool = join(folder, 'spool')
  const data = join(folder, 'data')
  const day = join(logs, '2026-03-02')
  for (const each of [day, spool, data]) mkdirSync(each, { recursive: true })
  symlinkSync(spool, join(logs, 'current'))
  writeFileSync(join(data, 'picket.yaml'), `sources:\n  - { type: files, name: zeek, paths: [${logs}] }\n`)
  const log = join(spool, 'dns.log')
  let written = 0
  const write = (count: number): void => {
    if (!existsSync(log)) writeFileSync(log, header)
    for (let i = 0; i < count; i++, written++)
      appendFileSync(
        log,
        `${1_772_445_600 + written}.5\tC${written}\t192.168.1.20\t40000\t192.168.1.1\t53\tudp\thost${written}.example\n`
      )
  }
  let hour = 0
  const rotate = (): void => {
    appendFileSync(log, '#close\t2026-03-02-10-00-00\n')
    writeFileSync(join(day, `dns.${10 + hour}:00:00-${11 + hour++}:00:00.log.gz`), gzipSync(readFileSync(log)))
    rmSync(log)
  }
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [picket, 'serve', '--data', data, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore']
    })
    await new Promise<void>(resolve =>
      child?.stdout?.on('data', part => String(part).includes('ready after') && resolve())
    )
  }
  const stop = async (): Promise<void> => {
    const gone = new Promise(resolve => child?.once('exit', resolve))
    child?.kill('SIGKILL')
    await gone
  }
  const stored = (): { stored: number; duplicates: number; deadLettered: number } => {
    const ledger = execFileSync(process.execPath, [picket, 'ledger', '--data', data, '--json'], { encoding: 'utf8' })
    return (JSON.parse(ledger) as { totals: { stored: number; duplicates: number; deadLettered: number } }).totals
  }
  const until = async (count: number): Promise<void> => {
    for (let tries = 0; stored().stored < count; tries++) {
      assert.ok(tries < 60, `${stored().stored} of ${count} are stored`)
      await sleep(500)
    }
  }
  try {
    write(50)
    rotate()
    write(20)
    await start()
    await until(70)
    write(30)
    rotate()
    write(30)
    await until(130)
    await stop()
    write(40)
    rotate()
    write(10)
    await start()
    await until(180)
    // The archived copies come by as well; a file is taken when it has not changed for five seconds.
    await sleep(8_000)
    const { stored: all, deadLettered, duplicates } = stored()
    assert.deepEqual([all, deadLettered], [written, 0])
    assert.ok(duplicates > 0)
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
