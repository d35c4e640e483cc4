/**
 * Indicators out of STIX 2.0 and 2.1: a bundle, a page of a TAXII collection, a list of objects. What relationships and kill chains say of an
 * indicator (the malware's name, the tactic) becomes labels.
 */

import { parseIso } from '../../core/time.ts'
import type { Found, Reading, Receive } from '../indicator.ts'
import { Notes } from '../lists/lines.ts'
import { lowerPattern } from './lower.ts'
import { isObject, type Json } from './observations.ts'
import { parsePattern } from './parse-pattern.ts'

type StixObject = { readonly [key: string]: Json }

/** Reads text or what it holds. Never throws. */
export function readStix(given: string | Json, receive: Receive): Reading {
  const notes = new Notes('stix', receive)
  const objects = objectsOf(given)
  if (typeof objects === 'string') {
    notes.refuse('text', objects)
    return notes.reading()
  }
  const names = namesByIndicator(objects)
  for (const object of objects) {
    if (object['type'] !== 'indicator') continue
    readIndicator(object, names.get(String(object['id'])) ?? [], notes)
  }
  return notes.reading()
}

/** Does the text look like STIX? */
export function looksLikeStix(text: string): boolean {
  const head = text.slice(0, 4096)
  return /^\s*[[{]/.test(head) && /"(?:type"\s*:\s*"(?:bundle|indicator)|spec_version|pattern_type|objects)"/.test(head)
}

function objectsOf(given: string | Json): readonly StixObject[] | string {
  let value: unknown = given
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given)
    } catch (error) {
      return `not JSON: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  if (isObject(value) && Array.isArray(value['objects'])) value = value['objects']
  const list = Array.isArray(value) ? value : [value]
  const objects = list.filter(isObject).filter(object => typeof object['type'] === 'string')
  return objects.length === 0 && list.length > 0 ? 'there is no STIX object in it' : objects
}

/** What each indicator indicates: the names of malware, actors, campaigns, tools and techniques at the other end. */
function namesByIndicator(objects: readonly StixObject[]): Map<string, string[]> {
  const nameOf = new Map<string, string>()
  for (const object of objects) {
    if (typeof object['id'] === 'string' && typeof object['name'] === 'string')
      nameOf.set(object['id'], techniqueTag(object) ?? object['name'])
  }
  const found = new Map<string, string[]>()
  for (const object of objects) {
    if (object['type'] !== 'relationship' || object['revoked'] === true || object['relationship_type'] !== 'indicates')
      continue
    const from = String(object['source_ref'])
    const name = nameOf.get(String(object['target_ref']))
    if (name === undefined) continue
    const names = found.get(from)
    if (names === undefined) found.set(from, [name])
    else if (names.length < 20) names.push(name)
  }
  return found
}

/** ATT&CK's techniques as Sigma tags them: `attack.t1110.001`. */
function techniqueTag(object: StixObject): string | undefined {
  if (object['type'] !== 'attack-pattern' || !Array.isArray(object['external_references'])) return undefined
  for (const reference of object['external_references']) {
    if (
      isObject(reference) &&
      reference['source_name'] === 'mitre-attack' &&
      /^T\d{4}(?:\.\d{3})?$/.test(String(reference['external_id']))
    )
      return `attack.${String(reference['external_id']).toLowerCase()}`
  }
  return undefined
}

function readIndicator(object: StixObject, names: readonly string[], notes: Notes): void {
  const id = object['id']
  const where = typeof id === 'string' ? id : 'an indicator'
  if (typeof id !== 'string' || !/^indicator--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id)) {
    notes.refuse(where, 'its id is not indicator--UUID')
    return
  }
  const seenMs = timeOf(object['modified']) ?? timeOf(object['created'])
  if (object['revoked'] === true) {
    notes.take({
      id,
      type: 'pattern',
      value: textOf(object['pattern']) ?? '',
      revoked: true,
      ...(seenMs !== undefined && { seenMs })
    })
    return
  }
  const type = textOf(object['pattern_type']) ?? 'stix'
  if (type !== 'stix') {
    notes.refuse(where, `its pattern is ${type}, not STIX`)
    return
  }
  const types = textsOf(object['indicator_types'])
  if (types.includes('benign')) {
    notes.refuse(where, 'it says what is benign, not what is bad')
    return
  }
  const pattern = textOf(object['pattern']) ?? ''
  const parsed = parsePattern(pattern)
  if (!parsed.ok) {
    notes.refuse(where, `${parsed.message} (at character ${parsed.at + 1} of its pattern)`)
    return
  }
  const said = about(object, [...types, ...names], names)
  const found = { ...said, id, ...(seenMs !== undefined && { seenMs }) }
  const lowered = lowerPattern(parsed.pattern)
  if (lowered.kind === 'values') for (const value of lowered.values) notes.take({ ...found, ...value })
  else notes.take({ ...found, type: 'pattern', value: pattern.trim() })
  if (lowered.kind === 'none') notes.unmatched(where, lowered.left.join('; '))
  else if (lowered.left.length > 0) notes.unmatched(where, `a part of it is not matched: ${lowered.left.join('; ')}`)
}

function about(object: StixObject, labels: readonly string[], names: readonly string[]): Omit<Found, 'type' | 'value'> {
  const validFromMs = timeOf(object['valid_from'])
  const validUntilMs = timeOf(object['valid_until'])
  const { confidence } = object
  const name = textOf(object['name']) ?? names.find(name => !name.startsWith('attack.'))
  const description = textOf(object['description'])
  const reference = referenceOf(object['external_references'])
  const all = [...labels, ...textsOf(object['labels']), ...phasesOf(object['kill_chain_phases'])]
  const kept = [...new Set(all.map(label => label.slice(0, 100)))].slice(0, 30)
  return {
    ...(kept.length > 0 && { labels: kept }),
    ...(typeof confidence === 'number' && confidence >= 0 && confidence <= 100 && { confidence }),
    ...(validFromMs !== undefined && { validFromMs }),
    ...(validUntilMs !== undefined && { validUntilMs }),
    ...(name !== undefined && { name: name.slice(0, 300) }),
    ...(description !== undefined && { description: description.slice(0, 2000) }),
    ...(reference !== undefined && { reference })
  }
}

/** ATT&CK's tactics as Sigma tags them; others with their chain's name. */
function phasesOf(phases: Json | undefined): string[] {
  if (!Array.isArray(phases)) return []
  return phases.filter(isObject).flatMap(phase => {
    const chain = textOf(phase['kill_chain_name'])
    const name = textOf(phase['phase_name'])
    if (chain === undefined || name === undefined) return []
    return [chain === 'mitre-attack' ? `attack.${name}` : `${chain}:${name}`]
  })
}

function referenceOf(references: Json | undefined): string | undefined {
  if (!Array.isArray(references)) return undefined
  for (const reference of references) {
    const url = isObject(reference) ? textOf(reference['url']) : undefined
    if (url !== undefined && /^https?:\/\//.test(url) && url.length <= 2048) return url
  }
  return undefined
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

function timeOf(value: Json | undefined): number | undefined {
  const us = typeof value === 'string' ? parseIso(value) : undefined
  return us === undefined ? undefined : us / 1000
}
