/**
 * A generator's configuration: text (YAML, of which JSON is a part) → checked → compiled, or what is wrong with it, each with its place in the text.
 * Used by the command line and by the page's preview.
 */

import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { messageOf } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { type Compiled, compileGenerator, type GeneratorOptions } from '../generate/compile.ts'
import { type FieldSpec, fieldTypes, type GeneratorConfig, generatorSchema } from '../generate/config.ts'
import { loadFakers, noFakers } from '../generate/faker/load.ts'
import type { Fakers } from '../generate/field.ts'
import { fakerOptions } from '../generate/fields/faker.ts'
import type { Problem } from '../generate/problem.ts'
import {
  type Diagnostic,
  explain,
  keyText,
  offsetOf,
  type Path,
  type Report,
  shown
} from '../platform/config-diagnostics.ts'

export const configCharactersMax = 1 << 20
const diagnosticsMax = 50
const kindWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  record: 'a section',
  object: 'a section'
}

export type ReadConfig =
  | {
      readonly ok: true
      readonly config: GeneratorConfig
      /** Places what compiling complains about. */
      readonly place: (problems: readonly Problem[]) => readonly Diagnostic[]
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** `file` is what diagnostics call it. Never throws. */
export function readGeneratorConfig(text: string, file: string): ReadConfig {
  try {
    return read(text, file)
  } catch (error) {
    // YAML and the schema are read by recursion.
    if (!(error instanceof RangeError)) throw error
    return { ok: false, diagnostics: [{ file, line: 1, column: 1, key: '', message: 'is nested too deeply' }] }
  }
}

function read(text: string, file: string): ReadConfig {
  const fail = (message: string): ReadConfig => ({
    ok: false,
    diagnostics: [{ file, line: 1, column: 1, key: '', message }]
  })
  if (text.length > configCharactersMax) return fail(`is larger than ${configCharactersMax} characters`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' })
  const diagnostics: Diagnostic[] = []
  const report: Report = (offset, key, message, suggestion) => {
    const { line, col } = lines.linePos(offset)
    const where = { file, line: Math.max(line, 1), column: Math.max(col, 1), key, message }
    if (diagnostics.length < diagnosticsMax)
      diagnostics.push(suggestion === undefined ? where : { ...where, suggestion })
  }
  for (const error of document.errors) report(error.pos[0], '', `is not YAML: ${error.message}`)
  // The schema would leave it out without a word.
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__')
        report(key.range?.[0] ?? 0, '__proto__', 'is no name that can be used')
    }
  })
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    return fail(`is not YAML: ${messageOf(error)}`)
  }
  const result = generatorSchema.safeParse(value)
  if (!result.success) {
    for (const issue of result.error.issues) {
      if (issue.code === 'invalid_union' && 'discriminator' in issue) unknownType(issue.path)
      else if (issue.code === 'invalid_union') noneOf(issue)
      else explain(issue, document, report, generatorSchema)
    }
    return { ok: false, diagnostics: sorted(diagnostics) }
  }
  return {
    ok: true,
    config: result.data,
    place: problems => {
      for (const { path, message, suggestion } of problems)
        report(offsetOf(document, path, false), keyText(path), message, suggestion)
      return sorted(diagnostics)
    }
  }

  /** Of what a value may be one of several: the one that it was probably meant to be, where that can be told; else what each would be. */
  function noneOf(issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>): void {
    const deep =
      issue.errors.find(branch => branch.some(({ path }) => path.length > 0)) ??
      issue.errors.find(one => one.every(({ code }) => code !== 'invalid_type' && code !== 'invalid_union'))
    if (deep !== undefined) {
      for (const inner of deep) {
        const placed = { ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue
        if (placed.code === 'invalid_union')
          report(
            offsetOf(document, placed.path, false),
            keyText(placed.path),
            document.getIn(placed.path as unknown[]) === undefined ? 'is missing' : 'is not understood'
          )
        else explain(placed, document, report, generatorSchema)
      }
      return
    }
    const expected = new Set(
      issue.errors.flat().flatMap(inner => (inner.code === 'invalid_type' ? [inner.expected] : []))
    )
    const words = [...expected].map(one => kindWords[one] ?? one)
    const given: unknown = document.getIn(issue.path as unknown[])
    const list = words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words[0]
    report(
      offsetOf(document, issue.path, false),
      keyText(issue.path),
      `must be ${list ?? 'something else'}, not ${shown(given)}`
    )
  }

  function unknownType(path: Path): void {
    // Zod names the place of the type, or that of the field.
    const typePath = path.at(-1) === 'type' ? path : [...path, 'type']
    const given: unknown = document.getIn(typePath as unknown[])
    const at = offsetOf(document, typePath, false)
    if (given === undefined) report(at, keyText(typePath), `is missing; the types are: ${fieldTypes.join(', ')}`)
    else {
      const suggestion = nearest(String(given), fieldTypes)
      const list = suggestion === undefined ? `; the types are: ${fieldTypes.join(', ')}` : ''
      report(at, keyText(typePath), `is not a known type: ${String(given).slice(0, 80)}${list}`, suggestion)
    }
  }
}

function sorted(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort((a, b) => a.line - b.line || a.column - b.column)
}

export type OpenedGenerator =
  | {
      readonly ok: true
      readonly config: GeneratorConfig
      readonly generator: Extract<Compiled, { ok: true }>['generator']
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Reads, checks and compiles; loads faker's locales if fields want them. `options` may depend on what the configuration says. */
export async function openGenerator(
  text: string,
  file: string,
  options: (config: GeneratorConfig) => { config?: GeneratorConfig; options: Omit<GeneratorOptions, 'fakers'> }
): Promise<OpenedGenerator> {
  const read = readGeneratorConfig(text, file)
  if (!read.ok) return read
  const { config = read.config, options: wanted } = options(read.config)
  const { fakers, problems } = await fakersFor(config)
  if (problems.length > 0) return { ok: false, diagnostics: read.place(problems) }
  const compiled = compileGenerator(config, { ...wanted, fakers })
  return compiled.ok
    ? { ok: true, config, generator: compiled.generator }
    : { ok: false, diagnostics: read.place(compiled.problems) }
}

/** faker with the locales that the configuration names; nothing is loaded for one without such fields. */
async function fakersFor(config: GeneratorConfig): Promise<{ fakers: Fakers; problems: Problem[] }> {
  const wanted: { locale: string; path: (string | number)[] }[] = []
  const walk = (fields: Readonly<Record<string, FieldSpec>> | undefined, path: (string | number)[]): void => {
    for (const [name, spec] of Object.entries(fields ?? {})) look(spec, [...path, name])
  }
  const look = (spec: FieldSpec, path: (string | number)[]): void => {
    if (spec.type === 'faker') wanted.push({ locale: fakerOptions(spec).locale ?? 'en', path })
    if (spec.type === 'object') walk(spec['fields'] as Record<string, FieldSpec>, [...path, 'fields'])
    if (spec.type === 'array') look(spec['items'] as FieldSpec, [...path, 'items'])
  }
  walk(config.fields, ['fields'])
  walk(config.children?.fields, ['children', 'fields'])
  for (const [name, session] of Object.entries(config.sessions ?? {}))
    walk(session.fields, ['sessions', name, 'fields'])
  if (wanted.length === 0) return { fakers: noFakers, problems: [] }
  const { fakers, missing, known } = await loadFakers([...new Set(wanted.map(({ locale }) => locale))])
  return {
    fakers,
    problems: wanted
      .filter(({ locale }) => missing.includes(locale))
      .map(({ locale, path }) => ({
        path: [...path, 'locale'],
        message: `is not a locale of faker's: ${locale}`,
        suggestion: nearest(locale, known)
      }))
  }
}
