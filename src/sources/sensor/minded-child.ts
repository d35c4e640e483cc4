/**
 * A program that runs exactly as long as we do: under a shell that ends it when its standard input closes, which the system does for us
 * however we end. (What asks the kernel for a signal at the parent's death does not work for programs with capabilities of
 * their own.) Its number is in a file, so that one that was left all the same can be found.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Five seconds to end in good order. The first argument is the file for the number. */
const script = `file=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & child=$!
echo $child >"$file"
( cat <&3 >/dev/null 2>&1; kill -TERM $child; sleep 5; kill -KILL $child ) >/dev/null 2>&1 & watcher=$!
exec 3<&-
wait $child; code=$?
kill $watcher 2>/dev/null
rm -f "$file"
exit $code`

export type MindedChild = {
  readonly pid: () => number | undefined
  /** Resolves when it has ended, however: with the reason in words. */
  readonly ended: Promise<string>
  /** Asks it to end, then makes it; resolves when it has. */
  end(): Promise<void>
}

export type MindedOptions = {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  readonly pidFile: string
  /** Each line that it writes, at most 4 kB of it. */
  readonly onLine: (line: string) => void
}

export function startMinded({ program, args, folder, pidFile, onLine }: MindedOptions): MindedChild {
  const child: ChildProcess = spawn('/bin/sh', ['-c', script, 'sh', pidFile, program, ...args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'UTC', LC_ALL: 'C.UTF-8' }
  })
  child.stdin?.on('error', () => {})
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!.slice(0, 4096)
      for (const line of lines) if (line.trim() !== '') onLine(line.slice(0, 4096))
    })
  }
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('exit', (code, signal) => {
      child.stdin?.destroy()
      resolve(signal !== null ? `signal ${signal}` : wordsOf(code ?? 0))
    })
  })
  return {
    pid: () => numberIn(pidFile),
    ended,
    async end() {
      child.stdin?.end()
      const late = setTimeout(() => child.kill('SIGKILL'), 7_000)
      await ended
      clearTimeout(late)
    }
  }
}

/** A shell gives 128 and the signal's number. */
function wordsOf(code: number): string {
  if (code === 137) return 'it was killed (signal 9; was memory short?)'
  return code > 128 ? `signal ${code - 128}` : `it ended with ${code}`
}

/** Ends what an earlier life left, if it is really that: its command line names `mark`. */
export async function endLeftover(pidFile: string, mark: string): Promise<boolean> {
  const pid = numberIn(pidFile)
  rmSync(pidFile, { force: true })
  const isIt = (): boolean => pid !== undefined && commandLine(pid).includes(mark)
  if (!isIt()) return false
  for (const [signal, waitMs] of [
    ['SIGTERM', 5_000],
    ['SIGKILL', 2_000]
  ] as const) {
    try {
      process.kill(pid!, signal)
    } catch {
      return true
    }
    for (const endMs = performance.now() + waitMs; performance.now() < endMs && isIt(); ) await sleep(50)
    if (!isIt()) return true
  }
  return true
}

function numberIn(file: string): number | undefined {
  try {
    const number = Number(readFileSync(file, 'utf8').trim())
    return Number.isInteger(number) && number > 1 ? number : undefined
  } catch {
    return undefined
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
