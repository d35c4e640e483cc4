/**
 * A checked configuration → a generator: fields in the order in which they need each other, each a closure with a stream of chance of its own; then the
 * record is written by a closure made for its layout. Nothing is looked up by name while records are made.
 */

import { Compiler, layoutOf, lengthOf } from './compile-fields.ts'
import { epochMs, ofShape } from './compile-shape.ts'
import type { GeneratorConfig } from './config.ts'
import type { Fakers, Slots } from './field.ts'
import { csvWriter, jsonWriter, type Layout } from './layout.ts'
import { type Problem, ProblemError, within } from './problem.ts'
import { Random } from './random.ts'
import { Gatherer, type Scope } from './scope.ts'
import { compileTemplate, readTemplate } from './template.ts'

export type GeneratorOptions = {
  /** What all chance begins with. The same gives the same records, if `isRepeatable`. */
  readonly seed: string | number
  /** The clock is then the records' own: `start` (or 2026-01-01), and `intervalMs` from record to record. */
  readonly isRepeatable: boolean
  readonly nowMs: () => number
  /** Default: 1000. */
  readonly intervalMs?: number | undefined
  readonly fakers: Fakers
  readonly format?: 'ndjson' | 'csv' | 'template' | undefined
  readonly template?: string | undefined
  readonly escapeFormulas?: boolean | undefined
  /** A template for what records are grouped by: partitions of Kafka and Kinesis. */
  readonly key?: string | undefined
}

export type Generator = {
  /** CSV: the line before the first record. */
  readonly header: string | undefined
  /** One record as a line, without the line's end. Undefined: it cannot go on, see `problem`. */
  next(): string | undefined
  /** Of the record that `next` gave last. */
  key(): string | undefined
  /** When the record that `next` gave last happens, in the records' own time. */
  timeMs(): number
  readonly problem: string | undefined
}

export type Compiled =
  | { readonly ok: true; readonly generator: Generator }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Never throws for what is in the configuration. */
export function compileGenerator(config: GeneratorConfig, options: GeneratorOptions): Compiled {
  const gatherer = new Gatherer()
  try {
    const generator = config.shape === undefined ? ofFields(config, options, gatherer) : ofShape(config, options)
    return generator === undefined ? { ok: false, problems: gatherer.problems } : { ok: true, generator }
  } catch (error) {
    gatherer.report(error, [])
    return { ok: false, problems: gatherer.problems }
  }
}

/** Undefined: the gatherer has the problems. */
function ofFields(config: GeneratorConfig, options: GeneratorOptions, gatherer: Gatherer): Generator | undefined {
  if (config.fields === undefined || Object.keys(config.fields).length === 0)
    throw new ProblemError("has no fields: write 'fields:' and below it each field with its type")
  const random = new Random(String(options.seed))
  const slots: Slots = []
  let index = 0
  const now = clockOf(config, options, () => index)
  const compiler = new Compiler({ gatherer, random, now, fakers: options.fakers })

  const sessions = Object.entries(config.sessions ?? {}).map(([name, session]) => ({
    name,
    session,
    scope: gatherer.scopeOf(session.fields, ['sessions', name, 'fields'], `${name}.`)
  }))
  const main = gatherer.scopeOf(config.fields, ['fields'], '', undefined, '', scope => {
    for (const { name, session, scope: inner } of sessions) {
      const path = ['sessions', name]
      for (const extra of ['record', 'records', 'first', 'last'])
        gatherer.add(inner, extra, `${name}.${extra}`, { type: 'constant', constant: null }, path)
      const entry = gatherer.add(scope, `${name}()`, name, { type: 'constant', session }, path, inner)
      entry.slots.push(...inner.entries.flatMap(({ slots }) => slots))
      scope.share(entry, name, inner)
    }
  })
  const child =
    config.children === undefined
      ? undefined
      : gatherer.scopeOf(config.children.fields, ['children', 'fields'], 'children.', main, 'parent.')

  const order = compiler.compile(main)
  const childOrder = child === undefined ? undefined : compiler.compile(child)
  const quotas = compiler.quotas(config, main, child === undefined ? config.count : undefined)
  if (gatherer.problems.length > 0) return undefined
  const free = order.filter(entry => !quotas.some(({ entries }) => entries.has(entry)))
  const layout = layoutOf(main.layers)
  const writer = writerOf(options, config, main, layout, child !== undefined)
  const keyOf = options.key === undefined ? undefined : within(['key'], () => templateOf(options.key!, main))
  const writeChild = child === undefined ? undefined : jsonWriter(layoutOf(child.layers))
  const childCount = child === undefined ? () => 0 : lengthOf(config.children!.count, random.fork('children'))
  const fills = quotas.map(({ quota }) => quota)
  const slotOf = free.map(({ slot }) => slot)
  const draws = free.map(({ field }) => field!.draw)
  const count = draws.length
  const done = compiler.done.get(main) ?? []
  const childDone = child === undefined ? [] : (compiler.done.get(child) ?? [])
  for (let slot = 0; slot < gatherer.slots; slot++) slots.push(null)

  let childrenLeft = 0
  let problem: string | undefined
  return {
    header: writer.header,
    get problem() {
      return problem
    },
    next() {
      if (childrenLeft > 0) {
        childrenLeft--
        for (const entry of childOrder!) slots[entry.slot] = entry.field!.draw(slots)
        for (const one of childDone) one(slots)
        index++
        return writeChild!(slots)
      }
      for (const quota of fills)
        if (!quota.fill(slots)) {
          problem = quota.problem
          return undefined
        }
      for (let i = 0; i < count; i++) slots[slotOf[i]!] = draws[i]!(slots)
      for (let i = 0; i < done.length; i++) done[i]!(slots)
      const line = writer.write(slots)
      childrenLeft = childCount()
      index++
      return line
    },
    key: () => keyOf?.(slots),
    timeMs: now
  }
}

/** Real time (from `start` on, if that is given), or each record's own. */
function clockOf(config: GeneratorConfig, options: GeneratorOptions, index: () => number): () => number {
  const start = typeof config.start === 'number' ? config.start : undefined
  if (options.isRepeatable) {
    const interval = options.intervalMs ?? 1000
    const begin = start ?? epochMs
    return () => begin + index() * interval
  }
  if (start === undefined) return options.nowMs
  const begun = options.nowMs()
  return () => start + options.nowMs() - begun
}

function templateOf(text: string, scope: Scope): (slots: Slots) => string {
  return compileTemplate(readTemplate(text), name => {
    const { entry } = scope.find(name, '')
    return { slot: entry.slot, field: entry.field! }
  })
}

function writerOf(
  options: GeneratorOptions,
  config: GeneratorConfig,
  main: Scope,
  layout: Layout,
  hasChildren: boolean
): { readonly header: string | undefined; readonly write: (slots: Slots) => string } {
  const format = options.format ?? config.format ?? 'ndjson'
  if (format === 'ndjson') return { header: undefined, write: jsonWriter(layout) }
  if (hasChildren)
    throw new ProblemError(`cannot be ${format}: records and their children have different fields`, {
      path: ['format']
    })
  if (format === 'csv') return csvWriter(layout, options.escapeFormulas ?? true)
  const template = options.template ?? config.template
  if (template === undefined)
    throw new ProblemError("is template, but there is no template: write template: '{field} …' or give --template", {
      path: ['format']
    })
  return { header: undefined, write: within(['template'], () => templateOf(template, main)) }
}
