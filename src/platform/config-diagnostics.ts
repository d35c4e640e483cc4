/**
 * What is wrong with a `picket.yaml`, and where: turns the schema's complaints into lines that name the place in the text
 * and, for what was mistyped, what was probably meant. Used by `config.ts`.
 */

import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml'
import type { z } from 'zod'
import { nearest } from '../core/nearest.ts'
import { configSchema, viewOf } from './config-schema.ts'

export type Diagnostic = {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** `server.port`, `sources[0].type`; empty for the file as a whole. */
  readonly key: string
  readonly message: string
  /** What was probably meant. */
  readonly suggestion?: string
}

export type Report = (offset: number, key: string, message: string, suggestion?: string) => void
export type Path = readonly PropertyKey[]

/** One line each: `picket.yaml:3:5 server.prot is not a known key; did you mean port?` */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  write: (text: string) => void = text => void process.stderr.write(text)
): void {
  for (const { file, line, column, key, message, suggestion } of diagnostics) {
    const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
    write(`${file}:${line}:${column} ${key === '' ? '' : key + ' '}${message}${hint}\n`)
  }
}

/** `schema`: what the document was checked against. */
export function explain(
  issue: z.core.$ZodIssue,
  document: Document,
  report: Report,
  schema: z.ZodType = configSchema
): void {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path, document, schema)
    for (const key of issue.keys) {
      const path = [...issue.path, key]
      const hint = nearest(key, known)
      const list = hint === undefined && known.length > 0 ? `; known here: ${known.join(', ')}` : ''
      report(offsetOf(document, path, true), keyText(path), `is not a known key${list}`, hint)
    }
    return
  }
  const at = offsetOf(document, issue.path, false)
  const key = keyText(issue.path)
  // A secret is not repeated in a message that ends up in a log.
  const given = issue.path.at(-1) === 'password' ? 'what is written here' : document.getIn(issue.path as unknown[])
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const known = (issue as { options?: unknown[] }).options?.map(String) ?? []
    if (given === undefined) report(at, key, `is missing; known types: ${known.join(', ')}`)
    else
      report(at, key, `is not a known type: ${shown(given)}; known: ${known.join(', ')}`, nearest(String(given), known))
  } else if (issue.code === 'invalid_value') {
    const known = issue.values.map(String)
    report(at, key, `must be one of ${known.join(', ')}, not ${shown(given)}`, nearest(String(given), known))
  } else if (issue.code === 'invalid_type' && given === undefined) {
    report(at, key, `is missing`)
  } else if (issue.code === 'invalid_type') {
    report(at, key, `must be ${article(issue.expected)}, not ${shown(given)}`)
  } else if (issue.code === 'invalid_union') {
    report(at, key, `must be text or a number, not ${shown(given)}`)
  } else if (issue.code === 'too_small' || issue.code === 'too_big') {
    const least = issue.code === 'too_small'
    const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum
    const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''
    report(at, key, `must be at ${least ? 'least' : 'most'} ${bound}${unit}`)
  } else if (issue.code === 'invalid_format' && issue.format === 'url') {
    report(at, key, `is not an http:// or https:// address: ${shown(given)}`)
  } else if (issue.code === 'custom') {
    report(at, key, issue.message)
  } else {
    report(at, key, issue.message.startsWith('must') ? issue.message : `is not valid: ${issue.message}`)
  }
}

/** The keys that the schema knows at a path. Where kinds differ by their `type`, those of the type that is written there. */
function knownKeys(path: Path, document: Document, schema: z.ZodType): readonly string[] {
  let view = viewOf(schema)
  for (const [index, step] of path.entries()) {
    const next = view.element ?? view.shape?.[String(step)]
    if (next === undefined) return []
    view = viewOf(next)
    if (view.options !== undefined) {
      const type = document.getIn([...path.slice(0, index + 1), 'type'])
      const options = view.options.map(viewOf)
      const next = path[index + 1]
      const chosen =
        options.find(({ shape }) => shape?.['type'] !== undefined && viewOf(shape['type']).values?.includes(type)) ??
        options.find(({ shape, kind }) =>
          typeof next === 'number' ? kind === 'array' : shape !== undefined && shape['type'] === undefined
        )
      if (chosen === undefined) return []
      view = chosen
    }
  }
  return Object.keys(view.shape ?? {})
}

/** Where a path stands in the text: its value, or its key; the nearest thing around it if it is absent. */
export function offsetOf(document: Document, path: Path, key: boolean): number {
  let node: Node | null | undefined = document.contents as Node | null
  let offset = node?.range?.[0] ?? 0
  for (const [index, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) return offset
      const keyNode = pair.key as Node
      const value: Node | null | undefined = pair.value as Node | null
      const last = index === path.length - 1
      offset = (last && !key ? value?.range?.[0] : keyNode.range?.[0]) ?? keyNode.range?.[0] ?? offset
      node = value
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

export function keyText(path: Path): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    ''
  )
}

export function shown(value: unknown): string {
  if (isMap(value)) return 'a section'
  if (isSeq(value)) return 'a list'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? text.slice(0, 77) + '…' : text
}

function article(expected: string): string {
  const words: Record<string, string> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    object: 'a section (key: value lines)',
    record: 'a section (key: value lines)',
    array: "a list ('- ' lines)",
    boolean: 'true or false'
  }
  return words[expected] ?? expected
}
