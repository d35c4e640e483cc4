/**
 * The one gate to the rules in force (docs/adr/0025): files are copied into a new set with people's changes applied, Suricata judges the
 * set, and only then a symbolic link is swapped. A file that is mostly broken stays as it was.
 */

import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { PicketError } from '../../core/errors.ts'
import type { Suricata } from './program.ts'
import { type RuleFile, slugOf } from './rule-files.ts'
import { digestOf, type Noted, originOf, readNoted, writeNoted } from './rule-notes.ts'
import {
  type Changes,
  changedLines,
  composeRules,
  type Rule,
  readRule,
  ruleLines,
  thresholdConfig
} from './signatures.ts'
import { type RulesVerdict, testRules } from './test-rules.ts'

export type RuleFileState = {
  readonly name: string
  /** Rules in force. */
  readonly loaded: number
  /** Rules that are switched off, by the rule set or by people. */
  readonly off: number
  /** Rules that Suricata refuses, with their lines: the first of them. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[]
  readonly refusedCount: number
  /** Why the file is not in force as it is now; empty where it is. */
  readonly problem: string
}

export type RulesState = { readonly files: readonly RuleFileState[]; readonly changedMs: number | undefined }

const refusedShown = 50
/** Beyond one in so many refused rules, something is wrong with the file, not with a rule. */
const brokenShare = 100
const roundsMax = 5

type Part = {
  readonly slug: string
  readonly file: RuleFile
  text: string
  /** The last good copy is used instead. */
  old: boolean
  problem: string
  readonly leftOut: Map<number, string>
}

export class RuleKeeper {
  readonly #folder: string
  #state: RulesState

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'rules'), { recursive: true, mode: 0o700 })
    mkdirSync(join(folder, 'kept'), { recursive: true, mode: 0o700 })
    this.#state = readState(this.#stateFile)
    if (!existsSync(this.active)) this.#begin()
  }

  /** The folder of the set in force, always there. */
  get active(): string {
    return join(this.#folder, 'rules', 'active')
  }

  get state(): RulesState {
    return this.#state
  }

  get #stateFile(): string {
    return join(this.#folder, 'rules.json')
  }

  /**
   * Makes a set of the files and puts it in force. True: it is another one than before, and Suricata must be told. Throws
   * `rules-refused`: the old set stays.
   */
  async use(
    files: readonly RuleFile[],
    changes: Changes,
    suricata: Suricata,
    nowMs: number,
    signal: AbortSignal
  ): Promise<boolean> {
    const parts = files.map((file, place) => this.#part(file, slugOf(file.path, place)))
    const set = join(this.#folder, 'rules', `set-${this.#nextNumber()}`)
    try {
      const { digest, states } = await this.#settle(set, parts, changes, suricata, signal)
      const same = digest === digestOf(this.active)
      if (same) rmSync(set, { recursive: true, force: true })
      else this.#swap(set)
      for (const part of parts) if (!part.old && part.text !== '') this.#keep(part)
      this.#state = { files: states, changedMs: same ? this.#state.changedMs : nowMs }
      writeFileSync(this.#stateFile, JSON.stringify(this.#state), { mode: 0o600 })
      return !same
    } catch (error) {
      rmSync(set, { recursive: true, force: true })
      throw error
    }
  }

  /** A rule as the files have it, switched on or not. */
  find(files: readonly RuleFile[], sid: number): Rule | undefined {
    const mark = String(sid)
    for (const { text } of files) {
      if (text === undefined || !text.includes(mark)) continue
      for (const { line } of ruleLines(text)) {
        if (!line.includes(mark)) continue
        const rule = readRule(line)
        if (rule?.sid === sid) return rule
      }
    }
    return undefined
  }

  #part(file: RuleFile, slug: string): Part {
    if (file.text !== undefined) return { slug, file, text: file.text, old: false, problem: '', leftOut: new Map() }
    const problem = `${file.problem}${this.#hasKept(file) ? '; its last good copy stays in force' : ''}`
    return { slug, file, text: this.#kept(file) ?? '', old: true, problem, leftOut: new Map() }
  }

  /** Writes the set and asks Suricata, until nothing of it is refused. */
  async #settle(set: string, parts: Part[], changes: Changes, suricata: Suricata, signal: AbortSignal) {
    const origin = originOf(this.#folder, parts, suricata)
    if (this.#recall(origin, parts)) {
      const { digest, states } = this.#write(set, parts, changes, origin)
      if (digest !== digestOf(this.active)) await this.#testChanged(set, parts, changes, suricata, signal)
      return { digest, states }
    }
    for (let round = 0; round < roundsMax; round++) {
      const { digest, states, from } = this.#write(set, parts, changes, origin)
      const verdict = await testRules(suricata, this.#folder, set, signal)
      if (signal.aborted) throw new PicketError('rules-stopped', 'the sensor stops')
      if (verdict.refused.length === 0) {
        if (verdict.problem !== '')
          throw new PicketError('rules-refused', `Suricata refuses the rules: ${verdict.problem}`)
        return { digest, states }
      }
      this.#leaveOut(parts, from, verdict)
    }
    throw new PicketError(
      'rules-refused',
      'Suricata refuses other rules each time it is asked: the old ones stay in force'
    )
  }

  /** The same files as those in force, which Suricata has judged: what it refused of them then is left out again. */
  #recall(origin: string, parts: readonly Part[]): boolean {
    const noted = readNoted(this.active)
    if (noted?.origin !== origin) return false
    for (const part of parts) {
      const { old, problem, leftOut } = noted.parts[part.slug] ?? { old: part.old, problem: part.problem, leftOut: [] }
      if (old && !part.old) part.text = this.#kept(part.file) ?? part.text
      part.old = old
      part.problem = problem
      for (const [line, reason] of leftOut) part.leftOut.set(line, reason)
    }
    return true
  }

  /** Tens of thousands of rules take minutes on a small machine: where only people's changes differ, those rules alone are tested. */
  async #testChanged(set: string, parts: readonly Part[], changes: Changes, suricata: Suricata, signal: AbortSignal) {
    const small = join(set, 'changed')
    mkdirSync(small, { mode: 0o700 })
    const lines = parts.flatMap(({ text, leftOut }) => changedLines(text, changes, new Set(leftOut.keys())))
    const known = new Set(changes.keys())
    writeFileSync(join(small, '000-changed.rules'), `# Picket\n${lines.join('\n')}\n`, { mode: 0o600 })
    writeFileSync(join(small, 'threshold.config'), thresholdConfig(changes, known), { mode: 0o600 })
    const { refused, problem } = await testRules(suricata, this.#folder, small, signal)
    rmSync(small, { recursive: true, force: true })
    if (signal.aborted) throw new PicketError('rules-stopped', 'the sensor stops')
    const reason = refused[0]?.reason ?? problem
    if (reason !== '') throw new PicketError('rules-refused', `Suricata refuses the change: ${reason}`)
  }

  #leaveOut(parts: readonly Part[], from: ReadonlyMap<string, readonly number[]>, { refused }: RulesVerdict): void {
    for (const part of parts) {
      const lines = from.get(part.slug) ?? []
      for (const { file, line, reason } of refused) {
        const number = lines[line - 1]
        if (file === `${part.slug}.rules` && number !== undefined) part.leftOut.set(number, reason)
      }
      const isBroken = part.leftOut.size > 0 && part.leftOut.size * brokenShare > lines.length
      if (!isBroken || part.old || part.problem !== '') continue
      const [[line, reason] = [0, '']] = part.leftOut
      const what = `${part.leftOut.size} of ${lines.length} rules are refused (line ${line}: ${reason})`
      const kept = this.#kept(part.file)
      part.problem =
        kept === undefined ? `${what}; the others are in force` : `${what}; its last good copy stays in force`
      if (kept === undefined || kept === part.text) continue
      part.text = kept
      part.old = true
      part.leftOut.clear()
    }
  }

  #write(set: string, parts: readonly Part[], changes: Changes, origin = '') {
    rmSync(set, { recursive: true, force: true })
    mkdirSync(set, { recursive: true, mode: 0o700 })
    const hash = createHash('sha256')
    const put = (name: string, text: string): void => {
      writeFileSync(join(set, name), text, { mode: 0o600 })
      hash.update(`${name}\0${text}\0`)
    }
    // Without any file of rules, Suricata would not begin.
    put('000-picket.rules', '# Picket\n')
    const known = new Set<number>()
    const from = new Map<string, readonly number[]>()
    const states: RuleFileState[] = []
    for (const { slug, file, text, problem, leftOut } of parts) {
      const composed = composeRules(text, changes, new Set(leftOut.keys()))
      put(`${slug}.rules`, `${composed.lines.join('\n')}\n`)
      from.set(slug, composed.from)
      for (const sid of composed.sids) known.add(sid)
      states.push({
        name: file.name,
        loaded: composed.lines.length,
        off: composed.off,
        refused: [...leftOut].slice(0, refusedShown).map(([line, reason]) => ({ line, reason })),
        refusedCount: leftOut.size,
        problem
      })
    }
    put('threshold.config', thresholdConfig(changes, known))
    const digest = hash.digest('hex')
    const noted: Noted = {
      origin,
      parts: Object.fromEntries(
        parts.map(({ slug, old, problem, leftOut }) => [slug, { old, problem, leftOut: [...leftOut] }])
      )
    }
    writeNoted(set, digest, noted)
    return { digest, states, from }
  }

  #swap(set: string): void {
    const next = join(this.#folder, 'rules', 'next')
    rmSync(next, { force: true })
    symlinkSync(set, next)
    renameSync(next, this.active)
    for (const name of readdirSync(join(this.#folder, 'rules')))
      if (name.startsWith('set-') && join(this.#folder, 'rules', name) !== set)
        rmSync(join(this.#folder, 'rules', name), { recursive: true, force: true })
  }

  #begin(): void {
    const set = join(this.#folder, 'rules', `set-${this.#nextNumber()}`)
    this.#write(set, [], new Map())
    this.#swap(set)
  }

  #nextNumber(): number {
    try {
      return Number(/set-(\d+)$/.exec(readlinkSync(this.active))?.[1] ?? 0) + 1
    } catch {
      return 1
    }
  }

  #keptPath(file: RuleFile): string {
    return join(this.#folder, 'kept', `${createHash('sha256').update(file.path).digest('hex').slice(0, 24)}.rules`)
  }

  #hasKept(file: RuleFile): boolean {
    return existsSync(this.#keptPath(file))
  }

  #kept(file: RuleFile): string | undefined {
    return this.#hasKept(file) ? readFileSync(this.#keptPath(file), 'utf8') : undefined
  }

  /** What has a problem is kept only where there is nothing better: its good rules are. */
  #keep(part: Part): void {
    if (part.problem !== '') return
    const path = this.#keptPath(part.file)
    if (this.#kept(part.file) === part.text) return
    writeFileSync(`${path}.new`, part.text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
}

function readState(file: string): RulesState {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<RulesState>
    if (Array.isArray(found.files)) return { files: found.files, changedMs: found.changedMs }
  } catch {}
  return { files: [], changedMs: undefined }
}
