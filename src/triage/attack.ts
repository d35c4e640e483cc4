/**
 * MITRE ATT&CK for people: which tactics and techniques the tags of a rule mean (`attack.t1110.001`, `attack.credential-access`).
 * The names are in `attack-names.ts`; what is not there is shown by its id.
 */

import { tacticNames, techniqueNames } from './attack-names.ts'

export type AttackName = {
  /** T1110.001, TA0006. */
  readonly id: string
  /** Brute Force: Password Guessing. */
  readonly name: string
  /** Of a technique: the names of the tactics that it serves. */
  readonly tactics: readonly string[]
  readonly url: string
}

const tagsMax = 50

/** Each technique and tactic once, techniques first; a tactic that one of the techniques serves is not told again. */
export function techniquesOf(tags: readonly string[]): AttackName[] {
  const found = new Map<string, AttackName>()
  for (const tag of tags.slice(0, tagsMax)) {
    const id = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase()
    if (id !== undefined && !found.has(id)) found.set(id, techniqueOf(id))
  }
  const served = new Set([...found.values()].flatMap(({ tactics }) => tactics))
  for (const tag of tags.slice(0, tagsMax)) {
    const tactic = tacticOf(tag)
    if (tactic !== undefined && !served.has(tactic.name) && !found.has(tactic.id)) found.set(tactic.id, tactic)
  }
  return [...found.values()]
}

function techniqueOf(id: string): AttackName {
  const [parent = id, sub] = id.split('.')
  const known = techniqueNames()
  const whole = known.get(parent)
  const own = sub === undefined ? undefined : known.get(id)
  const name = own === undefined ? (whole?.name ?? id) : `${whole?.name ?? parent}: ${own.name}`
  return {
    id,
    name,
    tactics: (whole?.tactics ?? []).map(key => tacticNames.get(key)?.name ?? key),
    url: `https://attack.mitre.org/techniques/${parent}/${sub === undefined ? '' : `${sub}/`}`
  }
}

function tacticOf(tag: string): AttackName | undefined {
  const word = /^attack\.([a-z][a-z0-9_-]{2,40})$/i.exec(tag)?.[1]?.toLowerCase().replaceAll('_', '-')
  if (word === undefined) return undefined
  for (const [key, { id, name }] of tacticNames)
    if (key === word || id.toLowerCase() === word)
      return { id, name, tactics: [], url: `https://attack.mitre.org/tactics/${id}/` }
  return undefined
}
