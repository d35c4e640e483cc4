/**
 * What people set about sensors while Picket runs (docs/adr/0025): the one sensor that the page or `picket sensor` sets up, and the
 * changes of single signatures, which hold for all sensors. Both are settings in the state file.
 */

import { z } from 'zod'
import type { SourceConfig } from '../platform/config-schema.ts'
import { sensor, sensorSettings } from '../platform/sources/sensor.ts'
import type { SensorConfig } from '../sources/sensor/sensor.ts'
import { changesMax, type NotedChange, readChanges, signaturesKey } from '../sources/sensor/signatures.ts'
import { readSetting, writeSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'

const settingsKey = 'sensor.settings'
/** What that sensor's source is called. */
export const ownSensorName = 'sensor'

/** The most important of what a source of type `sensor` can be told; the rest needs picket.yaml. */
export const ownSensorShape = z.strictObject({
  interfaces: sensorSettings.interfaces,
  homeNet: sensorSettings.homeNet,
  etOpen: z.boolean().prefault(true).describe('Fetch Emerging Threats Open, and keep it current'),
  files: z
    .array(z.string().min(1).max(4096))
    .max(100)
    .prefault([])
    .describe('Files of rules on this machine, and folders of them')
})
export type OwnSensor = z.output<typeof ownSensorShape>

export function ownSensor(state: State): OwnSensor | undefined {
  const read = ownSensorShape.safeParse(readSetting(state, settingsKey))
  return read.success ? read.data : undefined
}

/** Undefined takes it away. */
export function keepOwnSensor(state: State, settings: OwnSensor | undefined): void {
  writeSetting(state, settingsKey, settings)
}

/** The sources of the configuration, and that sensor; one of the same name in the configuration goes before. */
export function withOwnSensor(state: State, sources: readonly SourceConfig[]): readonly SourceConfig[] {
  const own = ownSensor(state)
  if (own === undefined || sources.some(({ name }) => name === ownSensorName)) return sources
  const { interfaces, homeNet, etOpen, files } = own
  const config: SensorConfig = sensor.parse({
    type: 'sensor',
    name: ownSensorName,
    interfaces,
    homeNet,
    rules: { etOpen, files }
  })
  return [...sources, config]
}

export function signatureChanges(state: State): ReadonlyMap<number, NotedChange> {
  return readChanges(readSetting(state, signaturesKey))
}

/** Undefined: as the rule set has it. False: there are too many changes. */
export function keepSignatureChange(state: State, sid: number, change: NotedChange | undefined): boolean {
  const changes = new Map(signatureChanges(state))
  if (change === undefined) changes.delete(sid)
  else changes.set(sid, change)
  if (changes.size > changesMax) return false
  writeSetting(state, signaturesKey, [...changes.values()])
  return true
}
