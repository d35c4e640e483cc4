/** From the log of changes of alerts to the outbox: which destinations are to be told of which change. The rows and the cursor move together. */

import { createHash } from 'node:crypto'
import { actionOf } from '../actions/index.ts'
import type { Notice } from '../actions/message.ts'
import { isAtLeast, type Route, routeFits } from '../actions/routes.ts'
import { worse } from '../core/detection.ts'
import { listDestinations, listRoutes, type StoredDestination } from '../state/destinations.ts'
import {
  countIn,
  countWaiting,
  enqueue,
  moveNotifyCursor,
  type NewMessage,
  notifyCursor,
  toldSeverity,
  wasTold
} from '../state/outbox.ts'
import { newId } from '../state/secret.ts'
import { readSetting, writeSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'

/** A change of an alert; without a notice where it is nothing that is told (or its alert is gone). */
export type Change = { readonly change: number; readonly notice?: Notice | undefined }
/** The changes after that one, in their order. */
export type ReadChanges = (after: number, limit: number) => readonly Change[]

const changesAtOnce = 500
/** More than this waiting for one destination are not listed one by one any more, but counted in one message. */
export const waitingMax = 20_000
export const digestNoticesMax = 50

/** Decides on the next changes; true if there may be more. */
export function takeChanges(state: State, read: ReadChanges, nowMs: number, most = waitingMax): boolean {
  const from = notifyCursor(state)
  const first = read(from, 1)
  if (first.length === 0) return false
  return state.transaction(() => {
    const changes = read(from, changesAtOnce)
    const routes = listRoutes(state).map(({ route }) => route as unknown as Route)
    const destinations = new Map(listDestinations(state).map(each => [each.id, each]))
    const rooms = new Map<string, number>()
    const installation = installationId(state)
    for (const { change, notice } of changes) {
      if (notice === undefined) continue
      for (const [destination, template] of toldOf(state, notice, routes, destinations, nowMs)) {
        const room = rooms.get(destination) ?? most - countWaiting(state, destination)
        rooms.set(destination, room - 1)
        const message: NewMessage = {
          key: messageKey(installation, `${change}`, destination),
          destination,
          kind: 'alert',
          severity: notice.severity,
          subject: notice.rule.title,
          alert: notice.alert,
          template,
          content: { ...notice },
          createdMs: nowMs
        }
        if (room > 0) enqueue(state, message)
        else countIn(state, manyMessage(message, notice), content => addNotice(content, notice))
      }
    }
    moveNotifyCursor(state, changes.at(-1)?.change ?? from)
    return changes.length === changesAtOnce
  })
}

/** Each destination once, with the template of the first route that names it. */
function toldOf(
  state: State,
  notice: Notice,
  routes: readonly Route[],
  destinations: ReadonlyMap<string, StoredDestination>,
  nowMs: number
): Map<string, string> {
  const told = new Map<string, string>()
  for (const route of routes) {
    if (!routeFits(route, notice, nowMs)) continue
    for (const id of route.destinations)
      if (destinations.get(id)?.enabled === true && !told.has(id) && !isKnown(state, notice, id))
        told.set(id, route.template)
  }
  // Who was told of an alert as an incident of their own is told of its end.
  if (notice.kind === 'acknowledged' || notice.kind === 'closed' || notice.kind === 'reopened')
    for (const { id, kind, enabled } of destinations.values())
      if (enabled && actionOf(kind)?.followsAlerts === true && !told.has(id) && wasTold(state, id, notice.alert))
        told.set(id, '')
  return told
}

/** A notice is of the alert as it is when it is read: that it is as bad as that may have been said when it was new. */
function isKnown(state: State, { kind, alert, severity }: Notice, destination: string): boolean {
  if (kind !== 'escalated') return false
  const told = toldSeverity(state, destination, alert)
  return told !== undefined && isAtLeast(told, severity)
}

export type Digest = { readonly count: number; readonly notices: readonly Notice[]; readonly why: string }

function manyMessage(message: NewMessage, notice: Notice): NewMessage {
  const content: Digest = { count: 1, notices: [notice], why: 'many' }
  const { key, destination, createdMs, severity } = message
  return {
    key: `${key}-many`,
    destination,
    kind: 'digest',
    severity,
    subject: 'more alerts than can be listed',
    alert: '',
    template: '',
    content,
    createdMs
  }
}

function addNotice(content: Readonly<Record<string, unknown>>, notice: Notice): Readonly<Record<string, unknown>> {
  const { count, notices, why } = content as Digest
  return { count: count + 1, notices: notices.length < digestNoticesMax ? [...notices, notice] : notices, why }
}

/** One message of many notices. */
export function digestOf(
  destination: string,
  key: string,
  notices: readonly Notice[],
  why: string,
  createdMs: number
): NewMessage {
  const severity = notices.reduce((worst, each) => worse(worst, each.severity), notices[0]!.severity)
  // The worst first: a list that is cut is cut at its end.
  const listed = [...notices]
    .sort((a, b) => (a.severity === b.severity ? 0 : worse(a.severity, b.severity) === a.severity ? -1 : 1))
    .slice(0, digestNoticesMax)
  const content: Digest = { count: notices.length, notices: listed, why }
  return {
    key,
    destination,
    kind: 'digest',
    severity,
    subject: `${notices.length} alerts`,
    alert: '',
    template: '',
    content,
    createdMs
  }
}

/** The same for the same matter and destination, for ever: nothing is queued twice, and a peer can know a repeat. */
export function messageKey(installation: string, matter: string, destination: string): string {
  return `pn_${createHash('sha256').update(`${installation}\0${matter}\0${destination}`).digest('hex').slice(0, 32)}`
}

export function installationId(state: State): string {
  const known = readSetting(state, 'installation')
  if (typeof known === 'string') return known
  const id = newId()
  writeSetting(state, 'installation', id)
  return id
}
