/** The ECS event of an entry of the macOS unified log, as Elastic's unifiedlogs integration lays it out: shared by JSON and text. */

import type { EcsEvent } from '../../core/parser.ts'
import type { Document } from '../ndjson/document.ts'
import { appleEvent } from './apple-event.ts'

const levels: ReadonlyMap<string, string> = new Map([
  ['Default', 'info'],
  ['Info', 'info'],
  ['Debug', 'debug'],
  ['Error', 'error'],
  ['Fault', 'critical']
])

export type Entry = {
  readonly message: string | undefined
  readonly subsystem: string | undefined
  /** `Default`, `Fault` … */
  readonly type: string | undefined
  /** A path; texts name only the file. */
  readonly executable: string | undefined
  readonly name: string | undefined
  readonly pid: number | undefined
  readonly thread: number | undefined
  readonly user: string | undefined
  readonly libraryPath: string | undefined
  readonly library: string | undefined
}

/** `unified`: what stands below `unified_log`. The time is the caller's. */
export function entryEvent(entry: Entry, unified: Document): EcsEvent {
  const { message, subsystem, type, executable, libraryPath } = entry
  const about = subsystem === undefined ? undefined : meaningOf(subsystem)
  return {
    '@timestamp': undefined,
    message,
    event: {
      kind: 'event',
      module: 'unifiedlogs',
      dataset: 'unifiedlogs.log',
      provider: subsystem === '' ? undefined : subsystem,
      category: about?.category,
      type: about?.type
    },
    host: { os: { type: 'macos', family: 'darwin' } },
    log: { level: type === undefined ? undefined : (levels.get(type) ?? type.toLowerCase()) },
    process: {
      executable,
      name: fileName(executable) ?? entry.name,
      pid: entry.pid,
      thread: { id: entry.thread }
    },
    user: { id: entry.user },
    dll: { path: libraryPath, name: fileName(libraryPath) ?? entry.library },
    apple_event: subsystem === 'com.apple.appleevents' && message !== undefined ? appleEvent(message) : undefined,
    unified_log: unified
  }
}

type Meaning = { readonly category: readonly string[]; readonly type: readonly string[] }

const meaning = (category: string, type: string): Meaning => ({ category: [category], type: [type] })
const exact: ReadonlyMap<string, Meaning> = new Map([
  ['com.apple.appleevents', meaning('process', 'info')],
  ['com.apple.TCC', meaning('configuration', 'access')],
  ['com.apple.Authorization', meaning('authentication', 'info')],
  ['com.apple.opendirectory', meaning('authentication', 'info')],
  ['com.apple.loginwindow.logging', meaning('session', 'start')],
  ['com.apple.mDNSResponder', meaning('network', 'protocol')]
])
const malware = meaning('malware', 'info')
const process = meaning('process', 'info')
const configuration = meaning('configuration', 'info')
const host = meaning('host', 'info')

function meaningOf(subsystem: string): Meaning {
  const known = exact.get(subsystem)
  if (known !== undefined) return known
  if (subsystem.includes('xprotect') || subsystem.includes('syspolicy') || subsystem.includes('Gatekeeper'))
    return malware
  if (subsystem === 'com.apple.xpc') return process
  return subsystem.includes('Security') || subsystem.includes('securityd') ? configuration : host
}

function fileName(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const slash = path.lastIndexOf('/')
  return slash >= 0 && slash < path.length - 1 ? path.slice(slash + 1) : path
}
