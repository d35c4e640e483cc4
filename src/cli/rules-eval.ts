/**
 * `picket rules eval`: rules asked of events whose answer is known, as NDJSON of `{rule, logsource, event, expected}`. Events have the field
 * names of the rules, unless they are said to be Picket's own documents.
 */

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, Option } from 'commander'
import { messageOf, PicketError } from '../core/errors.ts'
import type { EcsEvent } from '../core/parser.ts'
import { and } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { type ClauseResult, explainRule } from '../sigma/explain-rule.ts'
import { parseRules } from '../sigma/parse-rules.ts'
import type { Logsource, ParseOptions, SigmaRule } from '../sigma/rule.ts'
import { placeholdersFrom, rulesOfPaths } from './rule-sources.ts'
import { countText } from './show.ts'
import { printable } from './table.ts'

type Options = {
  readonly rules: readonly string[]
  readonly vectors: string
  readonly engine: 'predicate' | 'sql'
  readonly json?: boolean
  readonly mapped?: boolean
  readonly placeholders?: string
}

export function rulesEvalCommand(): Command {
  return new Command('eval')
    .description('ask rules of events whose answers are known, and show where they differ')
    .requiredOption('--rules <paths...>', 'files of rules, or folders of them')
    .requiredOption('--vectors <file>', 'NDJSON of {rule, logsource, event, expected}; - is standard input')
    .addOption(
      new Option('--engine <engine>', 'predicate: as on the stream; sql: as over the store')
        .choices(['predicate', 'sql'])
        .default('predicate')
    )
    .option('--mapped', "events are Picket's documents: fields are mapped, and the logsource is asked")
    .option('--placeholders <file>', 'lists for placeholders, as YAML: Administrators: [root, adm_*]')
    .option('--json', 'as JSON')
    .action(async (options: Options) => {
      const evaluated = await evaluate(options)
      process.stdout.write(options.json === true ? `${JSON.stringify(evaluated, null, 2)}\n` : shown(evaluated))
    })
}

type Vector = {
  readonly rule: string
  readonly logsource: Logsource
  readonly event: EcsEvent
  readonly expected: boolean
}

export type Disagreement = {
  readonly rule: string
  readonly event: unknown
  readonly expected: unknown
  readonly got: boolean | null
  readonly why: string
}

export type Evaluated = {
  readonly total: number
  readonly agree: number
  readonly disagreements: readonly Disagreement[]
}

export async function evaluate(options: Options): Promise<Evaluated> {
  const parsing: ParseOptions = {
    native: options.mapped !== true,
    placeholders: placeholdersFrom(options.placeholders, new Set())
  }
  const { rules, diagnostics } = parseRules(rulesOfPaths(options.rules), parsing)
  const byId = new Map(
    rules.flatMap(rule => [...(rule.name === undefined ? [] : [[rule.name, rule] as const]), [rule.id, rule] as const])
  )
  const refused = new Map(
    diagnostics.flatMap(one => (one.severity === 'error' && one.rule !== undefined ? [[one.rule, one] as const] : []))
  )
  const disagreements: Disagreement[] = []
  const asked: { readonly vector: Vector; readonly rule: SigmaRule }[] = []
  let total = 0
  for await (const line of linesOf(options.vectors)) {
    if (line.trim() === '') continue
    total++
    const vector = vectorOf(line)
    if (typeof vector === 'string') {
      disagreements.push({ rule: '', event: line.slice(0, 500), expected: null, got: null, why: vector })
      continue
    }
    const rule = byId.get(vector.rule)
    if (rule === undefined) {
      const diagnostic = refused.get(vector.rule)
      const why =
        diagnostic === undefined
          ? 'no file has a rule of this id'
          : `the rule was refused: ${diagnostic.file}:${diagnostic.line}: ${diagnostic.message}`
      disagreements.push({ rule: vector.rule, event: vector.event, expected: vector.expected, got: null, why })
    } else asked.push({ vector, rule })
  }
  const answers = await answersOf(asked, options)
  for (const [at, { vector, rule }] of asked.entries()) {
    const { event, expected, logsource } = vector
    const other = otherLogsource(rule.logsource, logsource)
    const got = other === undefined && answers[at]!
    if (got === expected) continue
    const why = other ?? reasonOf(explainRule(rule, event, parsing))
    disagreements.push({ rule: vector.rule, event, expected, got, why })
  }
  return { total, agree: total - disagreements.length, disagreements }
}

type Asked = { readonly vector: Vector; readonly rule: SigmaRule }

async function answersOf(asked: readonly Asked[], options: Options): Promise<readonly boolean[]> {
  const questions = asked.map(({ vector, rule }) => ({ rule, event: vector.event }))
  const whole = (rule: SigmaRule): SigmaRule['expression'] => and([rule.route, rule.expression])
  if (options.engine === 'sql') {
    const { evaluateWithSql } = await import('./rules-eval-sql.ts')
    return evaluateWithSql(questions, whole)
  }
  const predicates = new Map<SigmaRule, (event: EcsEvent) => boolean>()
  return questions.map(({ rule, event }) => {
    let predicate = predicates.get(rule)
    if (predicate === undefined) {
      predicate = toPredicate(whole(rule))
      predicates.set(rule, predicate)
    }
    return predicate(event)
  })
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = path === '-' ? process.stdin : createReadStream(path)
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw new PicketError('file-unreadable', `${path} cannot be read: ${messageOf(error)}`)
  }
}

/** What is wrong with the line, where it is none. */
function vectorOf(line: string): Vector | string {
  let given: unknown
  try {
    given = JSON.parse(line)
  } catch {
    return 'the line is no JSON'
  }
  const { rule, logsource, event, expected } = (given ?? {}) as Record<string, unknown>
  if (typeof rule !== 'string') return 'rule is not the id of a rule'
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'event is no object'
  if (typeof expected !== 'boolean') return 'expected is neither true nor false'
  return { rule, event: event as EcsEvent, expected, logsource: (logsource ?? {}) as Logsource }
}

/** An event of another logsource is none that the rule speaks of. */
function otherLogsource(own: Logsource, given: Logsource): string | undefined {
  for (const key of ['product', 'category', 'service'] as const) {
    const [mine, theirs] = [own[key], given[key]]
    if (mine !== undefined && typeof theirs === 'string' && mine !== theirs.toLowerCase())
      return `the event is of ${key} ${theirs}, the rule is about ${mine}`
  }
  return undefined
}

/** The clause that decided, from the outermost to the innermost. */
export function reasonOf(result: ClauseResult): string {
  const said = `${result.text} is ${result.result}`
  const { of } = result
  if (result.kind === 'not') return `${said}: ${reasonOf(of![0]!)}`
  if (result.kind === 'test') {
    const { field, value } = result
    if (field === undefined) return said
    return `${said} (${value === undefined ? `there is no ${field}` : `${field} is ${JSON.stringify(value)}`})`
  }
  // One clause decides an `and` that is false and an `or` that is true; the other way round all do.
  const one = of!.find(part => part.result === (result.kind === 'or'))
  const deciding = one === undefined ? of!.slice(0, reasonsMax) : [one]
  return deciding.length === 0 ? said : `${said}: ${deciding.map(reasonOf).join('; ')}`
}

const reasonsMax = 3

const disagreementsShownMax = 50

function shown({ total, agree, disagreements }: Evaluated): string {
  const lines = disagreements
    .slice(0, disagreementsShownMax)
    .map(({ rule, event, expected, got, why }) =>
      printable(`${rule}: expected ${expected}, got ${got ?? 'nothing'}: ${why}: ${JSON.stringify(event)}`)
    )
  const more = disagreements.length - lines.length
  if (more > 0) lines.push(`… and ${countText(more)} more (--json lists all)`)
  return [...lines, `${countText(agree)} of ${countText(total)} as expected`, ''].join('\n')
}
