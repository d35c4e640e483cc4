/** What rules, correlations and filters say of themselves: title, id, level, tags … */

import { type Level, levels } from '../core/detection.ts'
import { hashText } from '../core/identity.ts'
import { nearest } from '../core/nearest.ts'
import { Problem } from './problem.ts'
import type { Logsource, RuleAbout } from './rule.ts'
import type { YamlDocument } from './yaml.ts'

export type Fields = Readonly<Record<string, unknown>>

const titleLengthMax = 256
const listMax = 1000
const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported']

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text; numbers and the like are taken as one. */
export function textOf(fields: Fields, key: string): string | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object') throw new Problem(`${key} is a text.`, [key])
  const text = String(value).trim()
  return text === '' ? undefined : text
}

/** A list of texts; a single text is a list of one. */
export function textsOf(fields: Fields, key: string): string[] {
  const value = fields[key]
  if (value === undefined || value === null) return []
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (items.length > listMax) throw new Problem(`${key} has more than ${listMax} items.`, [key])
  return items.flatMap((item, at) => {
    if (item === null) return []
    if (typeof item === 'object') throw new Problem(`${key} is a list of texts.`, [key, at])
    return [String(item)]
  })
}

export function aboutOf(fields: Fields, file: string, index: number, document: YamlDocument, more: string): RuleAbout {
  const title = textOf(fields, 'title')
  if (title === undefined) throw new Problem('The title is missing.', ['title'])
  const status = textOf(fields, 'status')?.toLowerCase()
  if (status !== undefined && !statuses.includes(status))
    throw new Problem(`There is no status ${JSON.stringify(status)}.`, ['status'], nearest(status, statuses))
  const id =
    textOf(fields, 'id') ??
    `${file.replace(/^.*[\\/]/, '').replace(/\.ya?ml$/i, '')}${index === 0 ? '' : `#${index + 1}`}`
  const about: { -readonly [K in keyof RuleAbout]: RuleAbout[K] } = {
    id,
    title: title.slice(0, titleLengthMax),
    level: levelOf(fields),
    tags: textsOf(fields, 'tags').map(tag => tag.toLowerCase()),
    references: textsOf(fields, 'references'),
    falsepositives: textsOf(fields, 'falsepositives'),
    fields: textsOf(fields, 'fields'),
    file,
    line: document.line,
    text: document.text,
    version: versionOf(document.text + more)
  }
  for (const key of ['name', 'description', 'author', 'date', 'modified'] as const) {
    const text = textOf(fields, key)
    if (text !== undefined) about[key] = text
  }
  if (status !== undefined) about.status = status
  return about
}

/** 64 bits of a text in 16 hexadecimal digits: two hashes made in one walk (thousands of rules are read at each start). */
export function versionOf(text: string): string {
  let a = 0x9e3779b1
  let b = 0x85ebca77
  for (let i = 0; i < text.length; i += 2) {
    const two = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)
    a = Math.imul(a ^ two, 0x9e3779b1)
    a ^= a >>> 15
    b = Math.imul(b ^ two, 0x5f356495)
    b ^= b >>> 13
  }
  const half = (hash: number): string => hashText(`${hash} ${text.length}`).toString(16).padStart(8, '0')
  return half(a) + half(b)
}

function levelOf(fields: Fields): Level {
  const level = textOf(fields, 'level')?.toLowerCase()
  if (level === undefined) return 'medium'
  const known = levels.find(one => one === level)
  if (known === undefined)
    throw new Problem(
      `There is no level ${JSON.stringify(level)}: it is one of ${levels.join(', ')}.`,
      ['level'],
      nearest(level, levels)
    )
  return known
}

export function logsourceOf(fields: Fields): Logsource {
  const given = fields['logsource']
  if (!isFields(given)) throw new Problem('The logsource is missing: product, category or service.', ['logsource'])
  const out: { -readonly [K in keyof Logsource]: Logsource[K] } = {}
  for (const key of ['product', 'category', 'service'] as const) {
    const value = given[key]
    if (value === undefined || value === null) continue
    if (typeof value === 'object') throw new Problem(`${key} is a text.`, ['logsource', key])
    out[key] = String(value).toLowerCase()
  }
  return out
}
