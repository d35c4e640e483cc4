/**
 * Programs of Debian's packages, for tests with what people really run: downloaded by name with apt and unpacked into a folder of the
 * machine's own, not installed. So packages that exclude each other (rsyslog, syslog-ng) can be had at once, no service is started,
 * and nobody needs to be root. What cannot be had is a reason to skip.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Unpacked = {
  readonly folder: string
  /** For its programs: where their libraries are. */
  readonly env: NodeJS.ProcessEnv
  /** A path below it. */
  readonly path: (below: string) => string
}

/** Kept from one run to the next: a folder a set of packages, named by them. */
const cache = join(process.env['XDG_CACHE_HOME'] ?? tmpdir(), 'picket-test-packages')

/** Their dependencies must be named too, where a plain machine does not have them. A text: why they cannot be had. */
export function unpackDebian(packages: readonly string[]): Unpacked | string {
  const folder = join(cache, [...packages].sort().join('+').replaceAll('/', '_').slice(0, 200))
  if (!existsSync(folder)) {
    const problem = unpack(packages, folder)
    if (problem !== undefined) return problem
  }
  const libraries = join(folder, 'usr/lib')
  const triplet = existsSync(libraries) ? readdirSync(libraries).find(name => name.endsWith('-linux-gnu')) : undefined
  const lib = triplet === undefined ? [] : [join(libraries, triplet), join(folder, 'lib', triplet)]
  const places = [...lib, join(libraries, 'syslog-ng')].filter(place => existsSync(place))
  return {
    folder,
    env: { ...process.env, LD_LIBRARY_PATH: places.join(':') },
    path: below => join(folder, triplet === undefined ? below : below.replace('usr/lib/TRIPLET', `usr/lib/${triplet}`))
  }
}

function unpack(packages: readonly string[], folder: string): string | undefined {
  if (spawnSync('apt-get', ['--version']).status !== 0) return 'this system has no apt'
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    const run = (command: string, ...args: string[]) =>
      spawnSync(command, args, { cwd: work, timeout: 120_000, encoding: 'utf8' })
    let got = run('apt-get', 'download', '-q', ...packages)
    if (got.status !== 0) {
      run('apt-get', 'update', '-q')
      got = run('apt-get', 'download', '-q', ...packages)
    }
    if (got.status !== 0) return `${packages.join(', ')} cannot be had: ${(got.stderr ?? '').trim().slice(0, 300)}`
    for (const file of readdirSync(work).filter(name => name.endsWith('.deb'))) {
      const done = run('dpkg-deb', '-x', file, 'root')
      if (done.status !== 0) return `${file} cannot be unpacked: ${done.stderr.slice(0, 300)}`
    }
    try {
      renameSync(join(work, 'root'), folder)
    } catch (error) {
      // Another test was quicker.
      if (!existsSync(folder)) throw error
    }
    return undefined
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
