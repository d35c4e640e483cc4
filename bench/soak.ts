/**
 * `node bench/soak.ts [--minutes 30] [--rate 1000]`: syslog over TCP at a steady rate to a `picket serve` as it is installed. Prints how its
 * memory went (all processes), and how long it took from a message's arrival until it was searchable: for all messages by the counter of
 * what is stored, asked ten times a second, and for a marked one every five seconds by searching for it.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '../src/testing/free-port.ts'
import { servePicket, settledOf } from './served.ts'
import { syslogLine } from './syslog-corpus.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '1000' } }
})
const minutes = Number(values.minutes)
const rate = Number(values.rate)
const folder = mkdtempSync(join(tmpdir(), 'picket-bench-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
console.log(
  `${new Date().toISOString()} · ${cpus()[0]?.model} × ${cpus().length} · ${(totalmem() / 2 ** 30).toFixed(1)} GiB · Node ${process.version}\n`
)

const port = await freePort()
const picket = await servePicket(folder, [
  { type: 'syslog', name: 'net', host: '127.0.0.1', port, transports: ['tcp'] }
])
try {
  await soak()
} finally {
  await picket.stop()
}

async function soak(): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const fromMs = performance.now()
  const endMs = fromMs + minutes * 60_000
  /** How many had been sent when; what is searchable goes after it. */
  const marks: { readonly sent: number; readonly atMs: number }[] = []
  const byCounter: number[] = []
  const bySearch: number[] = []
  const memory: Memory[] = []
  let sent = 0
  const cpu = picket.cpuSeconds()

  const sending = (async () => {
    while (performance.now() < endMs) {
      const due = Math.floor(((performance.now() - fromMs) / 1000) * rate)
      if (due > sent) {
        const atMs = Date.now()
        const lines: string[] = []
        for (; sent < due; sent++) lines.push(syslogLine(sent, atMs))
        socket.write(lines.join('\n') + '\n')
        marks.push({ sent, atMs: performance.now() })
      }
      await sleep(10)
    }
  })()
  const counting = (async () => {
    while (performance.now() < endMs || marks.length > 0) {
      if (performance.now() > endMs + 60_000) throw new Error('not all is searchable a minute after the last was sent')
      const settled = settledOf(await picket.metrics())
      while (marks.length > 0 && marks[0]!.sent <= settled) byCounter.push(performance.now() - marks.shift()!.atMs)
      await sleep(100)
    }
  })()
  const searching = (async () => {
    for (let number = 0; performance.now() < endMs - 10_000; number++) {
      await sleep(5000)
      const marker = `soakmarker${process.pid}x${number}`
      socket.write(`<13>1 ${new Date().toISOString()} bench soak - - - ${marker}\n`)
      sent++
      const askedMs = performance.now()
      while (!(await isFound(marker))) {
        if (performance.now() > askedMs + 30_000) throw new Error(`${marker} is not searchable after 30 s`)
        await sleep(50)
      }
      bySearch.push(performance.now() - askedMs)
    }
  })()
  const measuring = (async () => {
    while (performance.now() < endMs) {
      memory.push({ atMs: performance.now() - fromMs, mb: picket.memoryMb(), own: picket.ownMemoryMb() })
      await sleep(Math.min(5000, minutes * 1000))
    }
  })()
  await Promise.all([sending, counting, searching, measuring])
  socket.end()

  const settled = settledOf(await picket.metrics())
  console.log('| workload | figure | asked for |\n|---|---|---|')
  console.log(`| soak: ${rate} messages/s for ${minutes} minutes | ${settled} of ${sent} searchable | all |`)
  console.log(`| arrival to searchable, all messages | ${percentiles(byCounter)} | p99 under 3 s |`)
  console.log(`| arrival to found by a search, one every 5 s | ${percentiles(bySearch)} | p99 under 3 s |`)
  const { early, late, mbPerHour } = trend(memory)
  console.log(
    `| memory of all processes | ${early.toFixed(0)} MB in the second sixth, ${late.toFixed(0)} MB in the last (${mbPerHour.toFixed(0)} MB an hour), ${Math.max(...memory.map(({ mb }) => mb)).toFixed(0)} MB at most | flat |`
  )
  const course = (of: (at: Memory) => number): string => sixths(memory.map(of)).join(', ')
  console.log(`| of Picket itself, a figure for each sixth | ${course(({ own }) => own)} MB | |`)
  console.log(`| of its engine | ${course(({ mb, own }) => mb - own)} MB | |`)
  const seconds = picket.cpuSeconds() - cpu
  console.log(`| processor | ${((seconds / (minutes * 60)) * 100).toFixed(1)} % of one core | |`)
}

async function isFound(marker: string): Promise<boolean> {
  const response = await fetch(`${picket.url}/api/search?q=${marker}&limit=1`, {
    headers: { authorization: `Bearer ${picket.token}` }
  })
  const { events } = (await response.json()) as { events?: readonly unknown[] }
  return events !== undefined && events.length > 0
}

function percentiles(times: readonly number[]): string {
  if (times.length === 0) return 'none'
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(0)} ms`
  return `median ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`
}

type Memory = { readonly atMs: number; readonly mb: number; readonly own: number }

function sixths(values: readonly number[]): string[] {
  return Array.from({ length: 6 }, (_, i) => {
    const part = values.slice(Math.floor((values.length * i) / 6), Math.floor((values.length * (i + 1)) / 6))
    return (part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length)).toFixed(0)
  })
}

/** The mean of the second sixth and of the last, and the slope between: the first minutes are spent on caches. */
function trend(memory: readonly Memory[]) {
  const sixth = Math.max(1, Math.floor(memory.length / 6))
  const mean = (part: readonly { readonly mb: number }[]): number =>
    part.reduce((sum, { mb }) => sum + mb, 0) / Math.max(1, part.length)
  const early = mean(memory.slice(sixth, 2 * sixth))
  const late = mean(memory.slice(-sixth))
  const hours = (memory.at(-1)!.atMs * (1 - 1 / 6 - 1 / 12 - 1 / 12)) / 3_600_000
  return { early, late, mbPerHour: (late - early) / hours }
}
