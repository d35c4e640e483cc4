/** The ECS event while it is being made: every field set has its place, modules (`security.ts`, `sysmon.ts` …) fill theirs. */

import type { Data, WinEvent } from './win-event.ts'

export type Fields = { [name: string]: unknown }

export type Draft = {
  readonly source: WinEvent
  /** What goes below `winlog.event_data`: the event's own values, and descriptions that were added. */
  readonly data: Data
  timeUs: number | undefined
  action: string | undefined
  category: readonly string[] | undefined
  type: readonly string[] | undefined
  outcome: string | undefined
  reason: string | undefined
  reference: string | undefined
  sequence: number | undefined
  module: string
  dataset: string
  message: string | undefined
  user: Fields | undefined
  group: Fields | undefined
  process: Fields | undefined
  file: Fields | undefined
  registry: Fields | undefined
  dll: Fields | undefined
  dns: Fields | undefined
  network: Fields | undefined
  from: Fields | undefined
  destination: Fields | undefined
  service: Fields | undefined
  rule: Fields | undefined
  errorCode: string | undefined
  /** Fields of products: `powershell`, `sysmon`, `windows_defender`. */
  product: Fields | undefined
  /** Beside the event's own in `winlog`: `logon`, `computerObject`, `scheduled_task`, … */
  readonly winlog: Fields
  readonly relatedUsers: string[]
  readonly relatedIps: string[]
  readonly relatedHosts: string[]
  readonly relatedHashes: string[]
}

export function newDraft(source: WinEvent): Draft {
  return {
    source,
    data: source.data,
    timeUs: undefined,
    action: undefined,
    category: undefined,
    type: undefined,
    outcome: source.outcome,
    reason: undefined,
    reference: undefined,
    sequence: undefined,
    module: 'windows',
    dataset: 'windows.forwarded',
    message: source.message,
    user: undefined,
    group: undefined,
    process: undefined,
    file: undefined,
    registry: undefined,
    dll: undefined,
    dns: undefined,
    network: undefined,
    from: undefined,
    destination: undefined,
    service: undefined,
    rule: undefined,
    errorCode: undefined,
    product: undefined,
    winlog: {},
    relatedUsers: [],
    relatedIps: [],
    relatedHosts: [],
    relatedHashes: []
  }
}

const relatedMax = 256

export function relate(list: string[], value: string | undefined): void {
  if (value !== undefined && value !== '' && value !== '-' && list.length < relatedMax && !list.includes(value))
    list.push(value)
}

/** `DOMAIN\name` in its two parts, as far as there are exactly two. */
export function accountParts(
  account: string | undefined
): { readonly domain: string; readonly name: string } | undefined {
  if (account === undefined) return undefined
  const slash = account.indexOf('\\')
  if (slash < 0 || account.indexOf('\\', slash + 1) >= 0) return undefined
  return { domain: account.slice(0, slash), name: account.slice(slash + 1) }
}

/** `file.*` of a path: name, directory and extension where it has a backslash. */
export function fileOfPath(path: string): Fields {
  const slash = path.lastIndexOf('\\')
  if (slash < 0) return { path }
  const dot = path.lastIndexOf('.')
  return {
    path,
    name: path.slice(slash + 1) || undefined,
    directory: path.slice(0, slash) || undefined,
    extension: dot < 0 ? undefined : path.slice(dot + 1) || undefined
  }
}
