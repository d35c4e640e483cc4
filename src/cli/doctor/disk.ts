/** `picket doctor`, the disk below the data folder: room, kind of file system, and how long it takes until something is really written. */

import { closeSync, existsSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import { type Finding, ok, problem, type Surroundings, sizeText, warning } from './finding.ts'

/** The folder itself, or the nearest one above it that exists. */
export function existingFolder(folder: string): string {
  let at = folder
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}

export type Space = {
  readonly totalBytes: number
  readonly freeBytes: number
  /** `f_type` of statfs(2). */
  readonly kind: number
  /** Free inodes; undefined where the file system does not count them. */
  readonly freeFiles: number | undefined
}

export function measureSpace(folder: string): Space {
  const { blocks, bavail, bsize, type, files, ffree } = statfsSync(existingFolder(folder))
  return {
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    kind: type,
    freeFiles: files > 0 ? ffree : undefined
  }
}

/** The engine refuses inserts below 512 MiB (src/wire.ts). */
const insertBytesMin = 512 * 2 ** 20

export function judgeSpace(space: Space, storage: { diskShareMax: number }, bus: { sizeMax: number }): Finding {
  const name = 'disk space'
  const { totalBytes, freeBytes, freeFiles } = space
  if (totalBytes === 0) return warning(name, 'the file system does not tell its size', 'keep the data on a local disk')
  const used = 1 - freeBytes / totalBytes
  const shown = `${sizeText(freeBytes)} of ${sizeText(totalBytes)} are free`
  if (freeBytes < insertBytesMin * 1.5)
    return problem(
      name,
      `${shown}: below ${sizeText(insertBytesMin)} nothing is stored any more`,
      'free some space, or keep the data on another disk (--data, PICKET_DATA)'
    )
  if (freeFiles !== undefined && freeFiles < 20_000)
    return problem(name, `${shown}, but room for only ${freeFiles} more files (inodes)`, 'delete small files: `df -i`')
  if (used > storage.diskShareMax)
    return warning(
      name,
      `${shown}: more than storage.diskShareMax (${storage.diskShareMax}) is in use, so the oldest days are deleted early`,
      'free some space, raise storage.diskShareMax, or keep the data on another disk'
    )
  if (freeBytes < bus.sizeMax)
    return warning(
      name,
      `${shown}: the bus alone may take ${sizeText(bus.sizeMax)} (bus.sizeMax)`,
      'lower bus.sizeMax, or free some space'
    )
  return ok(name, shown)
}

/** Magic numbers from linux/magic.h and the file systems' own headers; other systems number theirs otherwise and match nothing here. */
const memoryKinds: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])
const remoteKinds: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4283649346: 'SMB',
  4266872130: 'SMB',
  20859: 'SMB',
  16914839: '9p (a folder of the host)',
  1702057286: 'FUSE'
}
const overlayKind = 0x794c7630

export function judgeFileSystem(kind: number, platform: string): Finding {
  const name = 'file system'
  // statfs gives a signed 32-bit number on some systems.
  const unsigned = kind >>> 0
  if (platform !== 'linux') return ok(name, 'not told apart on this system')
  if (memoryKinds.has(unsigned))
    return problem(
      name,
      'the data folder is in memory (tmpfs): all of it is gone after a restart',
      'choose a folder on a disk: --data or PICKET_DATA'
    )
  const remote = remoteKinds[unsigned]
  if (remote !== undefined)
    return warning(
      name,
      `the data folder is on ${remote}: its locks and its fsync may not hold what they promise`,
      'choose a folder on a local disk: --data or PICKET_DATA'
    )
  if (unsigned === overlayKind)
    return warning(
      name,
      'the data folder is in the writable layer of a container: it goes with the container',
      'mount a volume there'
    )
  return ok(name, 'local')
}

/** Milliseconds that each of some appends of 4 KiB took until it was durable, as the bus writes them. Leaves nothing behind. */
export function measureSync(folder: string, times = 15): number[] {
  const file = join(folder, `.picket-doctor-${process.pid}`)
  const block = Buffer.alloc(4096, 0x50)
  const durations: number[] = []
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    const until = performance.now() + 5_000
    for (let i = 0; i < times && performance.now() < until; i++) {
      writeSync(descriptor, block)
      const started = performance.now()
      fdatasyncSync(descriptor)
      durations.push(performance.now() - started)
    }
  } finally {
    closeSync(descriptor)
    rmSync(file, { force: true })
  }
  return durations
}

export function judgeSync(durations: readonly number[]): Finding {
  const name = 'fsync'
  const sorted = [...durations].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const worst = sorted.at(-1) ?? 0
  const shown = `a small write is durable after ${milliseconds(median)} (worst of ${sorted.length}: ${milliseconds(worst)})`
  // The quickest drives (a cache with its own power) need 15 µs or more; a system call that does nothing needs 1 or 2.
  if (median < 0.01)
    return warning(
      name,
      `${shown}: no disk is that quick, so nothing is written through; a power cut may take what was acknowledged`,
      'look for tmpfs, eatmydata (LD_PRELOAD), mount options like nobarrier, or a virtual disk with cache=unsafe'
    )
  if (median > 100)
    return warning(name, `${shown}: slow; every source waits that long for each group of records`, 'use a quicker disk')
  return ok(name, `${shown}; what the disk’s own cache promises cannot be seen from here`)
}

function milliseconds(duration: number): string {
  return duration < 0.1 ? `${(duration * 1000).toFixed(1)} µs` : `${duration.toFixed(duration < 10 ? 1 : 0)} ms`
}

export function checkDisk({ folder, config }: Surroundings): Finding[] {
  const findings: Finding[] = []
  try {
    const space = measureSpace(folder)
    findings.push(judgeSpace(space, config.storage, config.bus), judgeFileSystem(space.kind, process.platform))
  } catch (error) {
    findings.push(warning('disk space', `cannot be told: ${messageOf(error)}`, 'look at the disk with `df`'))
  }
  const writable = existingFolder(folder)
  try {
    findings.push(judgeSync(measureSync(writable)))
  } catch (error) {
    const what = `nothing can be written in ${writable}: ${messageOf(error)}`
    // A folder that is still to be made is judged as such by the check of the data folder.
    findings.push(
      writable === folder
        ? problem('fsync', what, 'see the check of the data folder')
        : ok('fsync', `not measured: ${folder} does not exist yet`)
    )
  }
  return findings
}
