/**
 * Mails as they are (RFC 5322): a record is the bytes of one. What is known of it beside them (the envelope, what SPF, DKIM and DMARC said) stands in
 * the chunk's first header line, where the mail lane has put it. What is checked is in `src/mail`.
 */

import type { ParseContext, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { mailEvent } from '../../mail/event.ts'
import { readFacts } from '../../mail/facts.ts'
import { readHeaders } from '../../mail/headers.ts'
import { mailSettings } from '../../mail/settings.ts'
import { mailDate } from './date.ts'
import { description } from './description.ts'

export const email: Parser = {
  name: 'email',
  title: 'Mails (.eml, mbox, Maildir, SMTP)',
  input: 'bytes',
  framing: 'mail',
  recognise,
  open: context => {
    const facts = readFacts(context.header?.[0])
    return text => {
      if (facts.envelope === undefined && readHeaders(text.slice(0, 65_536)).headers.length === 0)
        return { ok: false, reason: 'no mail: it has no header' }
      return eventOf(text, facts, context)
    }
  },
  description
}

function eventOf(text: string, facts: ReturnType<typeof readFacts>, context: ParseContext): Parsed {
  const { event, dateUs } = mailEvent(text, facts, mailSettings(), date => mailDate(date, context))
  // Of a mail that we were sent the time is when it came: its own date is whatever its sender likes.
  const timeUs = facts.receivedMs === undefined ? dateUs : undefined
  if (timeUs !== undefined) event['@timestamp'] = isoMs(timeUs)
  return {
    ok: true,
    event,
    kind: 'message',
    ...(timeUs === undefined ? {} : { timeUs }),
    ...(facts.id === undefined ? {} : { identity: `email ${facts.id}` })
  }
}

/** `From ann@example.com Wed Jan  1 10:11:12 2025`: where a message of an mbox begins. */
export function isFromLine(text: string): boolean {
  return /^From \S{1,320}\s.{10,60}\d{4}\s{0,80}(?:\r?\n|$)/.test(text.slice(0, 512))
}

const sureHeaders: ReadonlySet<string> = new Set(
  (
    'return-path received delivered-to x-original-to x-received envelope-to from to cc subject date message-id mime-version reply-to ' +
    'sender dkim-signature arc-seal authentication-results content-type content-transfer-encoding x-mailer x-cron-env auto-submitted'
  ).split(' ')
)

function recognise({ text, fileName }: Sample): number {
  // Its name says what a mail with a single header does not.
  if (fileName !== undefined && /\.eml$/i.test(fileName) && readHeaders(text.slice(0, 16_384)).headers.length > 0)
    return 0.97
  const from = isFromLine(text) ? text.indexOf('\n') + 1 : 0
  return beginsWithHeaders(text.slice(from, from + 16_384), from > 0) ? 0.97 : 0
}

/** Header lines all along, and two or more that mails have. The last line may be cut off. */
function beginsWithHeaders(text: string, isMbox: boolean): boolean {
  const lines = text.split('\n')
  const cut = lines.length > 1 ? lines.slice(0, -1) : lines
  const found = new Set<string>()
  for (const line of cut) {
    if (line === '' || line === '\r') break
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (found.size === 0) return false
      continue
    }
    const name = /^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]{0,4}:/.exec(line)?.[1]?.toLowerCase()
    // Headers that are broken further down do not make it something else.
    if (name === undefined) return found.size >= 3
    if (sureHeaders.has(name)) found.add(name)
    else if (found.size === 0 && !name.startsWith('x-')) return false
  }
  if (isMbox) return found.size >= 1
  return (
    found.size >= 2 || (found.size === 1 && cut.length <= 12 && (found.has('received') || found.has('return-path')))
  )
}
