/**
 * Programs of other languages for tests: a Python with packages from PyPI, a Go program built from its modules, a Debian package unpacked
 * beside the system. Each lies in a folder of its own that is kept for the next time. What cannot be had is a reason to skip.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where the program is, or why it cannot be had. */
export type Fetched = { readonly path: string } | { readonly reason: string }

/** For `skip` of a test. */
export const reasonOf = (fetched: Fetched): string | false => ('reason' in fetched ? fetched.reason : false)
export const pathOf = (fetched: Fetched): string => {
  if ('reason' in fetched) throw new Error(fetched.reason)
  return fetched.path
}

/** A Python that has these packages (`name==version`). */
export function pythonWith(name: string, packages: readonly string[]): Promise<Fetched> {
  return kept(`python-${name}`, packages.join(' '), async folder => {
    await run('python3', ['-m', 'venv', folder], { timeout: 60_000 })
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 240_000 })
    return join(folder, 'bin/python')
  })
}

/** A Go program: the text of its main package, and the modules that it needs (`path@version`). */
export function goProgram(name: string, source: string, modules: readonly string[]): Promise<Fetched> {
  return kept(`go-${name}`, source + modules.join(' '), async folder => {
    const go = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go'
    const options = {
      cwd: folder,
      timeout: 240_000,
      env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' }
    }
    writeFileSync(join(folder, 'main.go'), source)
    writeFileSync(join(folder, 'go.mod'), 'module program\n\ngo 1.24\n')
    await run(go, ['get', ...modules], options)
    await run(go, ['build', '-o', 'program', '.'], options)
    return join(folder, 'program')
  })
}

/** The folder into which Debian's packages were unpacked: where one conflicts with another that is installed. */
export function debianPackages(name: string, packages: readonly string[]): Promise<Fetched> {
  return kept(`debian-${name}`, packages.join(' '), async folder => {
    await run('apt-get', ['download', ...packages], { cwd: folder, timeout: 120_000 })
    for (const file of readdirSync(folder).filter(one => one.endsWith('.deb')))
      await run('dpkg-deb', ['-x', file, folder], { cwd: folder, timeout: 60_000 })
    return folder
  })
}

async function kept(name: string, of: string, make: (folder: string) => Promise<string>): Promise<Fetched> {
  const digest = createHash('sha256').update(of).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), `picket-${name}-${digest}-${process.getuid?.() ?? 0}`)
  const ready = join(folder, 'ready')
  try {
    if (!existsSync(ready)) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, 'path'), await make(folder))
      writeFileSync(ready, '')
    }
    return { path: readFileSync(join(folder, 'path'), 'utf8') }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1)
    return { reason: `${name} cannot be had: ${said || (error as Error).message.split('\n')[0]}` }
  }
}
