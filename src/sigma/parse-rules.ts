/**
 * Files of Sigma's YAML → rules, correlations and what is wrong. Never throws for what the files hold: a document that is wrong is
 * told with its line, and all others load.
 */

import { messageOf } from '../core/errors.ts'
import { isDeclared } from '../correlate/declared-kinds.ts'
import { all, and } from '../filter/expression.ts'
import { aboutOf, type Fields, isFields, logsourceOf, textOf, textsOf, versionOf } from './about.ts'
import { type Clause, conditionClause, expressionOf, type Lowering, searchClause } from './clause.ts'
import { namesIn, parseCondition } from './condition.ts'
import { circular, correlationOf, linkCorrelation, timespanMs } from './correlation.ts'
import { namesOf, nativeNames, routeOf, valueIn } from './logsource.ts'
import { type Path, Problem } from './problem.ts'
import type {
  Correlation,
  Diagnostic,
  Logsource,
  ParsedRules,
  ParseOptions,
  RuleAbout,
  RuleFile,
  Severity,
  SigmaRule
} from './rule.ts'
import { appliesTo, type RuleFilter, ruleFilterOf } from './rule-filter.ts'
import { placeOf, readDocuments, type YamlDocument } from './yaml.ts'

export const rulesMax = 50_000

export function parseRules(files: readonly RuleFile[], options: ParseOptions = {}): ParsedRules {
  const reader = new Reader(options)
  for (const file of files) reader.read(file)
  return reader.finish()
}

/** How a rule's fields and placeholders become those of events. */
export function loweringFor(logsource: Logsource, taxonomy: string | undefined, options: ParseOptions): Lowering {
  const placeholders = options.placeholders ?? (() => undefined)
  if (options.native === true || taxonomy?.toLowerCase() === 'ecs') return { names: nativeNames, placeholders }
  return { names: namesOf(logsource), valueIn: valueIn(logsource), placeholders }
}

/** The detection of a rule (or the selection of a filter) as a tree of clauses. Throws `Problem`. */
export function detectionClause(
  detection: Fields,
  lowering: Lowering,
  warn: (message: string, path: Path) => void
): Clause {
  const names = Object.keys(detection).filter(name => name !== 'condition' && name !== 'timeframe' && name !== 'rules')
  const given = detection['condition']
  const conditions: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (given === undefined || given === null || conditions.length === 0)
    throw new Problem(
      'The detection has no condition.',
      ['condition'],
      names.length === 1 ? `condition: ${names[0]}` : undefined
    )
  const clauses = new Map<string, Clause>()
  for (const name of names) {
    clauses.set(
      name,
      within([name], () => searchClause(name, detection[name], lowering))
    )
  }
  const used = new Set<string>()
  const of = conditions.map((text, at) =>
    within(Array.isArray(given) ? ['condition', at] : ['condition'], () => {
      if (typeof text !== 'string') throw new Problem('The condition is a text.')
      const condition = parseCondition(text, names)
      for (const name of namesIn(condition)) used.add(name)
      return conditionClause(condition, clauses, text)
    })
  )
  for (const name of names) if (!used.has(name)) warn(`${name} is not used by the condition.`, [name])
  return of.length === 1 ? of[0]! : { kind: 'or', text: 'one of the conditions', of }
}

/** Problems are within this part of the document, but for those whose path begins with one of `others`. */
function within<T>(path: Path, run: () => T, others?: ReadonlySet<unknown>): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof Problem) || others?.has(error.path[0])) throw error
    throw new Problem(error.message, [...path, ...error.path], error.suggestion)
  }
}

type Draft = { rule: SigmaRule; readonly document: YamlDocument; readonly lowering: Lowering }

class Reader {
  readonly #options: ParseOptions
  readonly #drafts: Draft[] = []
  readonly #correlations: { correlation: Correlation; readonly document: YamlDocument }[] = []
  readonly #filters: RuleFilter[] = []
  readonly #diagnostics: Diagnostic[] = []
  /** Where each id and name was met first. */
  readonly #places = new Map<string, string>()
  /** Name → id, and id → itself. */
  readonly #ids = new Map<string, string>()
  /** What the placeholders of the document under way stood for: its version changes with them. */
  #placeholdersSeen: string[] = []

  constructor(options: ParseOptions) {
    this.#options = options
  }

  read(file: RuleFile): void {
    const { documents, problems } = readDocuments(file.text)
    for (const { line, column, message } of problems)
      this.#diagnostics.push({ file: file.path, line, column, severity: 'error', message })
    let common: Fields = {}
    for (const [index, document] of documents.entries()) {
      this.#attempt(file.path, document, () => {
        if (!isFields(document.value)) throw new Problem('A rule is a map: title, logsource, detection.')
        // A collection of the first Sigma: what several documents share is said once.
        if (document.value['action'] === 'global') common = document.value
        else this.#readDocument(file.path, index, document, merged(common, document.value))
      })
    }
  }

  finish(): ParsedRules {
    this.#applyFilters()
    const correlations = this.#link()
    const parts = this.#parts(correlations)
    return {
      rules: this.#drafts.map(({ rule }) => (parts.has(rule.id) ? { ...rule, partOnly: true } : rule)),
      correlations: correlations.map(one => (parts.has(one.id) ? { ...one, partOnly: true } : one)),
      diagnostics: this.#diagnostics
    }
  }

  #attempt(file: string, document: YamlDocument, run: () => void): void {
    try {
      run()
    } catch (error) {
      const path = error instanceof Problem ? error.path : []
      const suggestion = error instanceof Problem ? error.suggestion : undefined
      this.#report(file, document, 'error', messageOf(error), path, suggestion)
    }
  }

  #report(
    file: string,
    document: YamlDocument,
    severity: Severity,
    message: string,
    path: Path,
    suggestion?: string
  ): void {
    const id = isFields(document.value) ? document.value['id'] : undefined
    this.#diagnostics.push({
      file,
      ...placeOf(document, path),
      severity,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(typeof id === 'string' ? { rule: id } : {})
    })
  }

  #readDocument(file: string, index: number, document: YamlDocument, fields: Fields): void {
    if (isDeclared(fields)) return
    if (fields['correlation'] !== undefined) {
      const correlation = within(['correlation'], () => correlationOf(fields, file, index, document), aboutKeys)
      this.#register(correlation)
      this.#correlations.push({ correlation, document })
    } else if (fields['filter'] !== undefined && fields['detection'] === undefined) {
      this.#filters.push(ruleFilterOf(fields, file, document))
    } else if (fields['detection'] !== undefined) {
      if (this.#drafts.length >= rulesMax) throw new Problem(`More than ${rulesMax} rules.`)
      const draft = this.#draftOf(file, index, document, fields)
      this.#register(draft.rule)
      this.#drafts.push(draft)
    } else throw new Problem('There is no detection (nor a correlation, nor a filter) in this document.')
  }

  #register(about: RuleAbout): void {
    const other = this.#places.get(about.id)
    if (other !== undefined) throw new Problem(`The id is that of another rule, too: ${other}.`, ['id'])
    this.#places.set(about.id, `${about.file}:${about.line}`)
    this.#ids.set(about.id, about.id)
    if (about.name === undefined || about.name === about.id) return
    if (this.#ids.has(about.name)) throw new Problem(`Another rule has the name ${about.name}, too.`, ['name'])
    this.#ids.set(about.name, about.id)
  }

  #draftOf(file: string, index: number, document: YamlDocument, fields: Fields): Draft {
    const detection = fields['detection']
    if (!isFields(detection))
      throw new Problem('The detection is a map: search identifiers and a condition.', ['detection'])
    const logsource = logsourceOf(fields)
    const lowering = this.#lowering(logsource, textOf(fields, 'taxonomy'))
    this.#placeholdersSeen = []
    const clause = within(['detection'], () =>
      detectionClause(detection, lowering, (message, path) =>
        this.#report(file, document, 'warning', message, ['detection', ...path])
      )
    )
    const about = aboutOf(fields, file, index, document, this.#placeholdersSeen.join('\n'))
    const rule: SigmaRule = {
      ...about,
      logsource,
      expression: expressionOf(clause),
      route: this.#options.native ? all : routeOf(logsource),
      ...groupingOf(fields)
    }
    return { rule, document, lowering }
  }

  #lowering(logsource: Logsource, taxonomy: string | undefined): Lowering {
    return loweringFor(logsource, taxonomy, {
      ...this.#options,
      placeholders: name => {
        const values = this.#options.placeholders?.(name)
        this.#placeholdersSeen.push(`${name}=${JSON.stringify(values)}`)
        return values
      }
    })
  }

  #applyFilters(): void {
    for (const filter of this.#filters) {
      const { title, file, line, text, document } = filter
      this.#attempt(file, document, () => {
        let applied = false
        for (const draft of this.#drafts) {
          if (!appliesTo(filter, draft.rule)) continue
          applied = true
          const { rule } = draft
          const clause = within(['filter'], () => detectionClause(filter.selection, draft.lowering, () => {}))
          draft.rule = {
            ...rule,
            expression: and([rule.expression, expressionOf(clause)]),
            filters: [...(rule.filters ?? []), { title, file, line, text }],
            version: versionOf(rule.version + text)
          }
        }
        for (const [at, rule] of (filter.rules ?? []).entries())
          if (!this.#ids.has(rule))
            this.#report(file, document, 'warning', `There is no rule with the id or name ${JSON.stringify(rule)}.`, [
              'filter',
              'rules',
              at
            ])
        if (!applied)
          this.#report(file, document, 'warning', 'The filter is for no rule: look at its logsource and rules.', [
            'filter'
          ])
      })
    }
  }

  #link(): Correlation[] {
    const known = [...this.#ids.keys()]
    const linked: Correlation[] = []
    for (const { correlation, document } of this.#correlations) {
      this.#attempt(correlation.file, document, () => {
        linked.push(linkCorrelation(correlation, reference => this.#ids.get(reference), known))
      })
    }
    // One that was refused refuses those that stand on it.
    let kept = linked
    for (;;) {
      const there = new Set([...this.#drafts.map(({ rule }) => rule.id), ...kept.map(({ id }) => id)])
      const circles = circular(kept)
      const next = kept.filter(one => !circles.has(one.id) && one.rules.every(rule => there.has(rule)))
      for (const lost of kept.filter(one => !next.includes(one))) {
        const { document } = this.#correlations.find(({ correlation }) => correlation.id === lost.id)!
        const message = circles.has(lost.id)
          ? 'The correlation is about itself.'
          : 'A correlation that it is about was refused.'
        this.#report(lost.file, document, 'error', message, ['correlation', 'rules'])
      }
      if (next.length === kept.length) return next
      kept = next
    }
  }

  /** Rules that only serve a correlation of the same file, which does not ask that they also stand alone. */
  #parts(correlations: readonly Correlation[]): Set<string> {
    const files = new Map<string, string>(
      [...this.#drafts.map(({ rule }) => rule), ...correlations].map(one => [one.id, one.file])
    )
    return new Set(
      correlations.filter(one => !one.generate).flatMap(one => one.rules.filter(rule => files.get(rule) === one.file))
    )
  }
}

/** Parts of a correlation's document that are not under `correlation`. */
const aboutKeys: ReadonlySet<unknown> = new Set([
  'title',
  'id',
  'level',
  'status',
  'tags',
  'references',
  'fields',
  'falsepositives',
  'name',
  'description',
  'author',
  'date',
  'modified'
])

function merged(common: Fields, fields: Fields): Fields {
  const { action: _, ...rest } = common
  const out: Record<string, unknown> = { ...rest }
  for (const [key, value] of Object.entries(fields)) {
    const under = out[key]
    out[key] = isFields(under) && isFields(value) ? merged(under, value) : value
  }
  return out
}

const groupFieldsMax = 10

function groupingOf(fields: Fields): Pick<SigmaRule, 'groupBy' | 'windowMs'> {
  const own = fields['picket']
  if (own === undefined || own === null) return {}
  return within(['picket'], () => {
    if (!isFields(own)) throw new Problem('picket is a map: group_by and window.')
    const groupBy = textsOf(own, 'group_by')
    if (groupBy.length > groupFieldsMax) throw new Problem(`More than ${groupFieldsMax} fields.`, ['group_by'])
    const window = own['window']
    return {
      ...(groupBy.length === 0 ? {} : { groupBy }),
      ...(window === undefined || window === null ? {} : { windowMs: timespanMs(window, 'window') })
    }
  })
}
