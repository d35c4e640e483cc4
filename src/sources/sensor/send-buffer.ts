/**
 * Suricata writes its events to a Unix socket without waiting; what the kernel's buffer does not hold is gone. The buffer is the writer's,
 * 208 KiB by default (some 150 events), and only the system's default sets it: so that is raised while Suricata opens its
 * socket, if we may, and put back. It is a bound, not memory that is taken.
 */

import { readFileSync, writeFileSync } from 'node:fs'

const setting = '/proc/sys/net/core/wmem_default'
const wantedBytes = 64 << 20

let holders = 0
let before: string | undefined

/** What it gives puts the default back, once nobody needs it any more; calling it again does nothing. */
export function raiseSendBuffer(): () => void {
  if (holders === 0) {
    try {
      const now = readFileSync(setting, 'utf8').trim()
      if (Number(now) >= wantedBytes) return () => {}
      writeFileSync(setting, String(wantedBytes))
      before = now
    } catch {
      // Not root: docs/sources/sensor.md says how the administrator raises it.
      return () => {}
    }
  }
  holders++
  let held = true
  return () => {
    if (!held) return
    held = false
    if (--holders > 0 || before === undefined) return
    try {
      writeFileSync(setting, before)
    } catch {}
    before = undefined
  }
}
