/** What the API says of sensors, as schemas. */

import { z } from 'zod'
import { ownSensorShape } from '../pipeline/sensor-settings.ts'
import type { NetworkInterface } from '../sources/sensor/networks.ts'
import { phases, type SensorState } from '../sources/sensor/sensor-state.ts'
import { changeShape, type NotedChange, signatureId } from '../sources/sensor/signatures.ts'
import { isoOf, isoOrNothing } from './replies.ts'

const interfaceReply = z.object({
  name: z.string(),
  up: z.boolean(),
  addresses: z.array(z.string()),
  kind: z.enum(['loopback', 'wireless', 'virtual', 'wired']),
  packets: z.number(),
  homeNet: z.array(z.string()).describe('What would be yours, if nothing else is said')
})

const fileReply = z.object({
  name: z.string(),
  loaded: z.int(),
  off: z.int(),
  refused: z.array(z.object({ line: z.int(), reason: z.string() })),
  refusedCount: z.int(),
  problem: z.string()
})

const oneReply = z.object({
  name: z.string(),
  setUpIn: z.enum(['page', 'picket.yaml']),
  phase: z.enum(phases),
  suricata: z.object({ path: z.string(), version: z.string() }).optional(),
  pid: z.int().optional(),
  runningSince: z.string().optional(),
  restarts: z.int(),
  interfaces: z.array(z.string()),
  homeNet: z.array(z.string()),
  packets: z.number().optional(),
  packetsDropped: z.number().optional(),
  bytes: z.number().optional(),
  alerts: z.number().optional(),
  memoryBytes: z.number().optional(),
  events: z.int(),
  eventsLost: z.int(),
  rules: z.object({
    busy: z.enum(['fetching', 'checking']).optional(),
    loaded: z.int(),
    refused: z.int(),
    off: z.int(),
    files: z.array(fileReply),
    changed: z.string().optional(),
    fetched: z.string().optional(),
    nextFetch: z.string().optional()
  }),
  problems: z.array(z.string()),
  warnings: z.array(z.string())
})

export const changeReply = changeShape.extend({
  sid: signatureId,
  name: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.string()
})

export const sensorReply = z.object({
  machine: z.object({
    interfaces: z.array(interfaceReply),
    suricata: z.object({ path: z.string(), version: z.string() }).optional(),
    problem: z.string().optional().describe('Why no sensor can run here, and what to do about it'),
    canFetch: z.boolean().describe('suricata-update is there')
  }),
  settings: ownSensorShape.optional().describe('Of the sensor that was set up on the page'),
  sensors: z.array(oneReply),
  changes: z.array(changeReply).describe('Of single signatures')
})
export type SensorOut = z.output<typeof sensorReply>

export const signatureReply = z.object({
  sid: signatureId,
  rule: z
    .object({ name: z.string(), enabled: z.boolean(), text: z.string() })
    .optional()
    .describe('As the rule set has it'),
  noThreshold: z.string().optional().describe('Why it cannot have a threshold'),
  change: changeReply.optional()
})
export type SignatureOut = z.output<typeof signatureReply>

export function sensorOut(
  name: string,
  setUpIn: 'page' | 'picket.yaml',
  state: SensorState
): z.output<typeof oneReply> {
  const { phase, suricata, pid, runningSinceMs, restarts, interfaces, homeNet, figures, memoryBytes, rules } = state
  const { busy, loaded, refused, off, files, changedMs, fetchedMs, nextFetchMs } = rules
  return {
    name,
    setUpIn,
    phase,
    suricata,
    pid,
    runningSince: isoOrNothing(runningSinceMs),
    restarts,
    interfaces: [...interfaces],
    homeNet: [...homeNet],
    packets: figures?.packets,
    packetsDropped: figures?.drops,
    bytes: figures?.bytes,
    alerts: figures?.alerts,
    memoryBytes,
    events: state.events,
    eventsLost: state.eventsLost,
    rules: {
      busy,
      loaded,
      refused,
      off,
      files: files.map(file => ({ ...file, refused: file.refused.map(each => ({ ...each })) })),
      changed: isoOrNothing(changedMs),
      fetched: isoOrNothing(fetchedMs),
      nextFetch: nextFetchMs === undefined || nextFetchMs === 0 ? undefined : isoOf(nextFetchMs)
    },
    problems: [...state.problems],
    warnings: [...state.warnings]
  }
}

export function changeOut({ atMs, ...change }: NotedChange): z.output<typeof changeReply> {
  return { ...change, at: isoOf(atMs) }
}

export function interfaceOut(one: NetworkInterface, homeNet: readonly string[]): z.output<typeof interfaceReply> {
  return { ...one, addresses: [...one.addresses], homeNet: [...homeNet] }
}
