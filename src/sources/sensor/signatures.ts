/**
 * What people changed about single signatures, and how a file of rules reads with it. Suricata's rules are lines: an action, a header,
 * options in parentheses, among them `sid`; a `#` before switches one off; a backslash at the end goes on in the next line.
 * (docs.suricata.io, Rules, "Rules Format" and "Global Thresholds".) Looks at no file and no clock.
 */

import { z } from 'zod'
import { isRange } from '../../platform/address-range.ts'

export const signatureId = z.int().min(1).max(4_294_967_295)

export const thresholdShape = z.strictObject({
  type: z
    .enum(['limit', 'threshold', 'both'])
    .describe('limit: at most so many alerts in the time; threshold: one for each so many; both: one, if so many'),
  track: z.enum(['by_src', 'by_dst', 'by_both', 'by_rule']),
  count: z.int().min(1).max(1_000_000),
  seconds: z.int().min(1).max(31_536_000)
})

export const suppressShape = z.strictObject({
  track: z.enum(['by_src', 'by_dst', 'by_either']),
  address: z.string().refine(isRange, 'is neither an address nor a range like 10.0.0.0/8')
})

export const changeShape = z.strictObject({
  state: z.enum(['enabled', 'disabled']).optional().describe('Unlike the rule set has it'),
  threshold: thresholdShape.optional(),
  suppress: z.array(suppressShape).max(100).prefault([])
})

export type SignatureChange = z.output<typeof changeShape>
const notedShape = changeShape.extend({
  sid: signatureId,
  name: z.string(),
  reason: z.string(),
  by: z.string(),
  atMs: z.number()
})
/** With what the signature says, why it was changed, by whom and when. */
export type NotedChange = z.output<typeof notedShape>
export type Changes = ReadonlyMap<number, SignatureChange>

export const changesMax = 10_000
/** Where they are in the state file: a list of `NotedChange`. */
export const signaturesKey = 'sensor.signatures'

/** What is stored, by the signature's id. What is no change is left out. */
export function readChanges(stored: unknown): ReadonlyMap<number, NotedChange> {
  const changes = new Map<number, NotedChange>()
  for (const each of Array.isArray(stored) ? stored : []) {
    const read = notedShape.safeParse(each)
    if (read.success) changes.set(read.data.sid, read.data)
  }
  return changes
}

export type Rule = { readonly sid: number; readonly enabled: boolean; readonly name: string; readonly text: string }

const actions = /^(#[#\s]*)?(alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth)\s/
const sids = /[;(\s]sid\s*:\s*(\d{1,10})\s*;/g
const names = /[;(\s]msg\s*:\s*"((?:[^"\\]|\\.){0,500})"/
const setsState = /[;(\s](?:flowbits|xbits|hostbits)\s*:\s*(?:set|unset|toggle)\b|[;(\s](?:flowint|dataset)\s*:/
const ownThreshold = /\bthreshold\s*:[^;"]{0,200};/g
const detectionFilter = /\bdetection_filter\s*:/

/** A line as a rule; undefined where it is none (a remark, nonsense). */
export function readRule(line: string): Rule | undefined {
  const text = line.trim()
  const head = actions.exec(text)
  if (head === null) return undefined
  let sid: string | undefined
  for (const found of text.matchAll(sids)) sid = found[1]
  if (sid === undefined) return undefined
  const name = names.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? ''
  return { sid: Number(sid), enabled: head[1] === undefined, name, text }
}

/** The lines of a file, those that go on in the next one joined; each with the number of its first line, from 1. */
export function* ruleLines(text: string): Generator<{ readonly line: string; readonly number: number }> {
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const number = i + 1
    let line = lines[i]!.replace(/\r$/, '')
    while (line.endsWith('\\') && i + 1 < lines.length) line = line.slice(0, -1) + lines[++i]!.replace(/\r$/, '')
    yield { line, number }
  }
}

export type Composed = {
  /** One rule a line. */
  readonly lines: readonly string[]
  /** For each of them, where it stood in the file. */
  readonly from: readonly number[]
  /** Rules that are switched off, and not among the lines. */
  readonly off: number
  readonly sids: ReadonlySet<number>
}

/** The rules of a file that are to be in force. `leftOut`: lines, by the number that they have in the file. */
export function composeRules(text: string, changes: Changes, leftOut: ReadonlySet<number> = new Set()): Composed {
  const lines: string[] = []
  const from: number[] = []
  const known = new Set<number>()
  let off = 0
  for (const { line, number } of ruleLines(text)) {
    const trimmed = line.trim()
    if (trimmed === '' || leftOut.has(number)) continue
    const rule = readRule(trimmed)
    if (rule === undefined) {
      // What is no rule and no remark is for Suricata to refuse.
      if (trimmed.startsWith('#')) continue
      lines.push(trimmed)
      from.push(number)
      continue
    }
    known.add(rule.sid)
    const changed = changedRule(rule, changes.get(rule.sid))
    if (changed === undefined) off++
    else {
      lines.push(changed)
      from.push(number)
    }
  }
  return { lines, from, off, sids: known }
}

/** Of the rules that `composeRules` gives, those that people changed. */
export function changedLines(text: string, changes: Changes, leftOut: ReadonlySet<number>): string[] {
  if (changes.size === 0) return []
  const lines: string[] = []
  for (const { line, number } of ruleLines(text)) {
    const rule = leftOut.has(number) ? undefined : readRule(line)
    const change = rule && changes.get(rule.sid)
    const changed = change && changedRule(rule, change)
    if (changed !== undefined) lines.push(changed)
  }
  return lines
}

/** A rule with what was changed about it; undefined where it is off. */
export function changedRule(rule: Rule, change: SignatureChange | undefined): string | undefined {
  const bare = rule.text.replace(/^[#\s]+/, '')
  const enabled = change?.state === undefined ? rule.enabled && !isOffAtFirst(rule.sid) : change.state === 'enabled'
  if (!enabled) {
    // Others may depend on what it notes; it goes on noting, and says nothing.
    if (!rule.enabled || !setsState.test(bare)) return undefined
    return /[;(\s]noalert\s*;/.test(bare) ? bare : withOption(bare, 'noalert;')
  }
  const threshold = change?.threshold
  if (threshold === undefined) return bare
  const { type, track, count, seconds } = threshold
  const option = `threshold:type ${type}, track ${track}, count ${count}, seconds ${seconds};`
  return withOption(bare.replace(ownThreshold, ''), option)
}

/**
 * Suricata's own rules about odd packets and streams (`decoder-events.rules`, `stream-events.rules`): mirror ports and Wi-Fi make thousands
 * of such alerts a day that nobody can do anything about. Whoever wants them enables them.
 */
export function isOffAtFirst(sid: number): boolean {
  return sid >= 2_200_000 && sid <= 2_210_999
}

/** Why a rule cannot have a threshold of one's own; undefined where it can. */
export function noThreshold(rule: Rule): string | undefined {
  return detectionFilter.test(rule.text)
    ? 'the rule counts by itself (detection_filter), and Suricata allows no threshold beside that: suppress addresses, or disable it'
    : undefined
}

function withOption(rule: string, option: string): string {
  const end = rule.lastIndexOf(')')
  return end < 0 ? rule : `${rule.slice(0, end).trimEnd()} ${option})`
}

/** Suricata's `threshold.config`: addresses of which a signature says nothing. Those of signatures that are not there are left out. */
export function thresholdConfig(changes: Changes, known: ReadonlySet<number>): string {
  const lines = ['# Written by Picket: change it on the page, or with `picket sensor signatures`.']
  for (const [sid, { suppress }] of changes)
    if (known.has(sid))
      for (const { track, address } of suppress)
        lines.push(`suppress gen_id 1, sig_id ${sid}, track ${track}, ip ${address}`)
  return `${lines.join('\n')}\n`
}
