/** What a running Suricata tells of itself, and what of it somebody should do something about. */

import { interfacesHere } from './networks.ts'
import { readStats, type SuricataFigures } from './suricata-stats.ts'

const warningsMax = 20
/** Suricata's figures come every few seconds; one a minute becomes an event. */
const keptEveryMs = 60_000
const recentMs = 300_000
/** What Suricata has counted so long ago has come, or never will. */
const arrivedMs = 20_000
/** One in a hundred. */
const dropsBad = 0.01

/** Flows and alerts that came from Suricata. */
type Came = { readonly flows: number; readonly alerts: number }

export class SensorWatch {
  figures: SuricataFigures | undefined
  readonly warnings: string[] = []
  lastError: string | undefined
  /** Events that Suricata counted and that never came: its socket's buffer was full. */
  lostOnWay = 0
  #lostBefore = 0
  #base: Came = { flows: 0, alerts: 0 }
  #keptMs = Number.NEGATIVE_INFINITY
  /** The figures as they were up to five minutes ago, the oldest first. */
  #before: { readonly atMs: number; readonly figures: SuricataFigures }[] = []

  /** Another process begins to count. */
  begin(came: Came): void {
    this.#base = came
    this.#lostBefore = this.lostOnWay
    this.figures = undefined
    this.lastError = undefined
    this.#before = []
  }

  /** True: it is worth keeping as an event. */
  takeStats(line: string, nowMs: number, came: Came): boolean {
    const figures = readStats(line)
    if (figures === undefined) return true
    this.figures = figures
    this.#before.push({ atMs: nowMs, figures })
    this.#compare(nowMs, came)
    while (this.#before.length > 1 && nowMs - this.#before[0]!.atMs > recentMs) this.#before.shift()
    if (nowMs - this.#keptMs < keptEveryMs) return false
    this.#keptMs = nowMs
    return true
  }

  #compare(nowMs: number, came: Came): void {
    const then = this.#before.findLast(({ atMs }) => nowMs - atMs >= arrivedMs)?.figures
    if (then === undefined) return
    const flows = Math.max(0, then.flowsEnded - (came.flows - this.#base.flows))
    const alerts = Math.max(0, then.alerts - (came.alerts - this.#base.alerts))
    this.lostOnWay = Math.max(this.lostOnWay, this.#lostBefore + flows + alerts)
  }

  takeWarning(message: string): void {
    // Rule sets say this of hundreds of rules, at each load.
    if (message.startsWith("flowbit '") || message.startsWith('rule ')) return
    this.lastError = message
    if (this.warnings.at(-1) === message) return
    this.warnings.push(message)
    if (this.warnings.length > warningsMax) this.warnings.shift()
  }

  problems(interfaces: readonly string[]): string[] {
    const found: string[] = []
    const here = interfacesHere()
    for (const name of interfaces) {
      const one = here.find(each => each.name === name)
      if (one === undefined) found.push(`the interface ${name} is gone: nothing is seen on it until it is back`)
      else if (!one.up) found.push(`the interface ${name} is down: ip link set ${name} up`)
    }
    const { figures } = this
    const before = this.#before[0]?.figures
    if (figures === undefined || before === undefined) return found
    const packets = figures.packets - before.packets
    const drops = figures.drops - before.drops
    if (drops > 0 && drops > packets * dropsBad)
      found.push(
        `${((drops / Math.max(packets, drops)) * 100).toFixed(1)} % of the packets of the last minutes were dropped, since Suricata was behind: leave out what need not be seen (filter), switch rules off, or use a faster machine`
      )
    if (figures.memcapHits > before.memcapHits)
      found.push('Suricata met its bound of memory, and looks into some streams no more: give it more (memory)')
    return found
  }
}
