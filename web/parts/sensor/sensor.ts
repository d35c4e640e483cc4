/** What the API says of sensors, and how the page asks. */

import { queryOptions } from '@tanstack/react-query'
import { get } from '../../api.ts'
import { queryClient } from '../../queries.ts'

export type NetworkInterface = {
  name: string
  up: boolean
  addresses: string[]
  kind: 'loopback' | 'wireless' | 'virtual' | 'wired'
  packets: number
  homeNet: string[]
}
export type RuleFile = {
  name: string
  loaded: number
  off: number
  refused: { line: number; reason: string }[]
  refusedCount: number
  problem: string
}
export type Sensor = {
  name: string
  setUpIn: 'page' | 'picket.yaml'
  phase: 'waiting' | 'starting' | 'running' | 'stopped'
  suricata?: { path: string; version: string }
  pid?: number
  runningSince?: string
  restarts: number
  interfaces: string[]
  homeNet: string[]
  packets?: number
  packetsDropped?: number
  bytes?: number
  alerts?: number
  memoryBytes?: number
  events: number
  eventsLost: number
  rules: {
    busy?: 'fetching' | 'checking'
    loaded: number
    refused: number
    off: number
    files: RuleFile[]
    changed?: string
    fetched?: string
    nextFetch?: string
  }
  problems: string[]
  warnings: string[]
}
export type Threshold = {
  type: 'limit' | 'threshold' | 'both'
  track: 'by_src' | 'by_dst' | 'by_both' | 'by_rule'
  count: number
  seconds: number
}
export type Suppressed = { track: 'by_src' | 'by_dst' | 'by_either'; address: string }
export type Change = {
  sid: number
  name: string
  state?: 'enabled' | 'disabled'
  threshold?: Threshold
  suppress: Suppressed[]
  reason: string
  by: string
  at: string
}
export type Settings = { interfaces: string[]; homeNet: string[]; etOpen: boolean; files: string[] }
export type SensorStatus = {
  machine: {
    interfaces: NetworkInterface[]
    suricata?: { path: string; version: string }
    problem?: string
    canFetch: boolean
  }
  settings?: Settings
  sensors: Sensor[]
  changes: Change[]
}
export type Signature = {
  sid: number
  rule?: { name: string; enabled: boolean; text: string }
  noThreshold?: string
  change?: Change
}

const key = ['sensor'] as const

export const sensorQuery = queryOptions({
  queryKey: key,
  queryFn: ({ signal }) => get<SensorStatus>('/api/sensor', {}, signal),
  refetchInterval: query =>
    query.state.data?.sensors.some(({ phase, rules }) => phase !== 'running' || rules.busy) ? 1500 : 5000
})

export const signatureQuery = (sid: number) =>
  queryOptions({
    queryKey: [...key, 'signature', sid],
    queryFn: ({ signal }) => get<Signature>(`/api/sensor/signatures/${sid}`, {}, signal)
  })

export const keepStatus = (status: SensorStatus) => void queryClient.setQueryData(key, status)
export const refreshSensor = () => queryClient.invalidateQueries({ queryKey: key })

const tracks: Readonly<Record<string, string>> = {
  by_src: 'each source',
  by_dst: 'each destination',
  by_both: 'each pair of addresses',
  by_rule: 'all together',
  by_either: 'source or destination'
}

/** A change in words. */
export function wordsOf({ state, threshold, suppress }: Pick<Change, 'state' | 'threshold' | 'suppress'>): string[] {
  const words: string[] = state === undefined ? [] : [state]
  if (threshold !== undefined) {
    const { type, count, seconds, track } = threshold
    const most =
      type === 'limit'
        ? `at most ${count}`
        : type === 'threshold'
          ? `one for each ${count}`
          : `one if there are ${count}`
    words.push(`${most} in ${spanOf(seconds)}, ${tracks[track]}`)
  }
  for (const { track, address } of suppress)
    words.push(
      `silent for ${address}${track === 'by_src' ? '' : track === 'by_dst' ? ' as destination' : ' on either side'}`
    )
  return words
}

export function spanOf(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? 'an hour' : `${seconds / 3600} hours`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}
