/** The JSON of a message for programs: what the webhook carries. Documented in docs/how-to/notifications.md. */

import { alertUrl, type Message, type Notice } from './message.ts'

export function payloadOf(message: Message): Record<string, unknown> {
  const { key, kind, title, body, severity, notices, count, createdMs, pageUrl, again } = message
  return {
    type: `picket.${kind}`,
    timestamp: isoOf(createdMs),
    id: key,
    ...(again && { again }),
    data: { title, text: body, severity, count, alerts: notices.map(notice => noticeOut(notice, pageUrl)) }
  }
}

export function noticeOut(notice: Notice, pageUrl: string | undefined): Record<string, unknown> {
  const { alert, kind, rule, severity, entity, count, firstUs, lastUs, summary, test } = notice
  const url = alertUrl(pageUrl, alert)
  return {
    id: alert,
    event: kind,
    severity,
    rule: { id: rule.id, title: rule.title, kind: rule.kind, tags: rule.tags },
    entity,
    count,
    first: isoOf(firstUs / 1000),
    last: isoOf(lastUs / 1000),
    ...(summary !== '' && { summary }),
    ...(test && { test }),
    ...(url !== undefined && { url })
  }
}

export function isoOf(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : ''
}
