/**
 * `node bench/intake-syslog.ts [--messages N] [--udp N]`: syslog to a `picket serve` as it is installed, from another process on the same
 * machine. TCP as fast as it is taken, until all is searchable; UDP at 20,000 a second, with what the kernel dropped; a thousand
 * connections at once. The ceiling of TCP is a server that reads the same bytes and forgets them.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../src/testing/free-port.ts'
import { type Served, servePicket, settledOf } from './served.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000000' },
    udp: { type: 'string', default: '600000' },
    rate: { type: 'string', default: '20000' }
  }
})
const messages = Number(values.messages)
const sender = fileURLToPath(new URL('send-syslog.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'picket-bench-syslog-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
console.log(
  `${new Date().toISOString()} · ${cpus()[0]?.model} × ${cpus().length} · ${(totalmem() / 2 ** 30).toFixed(1)} GiB · Node ${process.version}\n`
)
console.log('| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')

const port = await freePort()
const picket = await servePicket(folder, [{ type: 'syslog', name: 'net', host: '127.0.0.1', port }])
try {
  await tcp(picket)
  await udp(picket)
  await connections(picket)
} finally {
  await picket.stop()
}

function row(workload: string, figure: string, ceiling = '', ratio = ''): void {
  console.log(`| ${workload} | ${figure} | ${ceiling} | ${ratio} |`)
}

function send(...args: readonly (string | number)[]): Promise<{ sent: number; ms: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [sender, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', part => {
      out += String(part)
    })
    child.on('close', code =>
      code === 0 ? resolve(JSON.parse(out) as { sent: number; ms: number }) : reject(new Error('the sender failed'))
    )
  })
}

async function tcp(served: Served): Promise<void> {
  // Asked is what it sustains: until then, the first seconds of a JavaScript engine are over.
  await send('tcp', port, 300_000, 0, 1)
  await served.untilSettled(300_000, 120_000)
  let peakMb = 0
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, served.memoryMb())
  }, 500)
  const cpu = served.cpuSeconds()
  const before = settledOf(await served.metrics())
  const sending = send('tcp', port, messages, 0, 1)
  // The sender makes its lines first: the clock runs from the first one that arrives.
  while (((await served.metrics()).get('picket_source_records{source="net"}') ?? 0) <= before)
    await new Promise(resolve => setTimeout(resolve, 10))
  const fromMs = performance.now()
  await sending
  await served.untilSettled(before + messages, 600_000)
  const seconds = (performance.now() - fromMs) / 1000
  const used = served.cpuSeconds() - cpu
  clearInterval(timer)
  const ceiling = await forgotten()
  row(
    'syslog TCP: sent to searchable, one connection',
    `${Math.round(messages / seconds)} messages/s (${seconds.toFixed(1)} s, ${((used / messages) * 1e6).toFixed(1)} CPU-µs a message)`,
    `${Math.round(ceiling)}/s: read and forgotten`,
    (messages / seconds / ceiling).toFixed(2)
  )
  row('syslog TCP: memory of all processes', `${Math.round(peakMb)} MB at most`)
}

async function forgotten(): Promise<number> {
  const server = createServer(socket => socket.on('data', () => {}).on('end', () => socket.end()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { sent, ms } = await send('tcp', (server.address() as { port: number }).port, messages, 0, 1)
  await new Promise(resolve => server.close(resolve))
  return sent / (ms / 1000)
}

async function udp(served: Served): Promise<void> {
  const count = Number(values.udp)
  const before = settledOf(await served.metrics())
  const { sent, ms } = await send('udp', port, count, values.rate, 1)
  await new Promise(resolve => setTimeout(resolve, 1000))
  const now = await served.metrics()
  const kernel = now.get('picket_source_kernel_drops{source="net"}') ?? 0
  const ours = now.get('picket_source_drops{source="net"}') ?? 0
  await served.untilSettled(before + sent - kernel - ours, 120_000)
  const stored = settledOf(await served.metrics()) - before
  row(
    `syslog UDP at ${values.rate}/s`,
    `${Math.round(sent / (ms / 1000))} datagrams/s sent, ${stored} of ${sent} searchable; dropped by the kernel ${kernel}, by Picket ${ours}`
  )
}

async function connections(served: Served): Promise<void> {
  const before = settledOf(await served.metrics())
  const { sent, ms } = await send('tcp', port, 200_000, 0, 1000)
  const settledMs = await served.untilSettled(before + sent, 120_000)
  row(
    'syslog TCP: 1,000 connections at once',
    `${settledOf(await served.metrics()) - before} of ${sent} searchable, ${Math.round(sent / ((ms + settledMs) / 1000))} messages/s, ${Math.round(served.memoryMb())} MB`
  )
}
