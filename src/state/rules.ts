/**
 * What people decided about rules: on or off, another level, exceptions; and the history of it, with the versions of the rules' texts.
 * Kept by the rule's id, whatever file its text stands in. docs/adr/0013-rules-in-force.md
 */

import type { Level } from '../core/detection.ts'
import { newId } from './secret.ts'
import type { State } from './state.ts'

export const rulesSchema = `
  CREATE TABLE rule_decisions (
    rule TEXT PRIMARY KEY CHECK (length(rule) BETWEEN 1 AND 200),
    enabled INTEGER CHECK (enabled IN (0, 1)),
    level TEXT CHECK (level IN ('informational', 'low', 'medium', 'high', 'critical')),
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rule_exceptions (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    query TEXT NOT NULL,
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    reviewed INTEGER,
    reviewed_by TEXT,
    ended INTEGER,
    ended_by TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rule_exceptions_by_rule ON rule_exceptions (rule, created);
  CREATE TABLE rule_history (
    id INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    time INTEGER NOT NULL,
    by TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
  ) STRICT;
  CREATE INDEX rule_history_by_rule ON rule_history (rule, id);
  CREATE TABLE rule_versions (
    rule TEXT NOT NULL,
    version TEXT NOT NULL,
    file TEXT NOT NULL,
    text TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (rule, version)
  ) STRICT, WITHOUT ROWID;`

export const exceptionsMax = 100
const historyShownMax = 200

export type RuleDecision = {
  /** Undefined: as the rule's status has it. */
  readonly enabled: boolean | undefined
  /** Undefined: the rule's own. */
  readonly level: Level | undefined
}

export type RuleException = {
  readonly id: string
  readonly rule: string
  /** In the search language: events that pass it are excepted. */
  readonly query: string
  readonly reason: string
  readonly by: string
  readonly createdMs: number
  readonly expiresMs: number | undefined
  /** When somebody last looked at it and found it right. */
  readonly reviewedMs: number | undefined
  readonly reviewedBy: string | undefined
  readonly endedMs: number | undefined
  readonly endedBy: string | undefined
}

export type RuleChange = {
  readonly timeMs: number
  readonly by: string
  readonly what: 'version' | 'enabled' | 'disabled' | 'level' | 'exception' | 'review' | 'exception-ended' | 'removed'
  readonly detail: Readonly<Record<string, unknown>>
}

export type RuleVersion = {
  readonly rule: string
  readonly version: string
  readonly file: string
  readonly text: string
}

export function ruleDecisions(state: State): ReadonlyMap<string, RuleDecision> {
  const rows = state.db.prepare('SELECT rule, enabled, level FROM rule_decisions').all()
  return new Map(
    rows.map(row => [
      row['rule'] as string,
      {
        enabled: row['enabled'] === null ? undefined : row['enabled'] === 1,
        level: (row['level'] ?? undefined) as Level | undefined
      }
    ])
  )
}

/** What is undefined stays as it was; `level: 'own'` gives the rule its own level back. False where nothing changes. */
export function decideRule(
  state: State,
  rule: string,
  wanted: { readonly enabled?: boolean | undefined; readonly level?: Level | 'own' | undefined },
  by: string,
  nowMs: number
): boolean {
  return state.transaction(() => {
    const row = state.db.prepare('SELECT enabled, level FROM rule_decisions WHERE rule = ?').get(rule)
    const before = { enabled: row?.['enabled'] ?? null, level: row?.['level'] ?? null }
    const enabled = wanted.enabled === undefined ? before.enabled : wanted.enabled ? 1 : 0
    const level = wanted.level === undefined ? before.level : wanted.level === 'own' ? null : wanted.level
    if (enabled === before.enabled && level === before.level) return false
    state.db
      .prepare('INSERT OR REPLACE INTO rule_decisions (rule, enabled, level, updated, by) VALUES (?, ?, ?, ?, ?)')
      .run(rule, enabled, level, nowMs, by)
    if (enabled !== before.enabled) addRuleHistory(state, rule, enabled === 1 ? 'enabled' : 'disabled', {}, by, nowMs)
    if (level !== before.level)
      addRuleHistory(state, rule, 'level', { level: level ?? 'own', before: before.level ?? 'own' }, by, nowMs)
    return true
  })
}

/** Those that have not been ended, of one rule or of all; past their time or not. The oldest first. */
export function openExceptions(state: State, rule?: string): RuleException[] {
  return state.db
    .prepare('SELECT * FROM rule_exceptions WHERE ended IS NULL AND (? IS NULL OR rule = ?) ORDER BY created, id')
    .all(rule ?? null, rule ?? null)
    .map(readException)
}

export function exceptionOf(state: State, id: string): RuleException | undefined {
  const row = state.db.prepare('SELECT * FROM rule_exceptions WHERE id = ?').get(id)
  return row === undefined ? undefined : readException(row)
}

/** Undefined where the rule has too many already. */
export function addException(
  state: State,
  added: {
    readonly rule: string
    readonly query: string
    readonly reason: string
    readonly expiresMs: number | undefined
  },
  by: string,
  nowMs: number
): RuleException | undefined {
  return state.transaction(() => {
    if (openExceptions(state, added.rule).length >= exceptionsMax) return undefined
    const id = newId()
    state.db
      .prepare(
        'INSERT INTO rule_exceptions (id, rule, query, reason, by, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)'
      )
      .run(id, added.rule, added.query, added.reason, by, nowMs, added.expiresMs ?? null)
    const { query, reason, expiresMs } = added
    addRuleHistory(state, added.rule, 'exception', { id, query, reason, expiresMs }, by, nowMs)
    return exceptionOf(state, id)
  })
}

/** Somebody looked at it: it stays, perhaps for longer. `expiresMs` null: without an end. */
export function reviewException(
  state: State,
  id: string,
  expiresMs: number | null | undefined,
  by: string,
  nowMs: number
): RuleException | undefined {
  return state.transaction(() => {
    const before = exceptionOf(state, id)
    if (before === undefined || before.endedMs !== undefined) return undefined
    const expires = expiresMs === undefined ? (before.expiresMs ?? null) : expiresMs
    state.db
      .prepare('UPDATE rule_exceptions SET reviewed = ?, reviewed_by = ?, expires = ? WHERE id = ?')
      .run(nowMs, by, expires, id)
    addRuleHistory(
      state,
      before.rule,
      'review',
      { id, query: before.query, expiresMs: expires ?? undefined },
      by,
      nowMs
    )
    return exceptionOf(state, id)
  })
}

export function endException(state: State, id: string, by: string, nowMs: number): RuleException | undefined {
  return state.transaction(() => {
    const before = exceptionOf(state, id)
    if (before === undefined || before.endedMs !== undefined) return undefined
    state.db.prepare('UPDATE rule_exceptions SET ended = ?, ended_by = ? WHERE id = ?').run(nowMs, by, id)
    addRuleHistory(state, before.rule, 'exception-ended', { id, query: before.query }, by, nowMs)
    return before
  })
}

export function addRuleHistory(
  state: State,
  rule: string,
  what: RuleChange['what'],
  detail: RuleChange['detail'],
  by: string,
  nowMs: number
): void {
  state.db
    .prepare('INSERT INTO rule_history (rule, time, by, what, detail) VALUES (?, ?, ?, ?, ?)')
    .run(rule, nowMs, by, what, JSON.stringify(detail))
}

/** The newest first. */
export function ruleHistory(state: State, rule: string): RuleChange[] {
  return state.db
    .prepare('SELECT * FROM rule_history WHERE rule = ? ORDER BY id DESC LIMIT ?')
    .all(rule, historyShownMax)
    .map(row => ({
      timeMs: Number(row['time']),
      by: row['by'] as string,
      what: row['what'] as RuleChange['what'],
      detail: JSON.parse(row['detail'] as string)
    }))
}

/** Writes down the versions that were not in force before. A rule that changed has it in its history; one that is new has not. */
export function keepRuleVersions(state: State, versions: readonly RuleVersion[], nowMs: number): number {
  const known = new Set<string>()
  const rules = new Set<string>()
  for (const row of state.db.prepare('SELECT rule, version FROM rule_versions').iterate()) {
    known.add(`${row['rule']} ${row['version']}`)
    rules.add(row['rule'] as string)
  }
  const fresh = versions.filter(({ rule, version }) => !known.has(`${rule} ${version}`))
  if (fresh.length === 0) return 0
  state.transaction(() => {
    const insert = state.db.prepare(
      'INSERT OR IGNORE INTO rule_versions (rule, version, file, text, seen) VALUES (?, ?, ?, ?, ?)'
    )
    for (const { rule, version, file, text } of fresh) {
      insert.run(rule, version, file, text, nowMs)
      if (rules.has(rule)) addRuleHistory(state, rule, 'version', { version, file }, 'file', nowMs)
    }
  })
  return fresh.length
}

export function ruleVersionText(state: State, rule: string, version: string): string | undefined {
  const row = state.db.prepare('SELECT text FROM rule_versions WHERE rule = ? AND version = ?').get(rule, version)
  return row?.['text'] as string | undefined
}

function readException(row: Record<string, unknown>): RuleException {
  const number = (value: unknown): number | undefined => (value === null ? undefined : Number(value))
  return {
    id: row['id'] as string,
    rule: row['rule'] as string,
    query: row['query'] as string,
    reason: row['reason'] as string,
    by: row['by'] as string,
    createdMs: Number(row['created']),
    expiresMs: number(row['expires']),
    reviewedMs: number(row['reviewed']),
    reviewedBy: (row['reviewed_by'] ?? undefined) as string | undefined,
    endedMs: number(row['ended']),
    endedBy: (row['ended_by'] ?? undefined) as string | undefined
  }
}
