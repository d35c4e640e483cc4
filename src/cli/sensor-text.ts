/** What `picket sensor` prints. */

import type { SensorOut, SignatureOut } from '../api/sensor-shapes.ts'
import { table } from './table.ts'

type One = SensorOut['sensors'][number]
type Change = SensorOut['changes'][number]

export function sensorText({ sensors, machine, changes }: SensorOut): string {
  if (sensors.length === 0) {
    const todo =
      machine.problem ??
      `Set one up: picket sensor --interface ${machine.interfaces.find(each => each.kind === 'wired')?.name ?? 'eth0'}`
    return `No sensor is set up.\n${todo}\n\n${interfacesText(machine.interfaces)}`
  }
  const end = changes.length === 0 ? '' : `\n${changes.length} changed signatures: picket sensor signatures\n`
  return sensors.map(oneText).join('\n') + end
}

function oneText(one: One): string {
  const { rules } = one
  const dropped = one.packetsDropped ?? 0
  const seen = one.packets ?? 0
  const lines: [string, string][] = [
    [
      'Sensor',
      `${one.name} (set up ${one.setUpIn === 'page' ? 'with picket sensor, or on the page' : 'in picket.yaml'})`
    ],
    ['State', one.phase === 'running' ? `running since ${one.runningSince}` : one.phase],
    [
      'Suricata',
      one.suricata === undefined
        ? '-'
        : `${one.suricata.version}, process ${one.pid ?? '-'}, ${megabytes(one.memoryBytes)}`
    ],
    ['Watches', `${one.interfaces.join(', ')}; yours: ${one.homeNet.join(', ') || '?'}`],
    [
      'Packets',
      `${count(seen)}, dropped ${count(dropped)} (${seen === 0 ? '0' : ((dropped / seen) * 100).toFixed(2)} %)`
    ],
    ['Events', `${count(one.events)}, lost ${count(one.eventsLost)}`],
    [
      'Rules',
      `${count(rules.loaded)} in force, ${count(rules.off)} off, ${count(rules.refused)} refused${rules.busy ? ` (${rules.busy} now)` : ''}`
    ],
    ['Fetched', `${rules.fetched ?? 'never'}${rules.nextFetch === undefined ? '' : `; next at ${rules.nextFetch}`}`]
  ]
  const problems = one.problems.map(problem => `  ! ${problem}\n`).join('')
  return `${lines.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join('')}${problems}`
}

export function interfacesText(interfaces: SensorOut['machine']['interfaces']): string {
  const rows = interfaces
    .filter(({ kind }) => kind !== 'loopback')
    .map(each => [each.name, each.up ? 'up' : 'down', each.kind, each.addresses.join(', ')])
  return table(['INTERFACE', 'STATE', 'KIND', 'ADDRESSES'], rows)
}

export function changesText(changes: readonly Change[]): string {
  if (changes.length === 0) return 'No signature is changed: all are as their rule sets have them.\n'
  return table(
    ['SID', 'SIGNATURE', 'CHANGE', 'BY', 'AT', 'REASON'],
    changes.map(each => [String(each.sid), each.name, wordsOf(each).join('; '), each.by, each.at, each.reason])
  )
}

export function signatureText({ sid, rule, change }: SignatureOut): string {
  const state =
    rule === undefined ? 'no sensor that runs has it' : rule.enabled ? 'on in its rule set' : 'off in its rule set'
  const changed = change === undefined ? 'not changed' : `${wordsOf(change).join('; ')} (${change.by}, ${change.at})`
  return `${sid}  ${rule?.name ?? change?.name ?? ''}\n${state}; ${changed}\n${rule === undefined ? '' : `\n${rule.text}\n`}`
}

export function wordsOf({ state, threshold, suppress }: Pick<Change, 'state' | 'threshold' | 'suppress'>): string[] {
  const words: string[] = state === undefined ? [] : [state]
  if (threshold !== undefined) {
    const { type, track, count: most, seconds } = threshold
    words.push(`${type} ${most} in ${seconds} s ${track}`)
  }
  for (const { track, address } of suppress) words.push(`suppressed ${track} ${address}`)
  return words
}

const count = (number: number): string => number.toLocaleString('en-US')
const megabytes = (bytes: number | undefined): string => (bytes === undefined ? '-' : `${Math.round(bytes / 1e6)} MB`)
