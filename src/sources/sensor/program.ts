/** Finding Suricata and its updater on this machine, and whether they may watch interfaces; else, what to do about it. */

import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { PicketError } from '../../core/errors.ts'

export const howToGetSuricata =
  'Suricata 7 or newer is needed: on Debian 12, apt install -t bookworm-backports suricata suricata-update; on Debian 13, Ubuntu 24.04 and Raspberry Pi OS, apt install suricata suricata-update; on Fedora, dnf install suricata'

/** The places beside the path: services and shells of users often miss `sbin`. */
const places = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/suricata/bin']

export function findProgram(name: string): string | undefined {
  const candidates = isAbsolute(name)
    ? [name]
    : [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...places].map(folder => join(folder, name))
  return candidates.find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export type Suricata = { readonly path: string; readonly version: string }

/** Throws `no-suricata`, `old-suricata`, `not-linux`. */
export async function findSuricata(wanted = 'suricata'): Promise<Suricata> {
  if (process.platform !== 'linux')
    throw new PicketError(
      'not-linux',
      'the sensor runs on Linux only. Elsewhere, run Suricata yourself and follow its eve.json (docs/sources/suricata.md)'
    )
  const path = findProgram(wanted)
  if (path === undefined) throw new PicketError('no-suricata', `${wanted} is not installed. ${howToGetSuricata}`)
  const version = /version (\d+\.\d+\.\d+)/.exec(await outputOf(path, ['-V']).catch(() => ''))?.[1]
  if (version === undefined)
    throw new PicketError('no-suricata', `${path} does not say which Suricata it is. ${howToGetSuricata}`)
  if (Number(version.split('.')[0]) < 7)
    throw new PicketError('old-suricata', `${path} is Suricata ${version}. ${howToGetSuricata}`)
  return { path, version }
}

const capNetAdmin = 12n
const capNetRaw = 13n

/** Throws `sensor-rights` where neither we nor the program have what capturing needs. */
export async function checkRights(program: string): Promise<void> {
  const status = readFileSync('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  const has = (bit: bigint): boolean => ((effective >> bit) & 1n) === 1n
  if (has(capNetRaw) && has(capNetAdmin)) return
  const getcap = findProgram('getcap')
  const given = getcap === undefined ? '' : await outputOf(getcap, [program]).catch(() => '')
  if (given.includes('cap_net_raw') && given.includes('cap_net_admin')) return
  throw new PicketError(
    'sensor-rights',
    `watching an interface needs the rights CAP_NET_RAW and CAP_NET_ADMIN. Start Picket as root; or, in its systemd unit, AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN; or give them to Suricata alone: sudo setcap cap_net_raw,cap_net_admin+ep ${program}`
  )
}

/** What comes with Suricata: `classification.config`, `reference.config`. */
export function companionFile(name: string): string | undefined {
  return ['/etc/suricata', '/usr/local/etc/suricata', '/opt/suricata/etc/suricata', '/usr/share/suricata']
    .map(folder => join(folder, name))
    .find(path => existsSync(path))
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: 20_000, maxBuffer: 1 << 20 }, (error, stdout, stderr) =>
      error !== null && stdout === '' ? reject(error) : resolve(stdout + stderr)
    )
  })
}
