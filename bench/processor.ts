/** Seconds of processor: ours, and those of the engine beside us. On a machine that others use too, they say more than the clock. */

import { readdirSync, readFileSync } from 'node:fs'

/** Of this process; of its children (0 where the system does not tell). */
export function processorSeconds(): { own: number; children: number } {
  const { user, system } = process.cpuUsage()
  return { own: (user + system) / 1e6, children: childrenSeconds() }
}

function childrenSeconds(): number {
  let ticks = 0
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const parts = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (Number(parts[1]) === process.pid) ticks += Number(parts[11]) + Number(parts[12])
      } catch {
        // It ended meanwhile.
      }
    }
  } catch {
    return 0
  }
  return ticks / 100
}

/** Of another process and all its threads; without its children. */
export function secondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const parts = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(parts[11]) + Number(parts[12])) / 100
}

/** Of a process and those that it started, and so on, by /proc (0 where there is none). */
export function sumOver(pid: number, of: (pid: number) => number): number {
  let sum = 0
  const pids = [pid]
  for (const at of pids) {
    try {
      sum += of(at)
      for (const task of readdirSync(`/proc/${at}/task`)) {
        const children = readFileSync(`/proc/${at}/task/${task}/children`, 'utf8').trim()
        if (children !== '') pids.push(...children.split(' ').map(Number))
      }
    } catch {
      // It ended meanwhile, or this is no Linux.
    }
  }
  return sum
}

/** Memory of another process, MB: now (`VmRSS`), or at most so far (`VmHWM`). */
export function memoryOf(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024
}
