/** `picket report`: a dashboard or a search as a file, HTML or PDF, or by mail, with or without a server running. */

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Command, Option } from 'commander'
import { mail } from '../actions/mail.ts'
import type { Message } from '../actions/message.ts'
import { createAdmission } from '../api/admission.ts'
import { type AskedReport, makeReport, reportShape } from '../api/make-report.ts'
import { readMailServer } from '../api/notification-settings.ts'
import { PicketError } from '../core/errors.ts'
import { reportMail } from '../pipeline/notify-reports.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { type Access, leave, reach } from './access.ts'
import { callServer, sendRequest } from './server-client.ts'

type Options = {
  query?: string
  title?: string
  customer?: string
  from?: string
  to?: string
  filter?: string
  timezone?: string
  format?: 'html' | 'pdf'
  out?: string
  mailTo?: string[]
  data?: string
}

export function reportCommand(): Command {
  return new Command('report')
    .description('a dashboard, or a search, as a file: picket report suricata --from -7d --out week.pdf')
    .argument('[dashboard]', 'its name, as in its address')
    .option('--query <search>', 'a search instead of a dashboard')
    .option('--from <time>', 'from this time on: -7d, 2026-11-21 (default: what the dashboard says)')
    .option('--to <time>', 'before this time')
    .option('--filter <query>', 'narrows every panel')
    .option('--title <text>', 'what stands above it')
    .option('--customer <name>', 'whom it is for')
    .option('--timezone <zone>', 'in which times are written: Europe/Berlin (default: this machine’s)')
    .addOption(new Option('--format <format>', 'default: as the file’s name ends, else html').choices(['html', 'pdf']))
    .option('--out <file>', 'the file that it goes to')
    .option('--mail-to <address...>', 'sends it by mail, through the server that is set up under Notifications')
    .option('--data <folder>', 'the data folder')
    .action((dashboard: string | undefined, options: Options) => report(dashboard, options))
}

async function report(dashboard: string | undefined, options: Options): Promise<void> {
  const { query, customer, from, to, filter, out, mailTo } = options
  if (out === undefined && mailTo === undefined)
    throw new PicketError('report-invalid', 'say where it goes: --out FILE, --mail-to ADDRESS, or both.')
  if ((dashboard === undefined) === (query === undefined))
    throw new PicketError('report-invalid', 'name either a dashboard or, with --query, a search.')
  const checked = reportShape.safeParse({
    dashboard,
    query,
    title: options.title ?? dashboard ?? query?.slice(0, 200),
    customer,
    from,
    to,
    filter,
    timezone: options.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    format: options.format ?? formatOf(out),
    mailTo
  })
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw new PicketError('report-invalid', `${issue?.path.join('.') || 'report'}: ${issue?.message}`)
  }
  const access = await reach(options.data ?? defaultDataFolder(), {
    log: createLog({ level: 'warn' }),
    say: text => void process.stderr.write(text),
    pipeline: false
  })
  try {
    const content = await contentOf(access, checked.data)
    if (out !== undefined) {
      writeFileSync(out, content)
      process.stderr.write(`${out}: ${content.length} bytes\n`)
    }
    if (mailTo !== undefined) process.stderr.write(await mailed(access, checked.data, content))
  } finally {
    await leave(access)
  }
}

/** By what its name ends in; a mail alone carries what can be printed. */
function formatOf(out: string | undefined): 'html' | 'pdf' {
  return out === undefined || out.toLowerCase().endsWith('.pdf') ? 'pdf' : 'html'
}

/** A running server has it in its outbox and goes on trying; without one, it is sent here and now. */
async function mailed(
  access: Access,
  { title, customer, format, mailTo = [] }: AskedReport,
  content: Buffer
): Promise<string> {
  const to = mailTo.join(', ')
  if (access.kind === 'server') return `on its way to ${to}: picket notify list tells what became of it\n`
  const nowMs = Date.now()
  const { body } = reportMail(title, customer, mailTo, '')
  const type = format === 'pdf' ? 'application/pdf' : 'text/html'
  const message: Message = {
    key: `pn_${randomBytes(16).toString('hex')}`,
    kind: 'report',
    title,
    body,
    severity: 'informational',
    notices: [],
    count: 0,
    createdMs: nowMs,
    thread: '',
    pageUrl: undefined,
    again: false,
    attachment: { name: `report.${format}`, type, content }
  }
  const mailServer = readMailServer(access.picket.state)
  const outcome = await mail.send(message, { to: mailTo }, {}, { nowMs, hostName: hostname(), mailServer })
  if (outcome.result !== 'sent') throw new PicketError('mail-not-sent', `the report was not sent: ${outcome.detail}`)
  return `sent to ${to}\n`
}

async function contentOf(access: Access, asked: AskedReport): Promise<Buffer> {
  if (access.kind === 'own') {
    const { store, state } = access.picket
    return makeReport({ store, state, nowMs: Date.now, admission: createAdmission(1) }, asked)
  }
  const made = await callServer<{ id: string }>(access.server, 'POST', '/api/reports', asked)
  const response = await sendRequest(access.server, 'GET', `/api/reports/${made.id}/file`, undefined)
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  if (response.statusCode !== 200)
    throw new PicketError('server-answer', `the server answered ${response.statusCode} for the report's file`)
  return Buffer.concat(parts)
}
