/** Go programs for tests with libraries that people really use: built from the module proxy, kept for the next time. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type GoProgram = { readonly path: string }

/** `source`: the main package; `modules`: what it needs, with versions (`path@v1.2.3`). A text: why it cannot be had. */
export function goProgram(source: string, modules: readonly string[]): GoProgram | string {
  const digest = createHash('sha256').update(source).update(modules.join(' ')).digest('hex').slice(0, 16)
  const folder = join(process.env['XDG_CACHE_HOME'] ?? tmpdir(), 'picket-test-go', digest)
  const path = join(folder, 'program')
  if (existsSync(path)) return { path }
  const go = ['go', '/usr/local/go/bin/go'].find(each => spawnSync(each, ['version']).status === 0)
  if (go === undefined) return 'no Go is installed'
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    writeFileSync(join(work, 'main.go'), source)
    writeFileSync(join(work, 'go.mod'), 'module program\n\ngo 1.24\n')
    const run = (...args: string[]) =>
      spawnSync(go, args, {
        cwd: work,
        timeout: 420_000,
        encoding: 'utf8',
        env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' }
      })
    const got = run('get', ...modules)
    if (got.status !== 0) return `${modules.join(', ')} cannot be had: ${got.stderr.trim().slice(-300)}`
    const built = run('build', '-o', 'program', '.')
    if (built.status !== 0) return `the program cannot be built: ${built.stderr.slice(0, 500)}`
    mkdirSync(dirname(folder), { recursive: true })
    try {
      renameSync(work, folder)
    } catch (error) {
      // Another test was quicker.
      if (!existsSync(path)) throw error
    }
    return { path }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
