/**
 * Files of Sigma's YAML → rules, correlations and what is wrong. Never throws for what the files hold: a document that is wrong is
 * told with its line, and all others load.
 */

import { messageOf } from '../core/errors.ts'
import { aboutOf, type Fields, isFields, logsourceOf } from './about.ts'
import { type Clause, conditionClause, expressionOf, type Lowering, searchClause } from './clause.ts'
import { namesIn, parseCondition } from './condition.ts'
import { namesOf, nativeNames, routeOf } from './logsource.ts'
import { type Path, Problem } from './problem.ts'
import type {
  Correlation,
  Diagnostic,
  Logsource,
  ParsedRules,
  ParseOptions,
  RuleFile,
  Severity,
  SigmaRule
} from './rule.ts'
import { placeOf, readDocuments, type YamlDocument } from './yaml.ts'

export const rulesMax = 50_000

export function parseRules(files: readonly RuleFile[], options: ParseOptions = {}): ParsedRules {
  const reader = new Reader(options)
  for (const file of files) reader.read(file)
  return reader.finish()
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

function within<T>(path: Path, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof Problem) throw new Problem(error.message, [...path, ...error.path], error.suggestion)
    throw error
  }
}

class Reader {
  readonly #options: ParseOptions
  readonly #rules: SigmaRule[] = []
  readonly #correlations: Correlation[] = []
  readonly #diagnostics: Diagnostic[] = []
  readonly #ids = new Map<string, string>()
  /** What the document's placeholders stood for: its version changes with them. */
  #placeholdersSeen: string[] = []

  constructor(options: ParseOptions) {
    this.#options = options
  }

  read(file: RuleFile): void {
    const { documents, problems } = readDocuments(file.text)
    for (const { line, column, message } of problems)
      this.#diagnostics.push({ file: file.path, line, column, severity: 'error', message })
    for (const [index, document] of documents.entries()) {
      try {
        this.#readDocument(file.path, index, document)
      } catch (error) {
        const path = error instanceof Problem ? error.path : []
        const suggestion = error instanceof Problem ? error.suggestion : undefined
        this.#report(file.path, document, 'error', messageOf(error), path, suggestion)
      }
    }
  }

  finish(): ParsedRules {
    return { rules: this.#rules, correlations: this.#correlations, diagnostics: this.#diagnostics }
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

  #readDocument(file: string, index: number, document: YamlDocument): void {
    const fields = document.value
    if (!isFields(fields)) throw new Problem('A rule is a map: title, logsource, detection.')
    if (fields['detection'] === undefined)
      throw new Problem('There is no detection (nor a correlation, nor a filter) in this document.')
    if (this.#rules.length >= rulesMax) throw new Problem(`More than ${rulesMax} rules.`)
    const rule = this.#ruleOf(file, index, document, fields)
    const other = this.#ids.get(rule.id)
    if (other !== undefined) throw new Problem(`The id is that of another rule, too: ${other}.`, ['id'])
    this.#ids.set(rule.id, `${file}:${document.line}`)
    this.#rules.push(rule)
  }

  #ruleOf(file: string, index: number, document: YamlDocument, fields: Fields): SigmaRule {
    const detection = fields['detection']
    if (!isFields(detection))
      throw new Problem('The detection is a map: search identifiers and a condition.', ['detection'])
    const logsource = logsourceOf(fields)
    this.#placeholdersSeen = []
    const clause = within(['detection'], () =>
      detectionClause(detection, this.#lowering(logsource), (message, path) =>
        this.#report(file, document, 'warning', message, ['detection', ...path])
      )
    )
    const about = aboutOf(fields, file, index, document, this.#placeholdersSeen.join('\n'))
    return {
      ...about,
      logsource,
      expression: expressionOf(clause),
      route: this.#options.native ? { kind: 'all' } : routeOf(logsource)
    }
  }

  #lowering(logsource: Logsource): Lowering {
    return {
      names: this.#options.native ? nativeNames : namesOf(logsource),
      placeholders: name => {
        const values = this.#options.placeholders?.(name)
        this.#placeholdersSeen.push(`${name}=${JSON.stringify(values)}`)
        return values
      }
    }
  }
}
