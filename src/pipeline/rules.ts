/**
 * The rules in force: the texts of the folders, what people decided about them, and their exceptions, made into what the workers run.
 * docs/adr/0013-rules-in-force.md says which are on to begin with and where each of these is kept.
 */

import { createHash } from 'node:crypto'
import type { Level, MatchKind, RuleSummary } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import type { EcsEvent } from '../core/parser.ts'
import { type Declared, readDeclared } from '../correlate/declared.ts'
import { type PackedRules, packRules } from '../detect/packed-rules.ts'
import type { DetectionRule } from '../detect/rule.ts'
import { and, type Expression, not, or } from '../filter/expression.ts'
import { parseQuery } from '../filter/parse-query.ts'
import { delimiterOf, splitCells } from '../parsers/csv/split.ts'
import { type ClauseResult, explainRule } from '../sigma/explain-rule.ts'
import { parseRules } from '../sigma/parse-rules.ts'
import type { Correlation, Diagnostic, ParsedRules, RuleAbout, RuleFile, SigmaRule } from '../sigma/rule.ts'
import { useRuleTexts as keepTextsFrom } from '../state/alert-rules.ts'
import { listLookups, lookupNamed } from '../state/lookups.ts'
import {
  keepRuleVersions,
  openExceptions,
  type RuleDecision,
  type RuleException,
  ruleDecisions,
  ruleVersionText
} from '../state/rules.ts'
import type { State } from '../state/state.ts'
import { type Origin, originOf, type RuleFolders, readRuleFiles, stateOfFolder } from './rule-files.ts'

/** What is known of a rule or a correlation beside its text. */
export type Standing = {
  readonly origin: Origin
  readonly enabled: boolean
  /** Would it be on if nobody had decided? */
  readonly byDefault: boolean
  /** Why it is on or off, in words. */
  readonly why: string
  /** What alerts say of it: with the level that holds here, and the version of text, level and exceptions together. */
  readonly summary: RuleSummary
  /** In force now. */
  readonly exceptions: readonly RuleException[]
}

export type KnownRule = Standing & {
  readonly rule: SigmaRule
  /** Its detection, exceptions folded in. */
  readonly expression: Expression
}

export type KnownCorrelation = Standing & {
  readonly correlation: Correlation
  /** Events that its exceptions take out of it: to be folded into what it counts. `none` where there are none. */
  readonly excepted: Expression
}

/** A threshold or baseline of our own. */
export type KnownDeclared = Standing & {
  readonly declared: Declared
  readonly excepted: Expression
}

export type Rules = {
  readonly rules: readonly KnownRule[]
  readonly correlations: readonly KnownCorrelation[]
  readonly declared: readonly KnownDeclared[]
  readonly diagnostics: readonly Diagnostic[]
  /** All files that were read, for what else than Sigma stands in them. */
  readonly files: readonly RuleFile[]
  rule(id: string): KnownRule | undefined
  correlation(id: string): KnownCorrelation | undefined
  declaredBy(id: string): KnownDeclared | undefined
  /** What a text would be as a file of rules of our own. Nothing changes. */
  read(text: string): ParsedFiles
  /** Why a rule matches an event, or why not; without its exceptions. */
  explain(known: KnownRule, event: EcsEvent): ClauseResult
  /** Those that the workers run. */
  inForce(): readonly DetectionRule[]
  /** Reads the folders again. */
  reload(): void
  /** Takes up what was decided; the texts stay as they were read. */
  refresh(): void
  /** Calls back after each change, until the function that it gives is called. */
  onChange(listener: () => void): () => void
  close(): void
}

/** What the files hold: Sigma's rules, and our own thresholds and baselines. */
export type ParsedFiles = ParsedRules & { readonly declared: readonly Declared[] }

export type RulesOptions = {
  readonly folders: RuleFolders
  readonly state: State
  readonly apply: (rules: PackedRules) => void
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly nowMs: () => number
  /** How often the data folder is looked at; 0: never. */
  readonly watchMs?: number
}

export function openRules(options: RulesOptions): Rules {
  const { folders, state, apply, log, nowMs } = options
  let files: readonly RuleFile[] = []
  let parsed: ParsedFiles = { rules: [], correlations: [], declared: [], diagnostics: [] }
  let rules: KnownRule[] = []
  let correlations: KnownCorrelation[] = []
  let declared: KnownDeclared[] = []
  let diagnostics: Diagnostic[] = []
  let byId = new Map<string, KnownRule>()
  let correlationsById = new Map<string, KnownCorrelation>()
  let declaredById = new Map<string, KnownDeclared>()
  let before = { byId, correlationsById, declaredById }
  let nextExpiryMs = Number.POSITIVE_INFINITY
  const listeners = new Set<() => void>()

  let asksLists = false
  const placeholders = (name: string): string[] | undefined => {
    asksLists = true
    return placeholderValues(state, name)
  }
  /** Changes when a list behind a placeholder may have; '' where no rule has one. */
  const listsNow = (): string =>
    asksLists
      ? listLookups(state)
          .map(({ name, updatedMs }) => `${name} ${updatedMs}`)
          .join()
      : ''
  let seenFiles = ''
  let seenLists = ''

  const inForce = (): DetectionRule[] => detectionRules(rules)

  const refresh = (): void => {
    const now = nowMs()
    const settled = settle(parsed, ruleDecisions(state), openExceptions(state), now)
    rules = settled.rules
    correlations = settled.correlations
    declared = settled.declared
    nextExpiryMs = settled.nextExpiryMs
    diagnostics = [...parsed.diagnostics, ...settled.diagnostics]
    before = { byId, correlationsById, declaredById }
    byId = new Map(rules.map(known => [known.rule.id, known]))
    correlationsById = new Map(correlations.map(known => [known.correlation.id, known]))
    declaredById = new Map(declared.map(known => [known.declared.id, known]))
    apply(packRules(inForce()))
    for (const listener of listeners) {
      try {
        listener()
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'somebody could not take up the changed rules')
      }
    }
  }

  const reload = (): void => {
    // Before they are read: what changes meanwhile is seen the next time.
    seenFiles = stateOfFolder(folders.data)
    const read = readRuleFiles(folders)
    files = read.files
    const found = parseFiles(files, placeholders)
    seenLists = listsNow()
    parsed = { ...found, diagnostics: [...read.diagnostics, ...withoutReplaced(found.diagnostics)] }
    const texts = [...parsed.rules, ...parsed.correlations, ...parsed.declared]
    const versions = texts.map(({ id, version, file, text }) => ({ rule: id, version, file, text }))
    try {
      keepRuleVersions(state, versions, nowMs())
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the versions of the rules could not be written down')
    }
    refresh()
  }

  keepTextsFrom(state, ({ id, version }) => {
    // What matched under rules that have changed meanwhile is settled now.
    const maps = [{ byId, correlationsById, declaredById }, before]
    const all = maps.flatMap(map => [map.byId.get(id), map.correlationsById.get(id), map.declaredById.get(id)])
    const known = all.find(candidate => candidate?.summary.version === version)
    return known === undefined ? ruleVersionText(state, id, version) : textOf(known)
  })
  reload()

  let timer: NodeJS.Timeout | undefined
  const watchMs = options.watchMs ?? 2_000
  const look = (): void => {
    const startedMs = performance.now()
    try {
      if (stateOfFolder(folders.data) !== seenFiles || listsNow() !== seenLists) {
        reload()
        log.info({ rules: rules.length, problems: diagnostics.length }, 'the rules in the data folder changed')
      } else if (nowMs() >= nextExpiryMs) refresh()
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the rules could not be read again; those in force stay')
    }
    // Thousands of files take longer to look at: never more than a hundredth of the time.
    schedule(Math.max(watchMs, (performance.now() - startedMs) * 100))
  }
  const schedule = (ms: number): void => {
    timer = setTimeout(look, ms).unref()
  }
  if (watchMs > 0) schedule(watchMs)

  return {
    get rules() {
      return rules
    },
    get correlations() {
      return correlations
    },
    get declared() {
      return declared
    },
    get diagnostics() {
      return diagnostics
    },
    get files() {
      return files
    },
    rule: id => byId.get(id),
    correlation: id => correlationsById.get(id),
    declaredBy: id => declaredById.get(id),
    explain: ({ rule }, event) => explainRule(rule, event, { placeholders }),
    read: text => parseFiles([{ path: 'own/text.yml', text }], placeholders),
    inForce,
    reload,
    refresh,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => clearTimeout(timer)
  }
}

function parseFiles(files: readonly RuleFile[], placeholders: (name: string) => string[] | undefined): ParsedFiles {
  const sigma = parseRules(files, { placeholders })
  const own = readDeclared(files)
  const taken = new Set([...sigma.rules, ...sigma.correlations].map(({ id }) => id))
  const clashes = own.declared.filter(({ id }) => taken.has(id))
  return {
    ...sigma,
    declared: own.declared.filter(({ id }) => !taken.has(id)),
    diagnostics: [
      ...sigma.diagnostics,
      ...own.diagnostics,
      ...clashes.map(({ id, file, line }): Diagnostic => {
        const message = `The id is that of another rule, too: ${id}.`
        return { file, line, column: 1, severity: 'error', message, rule: id }
      })
    ]
  }
}

type Settled = {
  readonly rules: KnownRule[]
  readonly correlations: KnownCorrelation[]
  readonly declared: KnownDeclared[]
  readonly diagnostics: readonly Diagnostic[]
  readonly nextExpiryMs: number
}

/** Of those that are enabled, what detects. */
export function detectionRules(rules: readonly KnownRule[]): DetectionRule[] {
  return rules
    .filter(({ enabled }) => enabled)
    .map(({ rule, summary, expression }) => ({
      summary,
      route: rule.route,
      expression,
      groupBy: rule.groupBy ?? []
    }))
}

/** Texts and decisions together. */
export function settle(
  parsed: Pick<ParsedRules, 'rules' | 'correlations'> & { readonly declared?: readonly Declared[] },
  decisions: ReadonlyMap<string, RuleDecision>,
  exceptions: readonly RuleException[],
  nowMs: number
): Settled {
  const diagnostics: Diagnostic[] = []
  const inForce = exceptions.filter(({ expiresMs }) => expiresMs === undefined || expiresMs > nowMs)
  const byRule = Map.groupBy(inForce, ({ rule }) => rule)
  const excepted = (about: RuleAbout): { exceptions: readonly RuleException[]; expression: Expression } => {
    const own = byRule.get(about.id) ?? []
    const expressions = own.flatMap(exception => {
      const query = parseQuery(exception.query)
      if (query.ok) return [query.expression]
      const message = `The exception ${exception.id} is no query any more and does not count: ${query.errors[0]?.message}`
      diagnostics.push({ file: about.file, line: about.line, column: 1, severity: 'error', message, rule: about.id })
      return []
    })
    return { exceptions: own, expression: or(expressions) }
  }
  const standing = (
    about: RuleAbout & { readonly partOnly?: true },
    kind: MatchKind,
    counted: string | undefined,
    windowMs?: number
  ) => {
    const decision = decisions.get(about.id)
    const off = counted ?? offByDefault(about)
    const { exceptions, expression } = excepted(about)
    const isPart = about.partOnly === true
    const enabled = !isPart && (decision?.enabled ?? off === undefined)
    const level = decision?.level ?? about.level
    const decided = decision?.enabled === undefined ? undefined : `somebody switched it ${enabled ? 'on' : 'off'}`
    const why = isPart ? 'only part of a correlation' : (decided ?? off ?? 'on by default')
    const version = versionOf(about, level, exceptions)
    const { id, title, tags } = about
    const summary: RuleSummary = { id, version, kind, title, level, tags, ...(windowMs !== undefined && { windowMs }) }
    const origin = originOf(about.file)
    return { excepted: expression, known: { origin, enabled, byDefault: off === undefined, why, summary, exceptions } }
  }
  const correlations = parsed.correlations.map(correlation => {
    const { excepted, known } = standing(correlation, 'correlation', undefined)
    return { ...known, correlation, excepted }
  })
  const declared = (parsed.declared ?? []).map(one => {
    const kind = one.ask.kind === 'windowed' ? 'threshold' : 'baseline'
    const { excepted, known } = standing(one, kind, undefined, one.windowMs)
    return { ...known, declared: one, excepted }
  })
  const counted = countedOnly(correlations)
  const rules = parsed.rules.map(rule => {
    const { excepted, known } = standing(rule, 'rule', counted.get(rule.id), rule.windowMs)
    return {
      ...known,
      rule,
      expression: excepted.kind === 'none' ? rule.expression : and([rule.expression, not(excepted)])
    }
  })
  const nextExpiryMs = Math.min(...inForce.map(({ expiresMs }) => expiresMs ?? Number.POSITIVE_INFINITY))
  return { rules, correlations, declared, diagnostics, nextExpiryMs }
}

/** Rules that a correlation counts and that alert through it alone (Sigma's `generate: false`), with the reason. */
function countedOnly(correlations: readonly KnownCorrelation[]): Map<string, string> {
  const counted = new Map<string, string>()
  const own = new Set<string>()
  for (const { correlation } of correlations) {
    for (const id of correlation.rules) {
      if (correlation.generate) own.add(id)
      else counted.set(id, `off by default: counted by ‘${correlation.title}’, which alerts in its place`)
    }
  }
  for (const id of own) counted.delete(id)
  return counted
}

const quietStatus = new Set(['experimental', 'deprecated', 'unsupported'])

/** Why a rule is off until somebody switches it on. */
function offByDefault({ status, tags, file }: RuleAbout): string | undefined {
  if (status !== undefined && quietStatus.has(status)) return `off by default: its status is ${status}`
  if (tags.includes('detection.threat-hunting') || file.includes('/rules-threat-hunting/'))
    return 'off by default: for hunting, not for alerts'
  return undefined
}

function versionOf(about: RuleAbout, level: Level, exceptions: readonly RuleException[]): string {
  if (level === about.level && exceptions.length === 0) return about.version
  const parts = [about.version, level, ...exceptions.map(({ query }) => query).sort()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/** What alerts keep as the rule's text: as it stands in its file, and what was decided about it. */
function textOf(known: KnownRule | KnownCorrelation | KnownDeclared): string {
  const about = 'rule' in known ? known.rule : 'correlation' in known ? known.correlation : known.declared
  const notes = known.exceptions.map(({ query, reason }) => `# except ${oneLine(query)} (${oneLine(reason)})\n`)
  if (known.summary.level !== about.level) notes.unshift(`# level here: ${known.summary.level}\n`)
  return `${notes.join('')}${about.text}`
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')

/** A rule that people keep in place of another is meant so: of that nothing needs to be told. */
function withoutReplaced(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(
    ({ file, message }) => !(originOf(file) !== 'own' && message.startsWith('The id is that of another rule'))
  )
}

const placeholderValuesMax = 20_000

/** The values of a placeholder: the first column of the lookup table of its name. */
function placeholderValues(state: State, name: string): string[] | undefined {
  const lookup = lookupNamed(state, name)
  if (lookup === undefined) return undefined
  const [header = '', ...lines] = lookup.csv.replace(/^\ufeff/, '').split(/\r?\n/)
  const delimiter = delimiterOf(header) ?? ','
  const values = lines.slice(0, placeholderValuesMax).map(line => splitCells(line, delimiter, 2)[0]?.trim() ?? '')
  return [...new Set(values.filter(value => value !== ''))]
}
