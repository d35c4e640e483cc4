/** A sensor's rules over time: fetched on a schedule, read again when a file changes, put in force one change after the other. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { PullContext } from '../pull/source.ts'
import { askSuricata } from './command-socket.ts'
import { fetchedFile, fetchRules } from './fetch-rules.ts'
import type { Suricata } from './program.ts'
import { type RuleFile, readRuleFiles, stampOf } from './rule-files.ts'
import { RuleKeeper } from './rule-keeper.ts'
import type { SensorConfig } from './sensor.ts'
import type { RulesReport } from './sensor-state.ts'
import type { Changes, Rule } from './signatures.ts'

const hourMs = 3_600_000
const lookMs = 10_000
const reloadMs = 300_000
const fetchedKey = 'rules-fetched-ms'

type Options = {
  readonly config: SensorConfig
  readonly context: PullContext
  readonly folder: string
  readonly commandSocket: string
  readonly changes: () => Changes
  readonly isRunning: () => boolean
  readonly signal: AbortSignal
}

export class SensorRules {
  readonly keeper: RuleKeeper
  readonly #options: Options
  #suricata: Suricata | undefined
  #work: Promise<void> = Promise.resolve()
  #busy: RulesReport['busy']
  #stamp = ''
  #nextFetchMs: number
  /** The last fetch's, and the last attempt's to put rules in force. */
  #fetchProblem = ''
  #useProblem = ''
  #timer: NodeJS.Timeout | undefined

  constructor(options: Options) {
    this.#options = options
    this.keeper = new RuleKeeper(options.folder)
    const fetchedMs = this.#fetchedMs
    this.#nextFetchMs = fetchedMs === undefined ? 0 : fetchedMs + options.config.rules.updateEvery
  }

  /** Puts in force what is there, before Suricata begins; then looks after it. Never throws for the rules: old ones are better than none. */
  async begin(suricata: Suricata): Promise<void> {
    this.#suricata = suricata
    await this.#queue(() => this.#use()).catch(() => {})
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref()
  }

  /** To be called when Suricata runs. */
  look(): void {
    this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  fetch(): Promise<void> {
    return this.#queue(async () => {
      await this.#fetch()
      await this.#use()
    })
  }

  apply(): Promise<void> {
    return this.#queue(() => this.#use())
  }

  find(sid: number): Rule | undefined {
    return this.keeper.find(this.#files(), sid)
  }

  report(): RulesReport {
    const { files, changedMs } = this.keeper.state
    const sum = (value: (file: (typeof files)[number]) => number): number =>
      files.reduce((all, file) => all + value(file), 0)
    return {
      busy: this.#busy,
      loaded: sum(file => file.loaded),
      refused: sum(file => file.refusedCount),
      off: sum(file => file.off),
      files,
      changedMs,
      fetchedMs: this.#fetchedMs,
      nextFetchMs: this.#fetches ? this.#nextFetchMs : undefined
    }
  }

  problems(): string[] {
    const found: string[] = [this.#useProblem, this.#fetchProblem]
    for (const { name, problem } of this.keeper.state.files) if (problem !== '') found.push(`${name}: ${problem}`)
    const { loaded } = this.report()
    if (loaded === 0 && this.#busy === undefined && !found.some(Boolean))
      found.push(
        'no rules are in force, so there are no alerts: switch on ET Open (rules.etOpen), or name a file of rules'
      )
    return found.filter(each => each !== '')
  }

  get #fetches(): boolean {
    const { etOpen, urls } = this.#options.config.rules
    return etOpen || urls.length > 0
  }

  get #fetchedMs(): number | undefined {
    const noted = this.#options.context.checkpoints.get(fetchedKey)
    return noted === undefined ? undefined : Number(noted)
  }

  #look(): void {
    const { config, context, signal } = this.#options
    if (this.#busy !== undefined || signal.aborted || this.#suricata === undefined) return
    if (this.#fetches && context.nowMs() >= this.#nextFetchMs) void this.fetch().catch(() => {})
    else if (stampOf(config.rules.files) !== this.#stamp) void this.apply().catch(() => {})
  }

  #queue(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step).finally(() => {
      this.#busy = undefined
    })
    this.#work = done.catch(() => {})
    return done
  }

  async #fetch(): Promise<void> {
    const { config, context, folder, signal } = this.#options
    const { etOpen, urls, updateEvery } = config.rules
    if (!this.#fetches)
      throw new PicketError(
        'no-rule-sets',
        'this sensor fetches no rules: switch on ET Open, or name an address of rules'
      )
    this.#busy = 'fetching'
    try {
      const updater = config.updater ?? 'suricata-update'
      await fetchRules({ folder, suricata: this.#suricata!, updater, etOpen, urls, signal })
      const nowMs = context.nowMs()
      context.checkpoints.save(new Map([[fetchedKey, String(nowMs)]]))
      this.#nextFetchMs = nowMs + updateEvery
      this.#fetchProblem = ''
    } catch (error) {
      this.#nextFetchMs = context.nowMs() + Math.min(updateEvery, hourMs)
      this.#fetchProblem = messageOf(error)
      if (!signal.aborted)
        context.log.warn(
          { source: config.name, error: this.#fetchProblem },
          'the rules of a sensor could not be fetched'
        )
      throw error
    }
  }

  #files(): RuleFile[] {
    const { config, folder } = this.#options
    return readRuleFiles(this.#fetches ? fetchedFile(folder) : undefined, config.rules.files)
  }

  async #use(): Promise<void> {
    const { config, context, changes, isRunning, signal } = this.#options
    this.#busy = 'checking'
    try {
      this.#stamp = stampOf(config.rules.files)
      const isNew = await this.keeper.use(this.#files(), changes(), this.#suricata!, context.nowMs(), signal)
      if (isNew && isRunning()) await this.#reload()
      this.#useProblem = ''
      if (isNew) context.log.info({ source: config.name, rules: this.report().loaded }, 'other rules are in force')
    } catch (error) {
      this.#useProblem = messageOf(error)
      if (!signal.aborted)
        context.log.warn({ source: config.name, error: this.#useProblem }, 'the rules of a sensor were not changed')
      throw error
    }
  }

  /** Resolves when the new rules look at packets. */
  async #reload(): Promise<void> {
    const { commandSocket, signal, isRunning } = this.#options
    const before = JSON.stringify(await askSuricata(commandSocket, 'ruleset-reload-time'))
    await askSuricata(commandSocket, 'ruleset-reload-nonblocking')
    for (const endMs = performance.now() + reloadMs; performance.now() < endMs && !signal.aborted && isRunning(); ) {
      await sleep(200)
      const now = await askSuricata(commandSocket, 'ruleset-reload-time').catch(() => before)
      if (JSON.stringify(now) !== before) return
    }
    if (isRunning() && !signal.aborted)
      throw new PicketError(
        'rules-reload',
        'Suricata has not taken up the new rules: they are in force at its next start'
      )
  }
}

export const rulesFolder = (folder: string): string => join(folder, 'rules', 'active')
