import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock, realClock } from '../../platform/clock.ts'
import { judgeFileSystem, judgeSpace, judgeSync } from './disk.ts'
import type { Finding } from './finding.ts'
import {
  judgeClocks,
  judgeMemory,
  judgeNode,
  judgeOpenFiles,
  judgePlatform,
  measureClocks,
  measureMemory,
  measureOpenFiles,
  measurePlatform
} from './machine.ts'

/** What is not ok names what to do next. */
function assertStatus(finding: Finding, status: string, pattern?: RegExp) {
  assert.equal(finding.status, status, finding.message)
  if (pattern !== undefined) assert.match(finding.message, pattern)
  assert.equal(finding.next === undefined, status === 'ok')
}

test('Node.js', () => {
  for (const [version, status] of [
    ['20.20.2', 'problem'],
    ['24.21.0', 'problem'],
    ['26.9.0', 'problem'],
    ['26.10.0', 'ok'],
    ['27.0.0', 'ok'],
    ['odd', 'problem']
  ] as const)
    assertStatus(judgeNode(version), status)
})

test('platform', () => {
  const linux = { platform: 'linux', arch: 'x64', glibc: '2.36', cpuFlags: ['sse4_2', 'pclmulqdq', 'popcnt'] }
  assertStatus(judgePlatform(linux, false), 'ok')
  assertStatus(judgePlatform({ ...linux, cpuFlags: undefined }, false), 'ok')
  assertStatus(judgePlatform({ ...linux, cpuFlags: ['sse2'] }, false), 'problem', /sse4_2, pclmulqdq, popcnt/)
  assertStatus(judgePlatform({ ...linux, arch: 'arm64', cpuFlags: undefined }, false), 'ok')
  assertStatus(judgePlatform({ ...linux, glibc: undefined }, false), 'problem', /musl/)
  assertStatus(judgePlatform({ platform: 'darwin', arch: 'arm64', glibc: undefined, cpuFlags: undefined }, false), 'ok')
  const windows = { platform: 'win32', arch: 'x64', glibc: undefined, cpuFlags: undefined }
  assertStatus(judgePlatform(windows, false), 'problem')
  assertStatus(judgePlatform(windows, true), 'ok', /elsewhere/)
})

test('memory', () => {
  const roomy = { totalBytes: 8e9, availableBytes: 6e9, limitBytes: undefined, engineBytes: 900e6, workers: 2 }
  assertStatus(judgeMemory(roomy), 'ok')
  assertStatus(judgeMemory({ ...roomy, limitBytes: 1e9 }), 'problem', /container or service may take 1\.0 GB/)
  assertStatus(judgeMemory({ ...roomy, totalBytes: 1.5e9 }), 'warning', /tight/)
  assertStatus(judgeMemory({ ...roomy, availableBytes: 400e6 }), 'warning', /only 400 MB are free/)
  assertStatus(judgeMemory({ ...roomy, engineBytes: 100e6 }), 'warning', /too little/)
  assertStatus(judgeMemory({ ...roomy, engineBytes: 0 }), 'ok')
  // What it advises would fit.
  const { next } = judgeMemory({ ...roomy, limitBytes: 1.5e9 })
  const advised = Number(/memoryMax to (\d+)MB/.exec(next ?? '')?.[1]) * 1e6
  assertStatus(judgeMemory({ ...roomy, limitBytes: 1.5e9, engineBytes: advised }), 'ok')
})

test('open files', () => {
  assertStatus(judgeOpenFiles(256), 'problem')
  assertStatus(judgeOpenFiles(1024), 'warning')
  assertStatus(judgeOpenFiles(65536), 'ok')
  assertStatus(judgeOpenFiles(Number.POSITIVE_INFINITY), 'ok', /no limit/)
  assertStatus(judgeOpenFiles(undefined), 'ok')
})

test('clock', () => {
  const good = {
    nowMs: Date.UTC(2026, 10, 21),
    driftMs: 1,
    watchedMs: 250,
    zone: 'Europe/Berlin',
    newestFileMs: Date.UTC(2026, 10, 20),
    unsynchronised: false
  }
  assertStatus(judgeClocks(good), 'ok', /2026-11-21T00:00:00Z, zone of this machine Europe\/Berlin/)
  assertStatus(judgeClocks({ ...good, nowMs: 0 }), 'problem', /1970/)
  assertStatus(judgeClocks({ ...good, nowMs: 8e15 }), 'problem')
  assertStatus(judgeClocks({ ...good, driftMs: -3600_000 }), 'warning', /moved by -3600000 ms/)
  assertStatus(judgeClocks({ ...good, newestFileMs: good.nowMs + 86_400_000 }), 'warning', /later than now/)
  assertStatus(judgeClocks({ ...good, unsynchronised: true }), 'warning')
})

test('disk space', () => {
  const space = { totalBytes: 100e9, freeBytes: 60e9, kind: 0xef53, freeFiles: 1e6 }
  const judge = (change: object) => judgeSpace({ ...space, ...change }, { diskShareMax: 0.8 }, { sizeMax: 10e9 })
  assertStatus(judge({}), 'ok', /60 GB of 100 GB/)
  assertStatus(judge({ freeBytes: 600e6 }), 'problem', /below 537 MB nothing is stored/)
  assertStatus(judge({ freeBytes: 15e9 }), 'warning', /diskShareMax/)
  assertStatus(judge({ totalBytes: 20e9, freeBytes: 9e9 }), 'warning', /bus\.sizeMax/)
  assertStatus(judge({ freeFiles: 3 }), 'problem', /inodes/)
  assertStatus(judge({ freeFiles: undefined }), 'ok')
  assertStatus(judge({ totalBytes: 0, freeBytes: 0 }), 'warning', /does not tell/)
})

test('file system', () => {
  assertStatus(judgeFileSystem(0xef53, 'linux'), 'ok')
  assertStatus(judgeFileSystem(0x01021994, 'linux'), 'problem', /tmpfs/)
  assertStatus(judgeFileSystem(0x6969, 'linux'), 'warning', /NFS/)
  assertStatus(judgeFileSystem(0xff534d42 | 0, 'linux'), 'warning', /SMB/)
  assertStatus(judgeFileSystem(0x794c7630, 'linux'), 'warning', /container/)
  assertStatus(judgeFileSystem(0x1a, 'darwin'), 'ok')
})

test('fsync: too quick is as suspicious as too slow', () => {
  assertStatus(judgeSync([0.001, 0.001, 4]), 'warning', /1\.0 µs .*nothing is written through/)
  assertStatus(judgeSync([0.02, 0.03, 0.1]), 'ok')
  assertStatus(judgeSync([2, 3, 30]), 'ok', /after 3\.0 ms \(worst of 3: 30 ms\)/)
  assertStatus(judgeSync([150, 200, 900]), 'warning', /slow/)
})

test('this machine can be measured', async () => {
  assert.equal(measurePlatform().arch, process.arch)
  const memory = measureMemory(900e6)
  assert.ok(memory.totalBytes > 0 && (memory.limitBytes ?? 1) > 0 && memory.workers >= 1)
  const files = measureOpenFiles()
  assert.ok(files === undefined || files > 0)
  const clocks = await measureClocks(realClock, undefined)
  assert.ok(clocks.watchedMs >= 200 && clocks.zone !== '')
  // A clock that stands still has not drifted from itself.
  assert.equal((await measureClocks(manualClock(), undefined)).driftMs, 0)
})
