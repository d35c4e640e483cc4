/** A message as mail: plain text, and HTML that looks the same everywhere (tables, styles in place, nothing loaded). */

import { alertUrl, cut, entityText, type Message, type Notice } from './message.ts'
import { timeText } from './template.ts'

const linesMax = 50

export function mailText(message: Message): string {
  const { body, kind, notices, count, pageUrl, again } = message
  const parts = [body]
  if (kind === 'digest') {
    parts.push(notices.slice(0, linesMax).map(lineOf(pageUrl)).join('\n'))
    const left = count - Math.min(notices.length, linesMax)
    if (left > 0) parts.push(`… and ${left} more`)
    if (pageUrl !== undefined) parts.push(`${pageUrl}/alerts`)
  }
  if (again) parts.push('(This may be a repeat: Picket ended while it was being sent.)')
  return parts.filter(part => part !== '').join('\n\n')
}

const lineOf =
  (pageUrl: string | undefined) =>
  ({ severity, rule, entity, count, alert }: Notice): string => {
    const url = alertUrl(pageUrl, alert)
    return `[${severity}] ${rule.title}: ${entityText(entity)} (${count})${url === undefined ? '' : `\n  ${url}`}`
  }

const colours = { critical: '#b3261e', high: '#b3261e', medium: '#8a5300', low: '#1d5fc4', informational: '#4b5768' }

export function mailHtml(message: Message): string {
  const { title, body, severity, notices, count, kind, pageUrl, again } = message
  const only = kind === 'alert' ? notices[0] : undefined
  const left = count - Math.min(notices.length, linesMax)
  const url = only === undefined ? pageUrl && `${pageUrl}/alerts` : alertUrl(pageUrl, only.alert)
  const rows =
    only === undefined
      ? []
      : [
          ['Severity', only.severity],
          ['Rule', only.rule.title],
          ...Object.entries(only.entity).map(([field, value]) => [field, value]),
          ['Events', String(only.count)],
          ['First', timeText(only.firstUs)],
          ['Last', timeText(only.lastUs)],
          ['Tags', only.rule.tags.join(' ')]
        ]
  const facts = rows
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        `<tr><td style="padding:3px 16px 3px 0;color:#5e6b7d;vertical-align:top">${escapeHtml(name!)}</td><td style="padding:3px 0">${escapeHtml(cut(value!, 500))}</td></tr>`
    )
  const lines =
    kind === 'digest'
      ? notices
          .slice(0, linesMax)
          .map(
            notice =>
              `<tr><td style="padding:4px 12px 4px 0;color:${colours[notice.severity]}">${notice.severity}</td><td style="padding:4px 12px 4px 0">${linked(notice, pageUrl)}</td><td style="padding:4px 12px 4px 0">${escapeHtml(cut(entityText(notice.entity), 200))}</td><td style="padding:4px 0;text-align:right">${notice.count}</td></tr>`
          )
      : []
  return `<!doctype html><html><body style="margin:0;background:#f5f6f8;font:14px/1.5 system-ui,Segoe UI,Helvetica,Arial,sans-serif;color:#131921">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border:1px solid #e1e5eb;border-top:4px solid ${colours[severity]};border-radius:8px"><tr><td style="padding:20px 24px">
<h1 style="margin:0 0 12px;font-size:18px;line-height:1.3">${escapeHtml(title)}</h1>
${body === '' ? '' : `<p style="margin:0 0 16px;white-space:pre-wrap">${escapeHtml(body)}</p>`}
${facts.length === 0 ? '' : `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 16px">${facts.join('')}</table>`}
${lines.length === 0 ? '' : `<table cellpadding="0" cellspacing="0" style="margin:0 0 16px">${lines.join('')}</table>`}
${kind === 'digest' && left > 0 ? `<p style="color:#5e6b7d">… and ${left} more</p>` : ''}
${url === undefined ? '' : `<p style="margin:0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:8px 16px;background:#0d7377;color:#ffffff;border-radius:6px;text-decoration:none">${only === undefined ? 'All alerts' : 'Open the alert'}</a></p>`}
${again ? '<p style="margin:16px 0 0;color:#5e6b7d;font-size:12px">This may be a repeat: Picket ended while it was being sent.</p>' : ''}
</td></tr></table>
<p style="color:#5e6b7d;font-size:12px">Sent by Picket</p></td></tr></table></body></html>
`
}

function linked({ rule, alert }: Notice, pageUrl: string | undefined): string {
  const url = alertUrl(pageUrl, alert)
  const text = escapeHtml(cut(rule.title, 150))
  return url === undefined ? text : `<a href="${escapeHtml(url)}" style="color:#0d7377">${text}</a>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
