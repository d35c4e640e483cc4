/**
 * The `alert` object of EVE records. Gives ECS `rule.*`, `threat.*`, severity and verdict, and what is left for `suricata.eve.alert`.
 * Keys of the rule's metadata that the "better schema" defines move from `alert.metadata` up to `alert`, as in Elastic's mapping.
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-alert, https://better-schema.readthedocs.io
 */

import { object, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { countOf, keep, type Rest, stringsOf } from './rest.ts'

type Named = { readonly id: JsonValue | undefined; readonly name: JsonValue | undefined }

export type AlertSection = {
  readonly message: string | undefined
  readonly rule: {
    readonly category: string | undefined
    readonly id: string | undefined
    readonly name: string | undefined
  }
  readonly severity: number | undefined
  /** `allowed` or `denied` (or what else the record says), for `event.type`. */
  readonly action: string | undefined
  readonly threat: { readonly framework: string; readonly tactic: Named; readonly technique: Named } | undefined
  readonly fileName: JsonValue | undefined
  readonly rest: Rest
}

export function alertOf(alert: JsonObject): AlertSection {
  const category = typeof alert['category'] === 'string' ? alert['category'] : undefined
  const action = text(alert['action'])
  const severity = countOf(alert['severity'])
  const metadata = object(alert['metadata'])
  const rest: Rest = {}
  for (const key in alert) {
    switch (key) {
      case 'action':
        // `blocked` is written as ECS's `denied`: keep the word of the record.
        if (action === undefined || action === 'blocked') rest[key] = alert[key]
        break
      case 'severity':
        if (severity === undefined) rest[key] = alert[key]
        break
      case 'metadata':
        if (metadata === undefined) rest[key] = alert[key]
        break
      default:
        keep(rest, key, alert[key])
    }
  }
  if (metadata !== undefined) spreadMetadata(metadata, alert, rest)
  return {
    message: category,
    rule: {
      category: category === '' ? undefined : category,
      id: textOf(alert['signature_id']),
      name: text(alert['signature'])
    },
    severity,
    action: action === 'blocked' ? 'denied' : action,
    threat: metadata && threatOf(metadata),
    fileName: metadata && stringsOf(metadata['filename']),
    rest
  }
}

/** Adds metadata's keys to `rest`: the defined ones to the alert, what ECS does not take to `metadata`. */
function spreadMetadata(metadata: JsonObject, alert: JsonObject, rest: Rest): void {
  const left: Rest = {}
  let anyLeft = false
  for (const key in metadata) {
    const value = metadata[key]
    let moved = false
    switch (key) {
      case 'protocols':
      case 'attack_target':
      case 'capec_id':
      case 'cwe_id':
      case 'malware':
      case 'cve':
      case 'cvss_v2_base':
      case 'cvss_v2_temporal':
      case 'cvss_v3_base':
      case 'cvss_v3_temporal':
      case 'priority':
      case 'hostile':
      case 'infected':
      case 'classtype':
      case 'rule_source':
      case 'sid':
        moved = alert[key] === undefined
        if (moved) rest[key] = value
        break
      case 'created_at':
      case 'updated_at': {
        const date = alert[key] === undefined ? dateOf(value) : undefined
        if (date === undefined) break
        rest[key] = date.iso
        moved = date.exact
        break
      }
      case 'mitre_attack':
      case 'mitre_tactic_name':
      case 'mitre_technique_id':
      case 'filename':
        moved = isStrings(value)
        break
      case 'mitre_tactic_id':
        moved = isStrings(value) && !isStrings(metadata['mitre_attack'])
        break
    }
    if (moved) continue
    keep(left, key, value)
    anyLeft = true
  }
  if (anyLeft) rest['metadata'] = left as JsonObject
}

function threatOf(metadata: JsonObject): AlertSection['threat'] {
  const tacticId = strings(metadata['mitre_attack']) ?? strings(metadata['mitre_tactic_id'])
  const tacticName = strings(metadata['mitre_tactic_name'])
  const techniqueId = strings(metadata['mitre_technique_id'])
  const techniqueName = strings(metadata['mitre_technique_name'])
  if (tacticId === undefined && tacticName === undefined && techniqueId === undefined && techniqueName === undefined)
    return undefined
  return {
    framework: 'MITRE ATT&CK',
    tactic: { id: tacticId, name: tacticName },
    technique: { id: techniqueId, name: techniqueName }
  }
}

/** A non-empty text, or a list of nothing but non-empty texts (as Suricata writes metadata): then it can move whole. */
function isStrings(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return value !== ''
  if (!Array.isArray(value) || value.length === 0 || value.length > 256) return false
  for (const item of value) if (typeof item !== 'string' || item === '') return false
  return true
}

function strings(value: JsonValue | undefined): JsonValue | undefined {
  return isStrings(value) ? value : undefined
}

/** One date, `2018_01_31` or `2018-01-31`. `exact`: written with underscores in a list, as rules do, so that nothing is lost. */
function dateOf(value: JsonValue | undefined): { iso: string; exact: boolean } | undefined {
  const inList = Array.isArray(value)
  if (inList && value.length !== 1) return undefined
  const date = inList ? value[0] : value
  if (typeof date !== 'string' || date.length !== 10) return undefined
  const us = parseIso(date.replaceAll('_', '-') + 'T00:00:00Z')
  return us === undefined ? undefined : { iso: isoMs(us), exact: inList && date[4] === '_' && date[7] === '_' }
}
