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
