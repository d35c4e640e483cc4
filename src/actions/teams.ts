/**
 * Microsoft Teams: a channel's workflow ("When a Teams webhook request is received") takes an Adaptive Card. The older connectors'
 * message cards are gone. https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */

import { z } from 'zod'
import { type Action, hostOf, httpUrl } from './action.ts'
import { alertUrl, cut, entityText, type Message } from './message.ts'
import { post } from './post.ts'

type Secrets = { readonly url: string }

export const teams: Action<Record<string, never>, Secrets> = {
  kind: 'teams',
  label: 'Microsoft Teams',
  settings: z.strictObject({}) as z.ZodType<Record<string, never>>,
  secrets: z.strictObject({ url: httpUrl.describe('The workflow’s URL: whoever has it can write to the channel') }),
  rate: { count: 20, perMinutes: 10 },
  followsAlerts: false,
  where: (_settings, { url }) => hostOf(url),
  show: message => JSON.stringify(teamsBody(message), null, 2),
  send: (message, _settings, { url }, { nowMs }) =>
    post({
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(teamsBody(message)),
      nowMs,
      // A workflow starts before it answers.
      timeoutMs: 20_000
    })
}

const colours = {
  critical: 'attention',
  high: 'attention',
  medium: 'warning',
  low: 'accent',
  informational: 'default'
} as const
const linesMax = 20

/** Teams takes 28 kB. */
function teamsBody(message: Message): Record<string, unknown> {
  const { title, body, severity, notices, count, kind, pageUrl, again } = message
  const only = kind === 'alert' ? notices[0] : undefined
  const link = only === undefined ? pageUrl && `${pageUrl}/alerts` : alertUrl(pageUrl, only.alert)
  const left = count - Math.min(notices.length, linesMax)
  const text = (content: string, more: object = {}) => ({ type: 'TextBlock', text: content, wrap: true, ...more })
  const facts =
    only === undefined
      ? []
      : [
          { title: 'Severity', value: severity },
          { title: 'Rule', value: escapeTeams(cut(only.rule.title, 200)) },
          ...(entityText(only.entity) === ''
            ? []
            : [{ title: 'About', value: escapeTeams(cut(entityText(only.entity), 300)) }]),
          { title: 'Events', value: String(only.count) }
        ]
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      text(escapeTeams(cut(title, 300)), { size: 'large', weight: 'bolder', color: colours[severity] }),
      ...(body === ''
        ? []
        : cut(body, 4000)
            .split('\n')
            .slice(0, 40)
            .map(line => text(escapeTeams(line), { spacing: 'small' }))),
      ...(facts.length === 0 ? [] : [{ type: 'FactSet', facts }]),
      ...(kind === 'digest'
        ? notices
            .slice(0, linesMax)
            .map(({ severity: level, rule, entity, count: events }) =>
              text(
                `**${level}** ${escapeTeams(cut(rule.title, 100))} ${escapeTeams(cut(Object.values(entity).join(', '), 80))} ×${events}`,
                { spacing: 'small' }
              )
            )
        : []),
      ...(kind === 'digest' && left > 0 ? [text(`… and ${left} more`, { isSubtle: true })] : []),
      ...(again ? [text('This may be a repeat.', { isSubtle: true })] : [])
    ],
    ...(link !== undefined && {
      actions: [{ type: 'Action.OpenUrl', title: only === undefined ? 'All alerts' : 'Open', url: link }]
    })
  }
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }]
  }
}

/** Cards read some Markdown: links, emphasis, lists. */
export function escapeTeams(text: string): string {
  return text.replace(/[\\*_[\]()<>#`~]/g, '\\$&').replace(/^(\s*)([-+]|\d+\.)(\s)/, '$1\u200b$2$3')
}
