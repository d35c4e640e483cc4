/** Alerts and cases as the terminal shows them. Whatever came from outside is printed without its control characters. */

import type { AlertOut } from '../api/alert-out.ts'
import type { CaseOut } from '../api/case-out.ts'
import { countText } from './show.ts'
import { printable, table } from './table.ts'
import type { AlertDetail, AlertsPage, CaseDetail } from './triage-access.ts'

const cellMax = 60

export function alertsTable({ alerts, total, totalIsExact, next }: AlertsPage): string {
  if (alerts.length === 0) return 'No alerts. (picket alerts --state all shows the closed ones, too)\n'
  const rows = alerts.map(alert => [
    String(alert.id),
    alert.severity,
    alert.snoozedUntil === undefined ? alert.state : 'snoozed',
    countText(alert.count),
    minuteOf(alert.last),
    alert.assignee ?? '',
    short(entityText(alert)),
    short(alert.rule.title)
  ])
  const shown = table(['ID', 'SEVERITY', 'STATE', 'EVENTS', 'LAST', 'ASSIGNEE', 'ENTITY', 'TITLE'], rows)
  const more = next === undefined ? '' : ` of ${totalIsExact ? countText(total) : `more than ${countText(total)}`}`
  return `${shown}\n${countText(alerts.length)}${more} ${alerts.length === 1 && more === '' ? 'alert' : 'alerts'}\n`
}

export function alertText(alert: AlertDetail): string {
  const lines: string[] = []
  const line = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') lines.push(`${name.padEnd(12)}${printable(value)}`)
  }
  lines.push(`Alert ${alert.id}: ${printable(alert.rule.title)}`)
  if (alert.summary !== '') lines.push(printable(alert.summary))
  lines.push('')
  line('severity', `${alert.severity}  (${alert.severityWhy.join('; ')})`)
  line(
    'state',
    [alert.state, alert.resolution, alert.reason].filter(each => each !== undefined && each !== '').join(', ')
  )
  line('snoozed', alert.snoozedUntil && `until ${alert.snoozedUntil}`)
  line('assignee', alert.assignee ?? 'nobody')
  line('entity', entityText(alert))
  line('events', `${countText(alert.count)}, ${alert.first} to ${alert.last}`)
  line('rule', `${alert.rule.kind} ${alert.rule.id}, version ${alert.rule.versions.join(', ')}`)
  line('ATT&CK', alert.attack.map(({ id, name }) => `${id} ${name}`).join(', '))
  line('case', alert.case === undefined ? undefined : String(alert.case))
  lines.push('', 'Timeline')
  for (const entry of alert.timeline.slice(-40)) {
    if (entry.kind === 'event') lines.push(`  ${entry.time}  event ${entry.id}  ${eventWords(entry.event)}`)
    else if (entry.kind === 'more-events') lines.push(`  ${entry.time}  … ${countText(entry.count)} more events`)
    else lines.push(`  ${entry.entry.time}  ${printable(historyWords(entry.entry))}`)
  }
  if (alert.stormEntities.length > 0) {
    lines.push('', 'Entities')
    for (const { entity, count } of alert.stormEntities.slice(0, 20))
      lines.push(`  ${countText(count).padStart(9)}  ${printable(pairs(entity))}`)
  }
  if (alert.related.length > 0) {
    lines.push('', 'Related alerts')
    for (const { alert: other, shared } of alert.related.slice(0, 10))
      lines.push(
        `  ${String(other.id).padStart(6)}  ${other.severity.padEnd(13)}  ${short(printable(other.rule.title))}  (${printable(
          shared.map(({ field, value }) => `${field} ${value}`).join(', ')
        )})`
      )
  }
  return `${lines.join('\n')}\n`
}

export function casesTable(cases: readonly CaseOut[]): string {
  if (cases.length === 0) return 'No cases. (picket case list --state all shows the closed ones, too)\n'
  return table(
    ['ID', 'STATE', 'SEVERITY', 'ALERTS', 'OPEN', 'UPDATED', 'ASSIGNEE', 'TITLE'],
    cases.map(each => [
      String(each.id),
      each.state,
      each.severity ?? '',
      String(each.alerts),
      String(each.openAlerts),
      minuteOf(each.updated),
      each.assignee ?? '',
      short(each.title)
    ])
  )
}

export function caseText(about: CaseDetail): string {
  const lines = [
    `Case ${about.id}: ${printable(about.title)}`,
    `${about.state}${about.resolution === undefined ? '' : `, ${about.resolution}`}${about.reason === '' ? '' : `: ${printable(about.reason)}`}`,
    `assigned to ${about.assignee ?? 'nobody'}; opened ${about.created} by ${printable(about.by)}`,
    ''
  ]
  for (const alert of about.members)
    lines.push(
      `  alert ${String(alert.id).padEnd(6)} ${alert.severity.padEnd(13)} ${alert.state.padEnd(13)} ${short(printable(alert.rule.title))}  ${short(printable(entityText(alert)))}`
    )
  for (const event of about.evidence.events) lines.push(`  event ${event.id}  ${event.time}`)
  for (const file of about.evidence.files)
    lines.push(`  file  ${printable(file.name)}  ${countText(file.bytes)} bytes  SHA-256 ${file.sha256}`)
  lines.push('', 'History')
  for (const entry of about.history.slice(-50)) lines.push(`  ${entry.time}  ${printable(historyWords(entry))}`)
  return `${lines.join('\n')}\n`
}

function historyWords({
  kind,
  by,
  detail
}: {
  kind: string
  by: string
  detail: Readonly<Record<string, unknown>>
}): string {
  const said = typeof detail['text'] === 'string' ? detail['text'] : Object.entries(detail).map(pairText).join(', ')
  return `${kind} by ${by}${said === '' ? '' : `: ${said.slice(0, 500)}`}`
}

function pairText([name, value]: [string, unknown]): string {
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`
}

function entityText(alert: Pick<AlertOut, 'entity' | 'storm' | 'entities'>): string {
  return alert.storm
    ? `storm of ${countText(alert.entities)}${alert.entities >= 1000 ? ' or more' : ''} entities`
    : pairs(alert.entity)
}

function pairs(entity: Readonly<Record<string, string>>): string {
  return Object.entries(entity)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ')
}

function eventWords(event: unknown): string {
  const message = (event as { message?: unknown } | null)?.message
  return short(printable(typeof message === 'string' ? message : JSON.stringify(event)), 100)
}

function short(text: string, max = cellMax): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text
}

const minuteOf = (time: string): string => time.slice(0, 16).replace('T', ' ')
