/**
 * Slack's incoming webhooks (also Mattermost's and Rocket.Chat's, which take the same): a text, and blocks that show it.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
 */

import { z } from 'zod'
import { type Action, hostOf, httpUrl } from './action.ts'
import { alertUrl, cut, type Message } from './message.ts'
import { post } from './post.ts'

type Secrets = { readonly url: string }

export const slack: Action<Record<string, never>, Secrets> = {
  kind: 'slack',
  label: 'Slack',
  settings: z.strictObject({}) as z.ZodType<Record<string, never>>,
  secrets: z.strictObject({ url: httpUrl.describe('The webhook’s URL: whoever has it can write to the channel') }),
  rate: { count: 20, perMinutes: 10 },
  followsAlerts: false,
  where: (_settings, { url }) => hostOf(url),
  show: message => JSON.stringify(slackBody(message), null, 2),
  send: (message, _settings, { url }, { nowMs }) =>
    post({ url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(slackBody(message)), nowMs })
}

const marks = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵', informational: '⚪' } as const
const linesMax = 20

/** Slack's limits: a header of 150 characters, 3,000 in a section's text, 50 blocks. */
function slackBody(message: Message): Record<string, unknown> {
  const { title, body, severity, notices, count, kind, pageUrl, again } = message
  const only = kind === 'alert' ? notices[0] : undefined
  const link = only === undefined ? pageUrl && `${pageUrl}/alerts` : alertUrl(pageUrl, only.alert)
  const context = [
    `Picket · ${severity}`,
    ...(only === undefined ? [] : [only.kind]),
    ...(again ? ['may be a repeat'] : [])
  ]
  return {
    text: escapeSlack(cut(title, 500)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(`${marks[severity]} ${title}`, 150), emoji: true } },
      ...(body === '' ? [] : [section(escapeSlack(cut(body, 2500)))]),
      ...(kind === 'digest'
        ? [
            section(
              cut(
                notices.slice(0, linesMax).map(slackLine(pageUrl)).join('\n') +
                  more(count - Math.min(notices.length, linesMax)),
                3000
              )
            )
          ]
        : []),
      ...(link === undefined
        ? []
        : [
            {
              type: 'actions',
              elements: [
                {
                  type: 'button',
                  text: { type: 'plain_text', text: only === undefined ? 'All alerts' : 'Open' },
                  url: link
                }
              ]
            }
          ]),
      { type: 'context', elements: [{ type: 'mrkdwn', text: context.join(' · ') }] }
    ]
  }
}

const slackLine =
  (pageUrl: string | undefined) =>
  ({ severity, rule, entity, count, alert }: Message['notices'][number]): string => {
    const title = escapeSlack(cut(rule.title, 100))
    const url = alertUrl(pageUrl, alert)
    const what = escapeSlack(cut(Object.values(entity).join(', '), 80))
    return `${marks[severity]} ${url === undefined ? title : `<${url}|${title}>`} ${what} ×${count}`
  }

const more = (count: number): string => (count > 0 ? `\n… and ${count} more` : '')

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })

/** What Slack reads as markup: links, mentions (`<!channel>`), entities. Bold and such from a record are broken up, too. */
export function escapeSlack(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, mark => `${mark}\u200b`)
}
