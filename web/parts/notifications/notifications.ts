/** Notifications as the API has them. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { get } from '../../api.ts'
import { queryClient } from '../../queries.ts'
import type { Level } from '../triage/alerts.ts'

export type Window = { days: number[]; from: string; to: string }
export type Hours = { zone: string; windows: Window[] }
export type Rate = { count: number; perMinutes: number }
export type Pace = {
  rate?: Rate | null | undefined
  digestMinutes?: number | undefined
  quiet?: Hours | undefined
  afterCrash?: 'send' | 'hold' | undefined
  giveUpHours?: number | undefined
}
export type Kind = { kind: string; label: string; rate?: Rate }
export type Destination = {
  id: string
  name: string
  kind: string
  where: string
  settings: Record<string, unknown>
  secrets: string[]
  enabled: boolean
  urgent: Level | 'never'
  pace: Pace
  breaker: { state: 'closed' | 'open' | 'half-open'; failures: number; since: string; retryAt?: string; reason: string }
  quietUntil?: string
  counts: { waiting: number; quiet: number; digest: number; rate: number; dead: number; sent: number }
}
export type NoticeKind = 'created' | 'escalated' | 'reopened' | 'acknowledged' | 'closed'
export type Route = {
  id: string
  name: string
  enabled: boolean
  severity: Level
  rules: string[]
  tags: string[]
  title: string
  kinds: NoticeKind[]
  hours?: (Hours & { outside: boolean }) | undefined
  destinations: string[]
  template: string
  tests: boolean
}
export type Template = { name: string; title: string; body: string }
export type MailServer = {
  host: string
  port: number
  security: 'tls' | 'starttls' | 'none'
  user: string
  from: string
  ca?: string
  hasPassword: boolean
}
export type Notifications = {
  kinds: Kind[]
  destinations: Destination[]
  routes: Route[]
  templates: Template[]
  ownTemplate: { title: string; body: string }
  templateNames: { name: string; meaning: string }[]
  mailServer?: MailServer
  dead: number
  pageUrl?: string
}
export type OutMessage = {
  id: number
  destination: string
  destinationName: string
  kind: 'alert' | 'digest' | 'test' | 'report'
  severity: Level
  subject: string
  alert?: string
  state: string
  held?: string
  attempts: number
  created: string
  reason: string
}
export type Attempt = {
  id: number
  message: number
  destinationName: string
  number: number
  started: string
  tookMs?: number
  result: 'started' | 'sent' | 'transient' | 'permanent' | 'unknown'
  detail: string
  subject: string
  kind: OutMessage['kind']
}

const base = '/api/notifications'

export const notificationsQuery = queryOptions({
  queryKey: ['notifications'],
  queryFn: ({ signal }) => get<Notifications>(base, {}, signal),
  refetchInterval: 5000
})

export const deadQuery = infiniteQueryOptions({
  queryKey: ['notifications', 'dead'],
  queryFn: ({ pageParam, signal }) =>
    get<{ messages: OutMessage[]; next?: number }>(
      `${base}/messages`,
      { state: 'dead', limit: 50, before: pageParam === 0 ? undefined : pageParam },
      signal
    ),
  initialPageParam: 0,
  getNextPageParam: page => page.next,
  refetchInterval: 5000
})

export const attemptsQuery = (destination: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['notifications', 'attempts', destination ?? ''],
    queryFn: ({ pageParam, signal }) =>
      get<{ attempts: Attempt[]; next?: number }>(
        `${base}/attempts`,
        { destination, limit: 30, before: pageParam === 0 ? undefined : pageParam },
        signal
      ),
    initialPageParam: 0,
    getNextPageParam: page => page.next,
    refetchInterval: 5000
  })

export type Told = {
  messages: OutMessage[]
  routes: { id: string; name: string; fits: boolean; why: string[]; destinations: string[] }[]
}

export const toldQuery = (alert: number) =>
  queryOptions({
    queryKey: ['notifications', 'told', alert],
    queryFn: ({ signal }) => get<Told>(`${base}/explain`, { alert }, signal),
    refetchInterval: 5000
  })

export const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['notifications'] })

export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** `a, b` and lines as a list, without what is empty. */
export function listOf(text: string): string[] {
  return text
    .split(/[,;\n]/)
    .map(part => part.trim())
    .filter(part => part !== '')
}

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** `Mon–Fri 22:00–07:00, Sat, Sun 00:00–00:00 (Europe/Berlin)`. */
export function hoursText({ zone: of, windows }: Hours): string {
  const parts = windows.map(({ days, from, to }) => `${daysText(days)} ${from}–${to}`)
  return `${parts.join(', ')} (${of})`
}

function daysText(days: readonly number[]): string {
  const sorted = [...days].sort((a, b) => a - b)
  if (sorted.length === 7) return 'daily'
  const isRun = sorted.length > 2 && sorted.at(-1)! - sorted[0]! === sorted.length - 1
  const name = (day: number): string => dayNames[day - 1] ?? ''
  return isRun ? `${name(sorted[0]!)}–${name(sorted.at(-1)!)}` : sorted.map(name).join(', ')
}
