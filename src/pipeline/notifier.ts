/**
 * Sends what the outbox holds: one message at a time to each destination, all destinations beside each other. Transient failures are
 * tried again, a destination that fails again and again is left alone for a while, and what cannot be sent is dead, to be replayed.
 * Everything that must be known after a crash is in the outbox before anything is sent.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AnyAction, SendContext } from '../actions/action.ts'
import { actionOf } from '../actions/index.ts'
import type { MailServer } from '../actions/mail.ts'
import type { Message, Notice, Outcome } from '../actions/message.ts'
import { type Breaker, breakerAt, closedBreaker, retryDelayMaxMs } from '../actions/retry.ts'
import { messageOf } from '../core/errors.ts'
import { destinationOf, type StoredDestination } from '../state/destinations.ts'
import {
  beginAttempt,
  breakerOf,
  countWaiting,
  finishAttempt,
  gather,
  hasten,
  hold,
  interrupted,
  keepBreaker,
  type OutboxMessage,
  sentSince,
  settleInterrupted,
  type WaitingRow,
  waitingDestinations,
  waitingRows
} from '../state/outbox.ts'
import { bury } from '../state/outbox-dead.ts'
import { messagesWithIds, messageWithId, sweepOutbox } from '../state/outbox-log.ts'
import type { State } from '../state/state.ts'
import { digestOf, installationId, messageKey, type ReadChanges, takeChanges } from './notify-changes.ts'
import { messageFor } from './notify-message.ts'
import { givenUp, giveUpMsOf, settledBy } from './notify-outcome.ts'
import { planOf, rateOf } from './notify-pace.ts'
import { type ReportMail, reportDestination, reportsId } from './notify-reports.ts'

export type Notifier = {
  /** There may be something to do. */
  kick(): void
  /** Sends a test at once, whatever the breaker and the hours say, and says what became of it. */
  test(id: number): Promise<Outcome>
  /** A destination's breaker as it is now. */
  breaker(destination: string): Breaker
  /** Lets what is under way finish, for a moment. */
  close(): Promise<void>
}

export type NotifierDeps = {
  readonly state: State
  readonly readChanges: ReadChanges
  readonly log: {
    info(about: object, text: string): void
    warn(about: object, text: string): void
    error(about: object, text: string): void
  }
  readonly nowMs: () => number
  /** 0 to 1. */
  readonly chance: () => number
  readonly hostName: string
  readonly pageUrl: () => string | undefined
  readonly mailServer: () => MailServer | undefined
  /** Where reports lie. */
  readonly reportsFolder: string
  readonly tickMs?: number
  /** For tests: sends instead of the real ones. */
  readonly actionOf?: (kind: string) => AnyAction | undefined
}

const tickMsDefault = 250
const closeMs = 3000
const sweepEveryMs = 3_600_000
const keptMs = 90 * 86_400_000
const deadKeptMs = 365 * 86_400_000

export function openNotifier(deps: NotifierDeps): Notifier {
  const { state, log, nowMs, chance } = deps
  const find = deps.actionOf ?? actionOf
  const running = new Map<string, Promise<void>>()
  /** Long queues that rest are not read four times a second. */
  const restUntil = new Map<string, number>()
  let isClosing = false
  let sweptMs = 0
  let problem = ''

  const breakerNow = (destination: string): Breaker =>
    breakerAt((breakerOf(state, destination) as Breaker | undefined) ?? closedBreaker(nowMs()), nowMs())

  const whereTo = (id: string): StoredDestination | undefined =>
    id === reportsId ? reportDestination : destinationOf(state, id)

  /** Sends one message and notes what became of it; undefined where it was taken away meanwhile. */
  async function attempt(message: OutboxMessage, destination: StoredDestination): Promise<Outcome | undefined> {
    const startMs = nowMs()
    const id = beginAttempt(state, message.id, startMs)
    if (id === undefined) return undefined
    const clockStart = performance.now()
    let outcome: Outcome
    try {
      const built = messageFor(message, { state, pageUrl: deps.pageUrl(), reportsFolder: deps.reportsFolder })
      const context: SendContext = { nowMs: nowMs(), hostName: deps.hostName, mailServer: deps.mailServer() }
      outcome =
        'problem' in built
          ? { result: 'permanent', detail: built.problem }
          : await sendTo(destination, message, built, context)
    } catch (error) {
      // What an action throws is a mistake of ours; the message is not lost by it.
      log.error({ destination: destination.name, error: messageOf(error) }, 'a notification could not be made')
      outcome = { result: 'permanent', detail: `inside Picket: ${messageOf(error)}` }
    }
    const tookMs = performance.now() - clockStart
    outcome = { ...outcome, detail: withoutSecrets(outcome.detail, destination) }
    await noteSurely(() => note(message, destination, id, outcome, tookMs))
    return outcome
  }

  /**
   * What is known of a message that has gone must be written, if it takes until a full disk is emptied: until then, nothing else is
   * sent there.
   */
  async function noteSurely(write: () => void): Promise<void> {
    for (let tries = 0; ; tries++)
      try {
        return write()
      } catch (error) {
        if (tries === 0) log.error({ error: messageOf(error) }, 'what became of a notification cannot be noted yet')
        if (isClosing) throw error
        await sleep(Math.min(5000, 250 * 2 ** Math.min(tries, 10)))
      }
  }

  function sendTo(
    destination: StoredDestination,
    message: OutboxMessage,
    built: Message,
    context: SendContext
  ): Promise<Outcome> | Outcome {
    const action = find(destination.kind)
    if (action === undefined)
      return { result: 'permanent', detail: `there is no way to send called ${destination.kind}` }
    const settings = destination.id === reportsId ? { to: (message.content as ReportMail).to } : destination.settings
    return action.send(built, settings, destination.secrets, context)
  }

  function note(
    message: OutboxMessage,
    destination: StoredDestination,
    attemptId: number,
    outcome: Outcome,
    tookMs: number
  ): void {
    const now = nowMs()
    const before = breakerNow(destination.id)
    const done = settledBy(outcome, message, destination, before, { nowMs: now, chance: chance(), tookMs })
    finishAttempt(state, message, attemptId, done, now)
    const { breaker } = done
    const about = {
      destination: destination.name,
      message: message.id,
      attempt: message.attempts + 1,
      answer: outcome.detail
    }
    if (outcome.result === 'sent') log.info(about, 'a notification was sent')
    else
      log.warn(
        about,
        done.state === 'waiting' ? 'a notification was not sent; it is tried again' : 'a notification was not sent'
      )
    if (before.state !== breaker.state)
      log.warn(
        { destination: destination.name, from: before.state, to: breaker.state },
        'a destination changed its state'
      )
    if (breaker.state === 'closed' && before.state !== 'closed') hasten(state, destination.id, now)
  }

  /** All that may go to a destination now, one after the other. */
  async function pump(id: string): Promise<void> {
    while (!isClosing) {
      const rows = next(id)
      if (rows.length === 0) break
      for (const row of rows) {
        const destination = whereTo(id)
        const message = messageWithId(state, row.id)
        if (isClosing || destination === undefined || message === undefined) break
        // A failure, and a destination that was switched off meanwhile, change the plan.
        if (!destination.enabled || (await attempt(message, destination))?.result !== 'sent') break
      }
    }
    restUntil.set(id, performance.now() + Math.min(5000, countWaiting(state, id)))
  }

  /** What to send next, in this order, after what is to be held, gathered or given up was. */
  function next(id: string): readonly WaitingRow[] {
    const now = nowMs()
    const destination = whereTo(id)
    const rows = waitingRows(state, id)
    if (rows.length === 0) return []
    if (destination === undefined) {
      bury(
        state,
        rows.map(row => row.id),
        'the destination was removed',
        now
      )
      return []
    }
    if (!destination.enabled) return []
    const stored = breakerOf(state, id) as Breaker | undefined
    const breaker = breakerNow(id)
    if (stored?.state === 'open' && breaker.state === 'half-open') {
      keepBreaker(state, id, breaker)
      log.info({ destination: destination.name }, 'a destination that failed is tried again')
    }
    if (breaker.state !== 'closed') {
      const giveUpMs = giveUpMsOf(destination)
      const late = rows.filter(row => row.held === '' && now - (row.triedMs ?? row.nextMs) >= giveUpMs)
      if (late.length > 0) {
        bury(
          state,
          late.map(row => row.id),
          givenUp(destination, breaker.reason),
          now
        )
        return next(id)
      }
    }
    if (breaker.state === 'open') return []
    // A clock that was set back must not make an hour's wait one of years.
    const due = rows.filter(row => row.nextMs <= now || row.nextMs - now > retryDelayMaxMs)
    // Half open: one goes as the test, even if it would wait for its own next attempt.
    const ready =
      due.length > 0 || breaker.state === 'closed' ? due : rows.toSorted((a, b) => a.nextMs - b.nextMs).slice(0, 1)
    if (ready.length === 0) return []
    const rate = rateOf(destination, find(destination.kind)?.rate)
    const room =
      rate === undefined
        ? Number.POSITIVE_INFINITY
        : rate.count - sentSince(state, id, now - rate.perMinutes * 60_000, now)
    const plan = planOf(destination, ready, room, now)
    for (const [why, held] of plan.hold)
      hold(
        state,
        held.map(row => row.id),
        why
      )
    if (plan.gather === undefined) return breaker.state === 'closed' ? plan.send : plan.send.slice(0, 1)
    const { rows: together, why } = plan.gather
    const notices = messagesWithIds(
      state,
      together.map(row => row.id)
    ).map(({ content }) => content as unknown as Notice)
    const key = messageKey(installationId(state), `digest ${together.map(row => row.id).join()}`, id)
    gather(
      state,
      together.map(row => row.id),
      digestOf(id, key, notices, why, now)
    )
    return next(id)
  }

  function tick(): void {
    if (isClosing) return
    try {
      for (let more = true, rounds = 0; more && rounds < 20; rounds++)
        more = takeChanges(state, deps.readChanges, nowMs())
      for (const id of waitingDestinations(state)) {
        if (running.has(id) || performance.now() < (restUntil.get(id) ?? 0)) continue
        const run = pump(id)
          .catch(error => {
            restUntil.set(id, performance.now() + 5000)
            log.error({ destination: id, error: messageOf(error) }, 'notifications to a destination wait')
          })
          .finally(() => running.delete(id))
        running.set(id, run)
      }
      if (Math.abs(nowMs() - sweptMs) > sweepEveryMs) {
        sweptMs = nowMs()
        sweepOutbox(state, sweptMs - keptMs, sweptMs - deadKeptMs)
      }
      problem = ''
    } catch (error) {
      // A full disk: told once, tried again with the next tick.
      const text = messageOf(error)
      if (text !== problem) log.error({ error: text }, 'notifications wait')
      problem = text
    }
  }

  settleAll(deps)
  const timer = setInterval(tick, deps.tickMs ?? tickMsDefault)
  timer.unref()

  return {
    kick: tick,
    breaker: breakerNow,
    async test(messageId) {
      const message = messageWithId(state, messageId)
      const destination = message && whereTo(message.destination)
      if (message === undefined || destination === undefined) return { result: 'permanent', detail: 'it is gone' }
      return (await attempt(message, destination)) ?? { result: 'permanent', detail: 'it is gone' }
    },
    async close() {
      isClosing = true
      clearInterval(timer)
      // What is not answered in time is settled at the next start, as after a crash.
      await Promise.race([Promise.all(running.values()), new Promise(resolve => setTimeout(resolve, closeMs).unref())])
    }
  }
}

/** What was under way when Picket ended may have arrived. It is sent again under its key, or held, as the destination wants it. */
function settleAll({ state, log, nowMs }: NotifierDeps): void {
  for (const message of interrupted(state)) {
    const holds = destinationOf(state, message.destination)?.pace.afterCrash === 'hold'
    const to =
      message.kind === 'test'
        ? ({ state: 'dropped', reason: '' } as const)
        : holds
          ? ({ state: 'dead', reason: 'Picket ended while it was being sent: it may have arrived' } as const)
          : ({ state: 'waiting', reason: '' } as const)
    settleInterrupted(state, message.id, to, nowMs())
    log.warn({ message: message.id, key: message.key, now: to.state }, 'a notification was under way when Picket ended')
  }
}

/** A peer may say in its answer what it was asked with: everybody reads the attempts. */
function withoutSecrets(detail: string, { secrets }: StoredDestination): string {
  let shown = detail
  for (const secret of Object.values(secrets))
    if (typeof secret === 'string' && secret.length >= 6) shown = shown.replaceAll(secret, '[hidden]')
  return shown
}
