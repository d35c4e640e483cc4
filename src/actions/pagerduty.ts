/**
 * PagerDuty's Events API v2: an alert becomes an incident's alert, and is acknowledged and resolved along with ours. All that is told of
 * one alert has its `dedup_key`, so that a repeat changes nothing there.
 * https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */

import { z } from 'zod'
import type { Level } from '../core/detection.ts'
import { type Action, hostOf, httpUrl } from './action.ts'
import { alertUrl, cut, entityText, type Message } from './message.ts'
import { isoOf, noticeOut } from './payload.ts'
import { post } from './post.ts'

type Settings = { readonly url: string }
type Secrets = { readonly routingKey: string }

export const pagerduty: Action<Settings, Secrets> = {
  kind: 'pagerduty',
  label: 'PagerDuty',
  settings: z.strictObject({
    url: httpUrl
      .default('https://events.pagerduty.com/v2/enqueue')
      .describe('Accounts in the European Union use https://events.eu.pagerduty.com/v2/enqueue')
  }),
  secrets: z.strictObject({
    routingKey: z.string().regex(/^[A-Za-z0-9]{32}$/, 'must be the integration key: 32 letters and digits')
  }),
  rate: { count: 60, perMinutes: 1 },
  followsAlerts: true,
  where: ({ url }) => hostOf(url),
  show: (message, _settings, { hostName }) => JSON.stringify(eventOf(message, '(integration key)', hostName), null, 2),
  send: (message, { url }, { routingKey }, { nowMs, hostName }) =>
    post({
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(eventOf(message, routingKey, hostName)),
      nowMs
    })
}

const severities: Readonly<Record<Level, string>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
  informational: 'info'
}

function eventOf(message: Message, routingKey: string, hostName: string): Record<string, unknown> {
  const { key, kind, title, body, severity, notices, createdMs, pageUrl } = message
  const only = kind === 'alert' ? notices[0] : undefined
  const action = only?.kind === 'acknowledged' ? 'acknowledge' : only?.kind === 'closed' ? 'resolve' : 'trigger'
  const dedup = only === undefined ? key : `picket-${message.thread}`
  if (action !== 'trigger') return { routing_key: routingKey, event_action: action, dedup_key: dedup.slice(0, 255) }
  const link = only === undefined ? pageUrl && `${pageUrl}/alerts` : alertUrl(pageUrl, only.alert)
  return {
    routing_key: routingKey,
    event_action: action,
    dedup_key: dedup.slice(0, 255),
    client: 'Picket',
    ...(link !== undefined && { client_url: link, links: [{ href: link, text: 'Open in Picket' }] }),
    payload: {
      summary: cut(title, 1024),
      // What is affected, as far as one can say.
      source: cut(only === undefined ? hostName : (Object.values(only.entity)[0] ?? hostName), 255),
      severity: severities[severity],
      timestamp: isoOf(createdMs),
      component: 'picket',
      ...(only !== undefined && { group: cut(entityText(only.entity), 255), class: cut(only.rule.id, 255) }),
      custom_details: {
        text: cut(body, 8000),
        alerts: notices.slice(0, 50).map(notice => noticeOut(notice, undefined))
      }
    }
  }
}
