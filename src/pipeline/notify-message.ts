/** A row of the outbox as the message that is sent: rendered anew for each attempt, so that a template that was mended is used. */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Message, type Notice, plainNotice } from '../actions/message.ts'
import { ownTemplate, renderTemplate, type Template } from '../actions/template.ts'
import { listTemplates } from '../state/destinations.ts'
import type { OutboxMessage } from '../state/outbox.ts'
import type { State } from '../state/state.ts'
import { type Digest, installationId } from './notify-changes.ts'
import type { ReportMail } from './notify-reports.ts'

const attachmentBytesMax = 20 << 20

export function messageFor(
  row: OutboxMessage,
  { state, pageUrl, reportsFolder }: { state: State; pageUrl: string | undefined; reportsFolder: string }
): Message | { readonly problem: string } {
  const { key, kind, severity, createdMs, again, content } = row
  const thread = row.alert === '' ? '' : `${installationId(state)}-${row.alert}`
  const common = { key, kind, severity, createdMs, thread, again, pageUrl, notices: [], count: 0 }
  if (kind === 'alert') {
    const notice = plainNotice(content as unknown as Notice)
    return {
      ...common,
      ...renderTemplate(templateNamed(state, row.template), notice, pageUrl),
      notices: [notice],
      count: 1
    }
  }
  if (kind === 'digest') return digestMessage(common, content as Digest)
  if (kind === 'test') {
    const { title, body } = content as { title: string; body: string }
    return { ...common, title, body }
  }
  return reportMessage(common, content as ReportMail, reportsFolder)
}

type Common = Omit<Message, 'title' | 'body'>

const reasons: Readonly<Record<string, string>> = {
  quiet: 'They came during quiet hours.',
  digest: '',
  rate: 'So many came at once that they are told together.',
  many: 'More came than could be told one by one; these are the first.'
}

export function digestMessage(common: Common, { count, notices, why }: Digest): Message {
  const bySeverity = new Map<string, number>()
  for (const { severity } of notices) bySeverity.set(severity, (bySeverity.get(severity) ?? 0) + 1)
  const parts = [...bySeverity].map(([severity, number]) => `${number} ${severity}`)
  const title = `${count} alerts${count === notices.length ? `: ${parts.join(', ')}` : ''}`
  return { ...common, title, body: reasons[why] ?? '', notices: notices.map(plainNotice), count }
}

function reportMessage(
  common: Common,
  { title, body, file }: ReportMail,
  folder: string
): Message | { problem: string } {
  const path = join(folder, file)
  try {
    const { size } = statSync(path)
    if (size > attachmentBytesMax)
      return {
        problem: `the report has ${Math.round(size / 1e6)} MB, which is too much for a mail: ${file} is in the folder of reports`
      }
    const type = file.endsWith('.pdf') ? 'application/pdf' : 'text/html'
    return { ...common, title, body, attachment: { name: file, type, content: readFileSync(path) } }
  } catch {
    return { problem: `the file ${file} is no longer in the folder of reports` }
  }
}

export function templateNamed(state: State, name: string): Template {
  if (name === '') return ownTemplate
  return listTemplates(state).find(each => each.name === name) ?? ownTemplate
}
