/** `picket doctor`, the machine: Node, processor and C library, memory, open files, clock. Measured in one place, judged in another. */

import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'
import type { Clock } from '../../platform/clock.ts'
import { type Finding, ok, problem, sizeText, warning } from './finding.ts'

/** As in package.json (`engines`) and bin/picket.js. */
const nodeMin = [26, 10] as const

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const enough = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])
  if (enough) return ok('Node.js', version)
  return problem(
    'Node.js',
    `${version} is too old: Picket needs ${nodeMin.join('.')}`,
    'start it with bin/picket.js after `npm ci`, which brings a Node of its own on Linux; elsewhere install one from https://nodejs.org'
  )
}

export type Platform = {
  readonly platform: string
  readonly arch: string
  /** Undefined where the C library is another one (musl), or none of it is known. */
  readonly glibc: string | undefined
  /** What /proc/cpuinfo calls `flags`; undefined where there is none. */
  readonly cpuFlags: readonly string[] | undefined
}

export function measurePlatform(): Platform {
  const report = systemReport()
  const flags = tryRead('/proc/cpuinfo')
    ?.split('\n')
    .find(line => line.startsWith('flags'))
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: report?.header?.glibcVersionRuntime,
    cpuFlags: flags?.slice(flags.indexOf(':') + 1).split(' ')
  }
}

/** `external`: storage.engine.url names a ClickHouse server, so that nothing of the engine runs here. */
export function judgePlatform({ platform, arch, glibc, cpuFlags }: Platform, external: boolean): Finding {
  const name = 'platform'
  const shown = `${platform} ${arch}${glibc === undefined ? '' : `, glibc ${glibc}`}`
  const known = (platform === 'linux' || platform === 'darwin') && (arch === 'x64' || arch === 'arm64')
  if (external) return ok(name, `${shown}; the engine runs elsewhere (storage.engine.url)`)
  if (!known)
    return problem(
      name,
      `${shown}: there is no embedded engine for it`,
      'set storage.engine.url to a ClickHouse server'
    )
  if (platform === 'linux' && glibc === undefined)
    return problem(
      name,
      `${shown}: the engine needs glibc, and this system has another C library (musl, as in Alpine)`,
      'use an image of Debian, Ubuntu, Fedora …, or set storage.engine.url to a ClickHouse server'
    )
  const missing = ['sse4_2', 'pclmulqdq', 'popcnt'].filter(flag => cpuFlags !== undefined && !cpuFlags.includes(flag))
  if (platform === 'linux' && arch === 'x64' && missing.length > 0)
    return problem(
      name,
      `${shown}: the processor lacks ${missing.join(', ')}, which the engine needs`,
      'in a virtual machine pass the host’s processor through (CPU type "host"), or set storage.engine.url to a ClickHouse server'
    )
  return ok(name, shown)
}

export type Memory = {
  readonly totalBytes: number
  readonly availableBytes: number
  /** The limit of the container or service; undefined where there is none. */
  readonly limitBytes: number | undefined
  readonly engineBytes: number
  readonly workers: number
}

export function measureMemory(engineBytes: number): Memory {
  const totalBytes = totalmem()
  const limit = process.constrainedMemory()
  return {
    totalBytes,
    availableBytes: freemem(),
    // Node answers 0 where it does not know, and 2^64 where nothing is limited.
    limitBytes: limit > 0 && limit < totalBytes ? limit : undefined,
    engineBytes,
    workers: Math.min(4, availableParallelism())
  }
}

/** What the main process and each pipeline worker may take beside the engine, in bytes. */
const mainBytes = 350e6
const workerBytes = 250e6
/** Inserts at full speed and searches over a year were tried with 700 MB and more. */
const engineBytesMin = 500e6

export function judgeMemory({ totalBytes, availableBytes, limitBytes, engineBytes, workers }: Memory): Finding {
  const name = 'memory'
  const bound = limitBytes ?? totalBytes
  const whose = limitBytes === undefined ? 'this machine has' : 'the container or service may take'
  const wanted = engineBytes + mainBytes + workers * workerBytes
  const shown =
    `${whose} ${sizeText(bound)}; the engine may take ${sizeText(engineBytes)} (storage.engine.memoryMax), ` +
    `all of Picket about ${sizeText(wanted)} under load`
  const room = Math.max(300e6, Math.floor((bound - mainBytes - workers * workerBytes) / 100e6) * 100e6)
  const lower = `set storage.engine.memoryMax to ${Math.round(room / 1e6)}MB, or give it more memory`
  if (bound < engineBytes + mainBytes) return problem(name, `${shown}: that does not fit`, lower)
  if (bound < wanted) return warning(name, `${shown}: that is tight`, lower)
  if (engineBytes > 0 && engineBytes < engineBytesMin)
    return warning(
      name,
      `${shown}: that is too little for large searches`,
      'set storage.engine.memoryMax to 500MB or more'
    )
  if (availableBytes < engineBytes && limitBytes === undefined)
    return warning(
      name,
      `${shown}, but only ${sizeText(availableBytes)} are free now`,
      `stop what else takes memory, or ${lower}`
    )
  return ok(name, shown)
}

export function measureOpenFiles(): number | undefined {
  const soft = systemReport()?.userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : soft === 'unlimited' ? Number.POSITIVE_INFINITY : undefined
}

export function judgeOpenFiles(limit: number | undefined): Finding {
  const name = 'open files'
  if (limit === undefined) return ok(name, 'this system does not tell its limit')
  const shown = limit === Number.POSITIVE_INFINITY ? 'no limit' : `at most ${limit}`
  const raise =
    'raise it: LimitNOFILE=65536 in the unit, --ulimit nofile=65536 for a container, `ulimit -n 65536` in a shell'
  if (limit < 1024) return problem(name, `${shown}: the engine alone needs more`, raise)
  if (limit < 8192) return warning(name, `${shown}: too few for many sources and a year of data`, raise)
  return ok(name, shown)
}

export type Clocks = {
  readonly nowMs: number
  /** How much further the wall clock went than the monotonic one while they were watched. */
  readonly driftMs: number
  readonly watchedMs: number
  readonly zone: string
  /** The latest time that the data folder bears; undefined where there is none. */
  readonly newestFileMs: number | undefined
  /** Does systemd-timesyncd run and say that it has not reached a time server? */
  readonly unsynchronised: boolean
}

export async function measureClocks(clock: Clock, newestFileMs: number | undefined): Promise<Clocks> {
  const wall = clock.nowMs()
  const steady = clock.monotonicMs()
  await new Promise(resolve => setTimeout(resolve, 250))
  const nowMs = clock.nowMs()
  const watchedMs = clock.monotonicMs() - steady
  return {
    nowMs,
    watchedMs,
    driftMs: nowMs - wall - watchedMs,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    newestFileMs,
    unsynchronised: existsSync('/run/systemd/timesync') && !existsSync('/run/systemd/timesync/synchronized')
  }
}

export function judgeClocks(clocks: Clocks): Finding {
  const { nowMs, driftMs, watchedMs, zone, newestFileMs, unsynchronised } = clocks
  const name = 'clock'
  const set = 'let the machine set its clock by NTP: `timedatectl set-ntp true`, chrony …'
  const year = Number.isFinite(nowMs) ? new Date(nowMs).getUTCFullYear() : Number.NaN
  const shown = `${new Date(nowMs).toISOString().slice(0, 19)}Z, zone of this machine ${zone}`
  if (!(year >= 2026 && year < 2100))
    return problem(name, `${shown}: not a plausible year; retention and time stamps without a year depend on it`, set)
  if (Math.abs(driftMs) > 50)
    return warning(name, `${shown}: it was moved by ${Math.round(driftMs)} ms within ${Math.round(watchedMs)} ms`, set)
  // An hour of grace: files may come from another machine.
  if (newestFileMs !== undefined && newestFileMs > nowMs + 3_600_000)
    return warning(
      name,
      `${shown}: files in the data folder are from ${new Date(newestFileMs).toISOString().slice(0, 16)}Z, later than now`,
      `${set} The clock was ahead once, or is behind now`
    )
  if (unsynchronised) return warning(name, `${shown}: systemd-timesyncd has not reached a time server yet`, set)
  return ok(name, shown)
}

type SystemReport = {
  readonly header?: { readonly glibcVersionRuntime?: string }
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } }
}

function systemReport(): SystemReport | undefined {
  try {
    // Without this, names of peers would be looked up.
    ;(process.report as { excludeNetwork?: boolean }).excludeNetwork = true
    return process.report.getReport() as SystemReport
  } catch {
    return undefined
  }
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
