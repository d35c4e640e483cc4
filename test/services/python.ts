/** Libraries from PyPI for tests with what people really use: installed into a folder that is kept for the next time, with pip. */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type Python = { readonly folder: string }

/** `packages`: with versions (`graypy==2.1.0`). A text: why they cannot be had. */
export function pythonWith(packages: readonly string[]): Python | string {
  const name = [...packages].sort().join('+')
  const folder = join(process.env['XDG_CACHE_HOME'] ?? tmpdir(), 'picket-test-python', name)
  if (existsSync(folder)) return { folder }
  if (spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) return 'no python3 with pip'
  const work = `${folder}.${process.pid}`
  mkdirSync(dirname(work), { recursive: true })
  const got = spawnSync(
    'python3',
    ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--target', work, ...packages],
    { timeout: 240_000, encoding: 'utf8' }
  )
  if (got.status !== 0) {
    rmSync(work, { recursive: true, force: true })
    return `${packages.join(', ')} cannot be had: ${(got.stderr ?? '').trim().split('\n').at(-1)?.slice(0, 300)}`
  }
  try {
    renameSync(work, folder)
  } catch (error) {
    // Another test was quicker.
    if (!existsSync(folder)) throw error
    rmSync(work, { recursive: true, force: true })
  }
  return { folder }
}

/** Runs the program to its end; what it printed. Throws what it said if it failed. */
export function runPython(
  python: Python,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {}
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', program, ...args], {
      // A bundle of the machine's own would stand above what the program says.
      env: { ...process.env, PYTHONPATH: python.folder, REQUESTS_CA_BUNDLE: '', CURL_CA_BUNDLE: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 500_000
    })
    let out = ''
    let err = ''
    child.stdout.on('data', part => {
      out += String(part)
    })
    child.stderr.on('data', part => {
      err += String(part)
    })
    child.on('close', code => (code === 0 ? resolve(out) : reject(new Error(err.slice(-2000)))))
  })
}
