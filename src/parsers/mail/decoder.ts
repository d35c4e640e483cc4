/**
 * Mail files (.eml, mbox) and DMARC aggregate reports as JSON records: one for each message, one for each line of an attached log, one
 * for each record of a DMARC report. `mail.ts` reads them.
 */

import type { Decoder } from '../decoders.ts'
import { unpack } from './archive.ts'
import { binaryText, decoded } from './bytes.ts'
import { description } from './description.ts'
import { readReport } from './dmarc-xml.ts'
import { headerOf, type Mail, readHeaders, readMail } from './mime.ts'

/** A message of more bytes is cut there. */
const messageMax = 64 * 1024 * 1024

const sureHeaders: ReadonlySet<string> = new Set(
  (
    'return-path received delivered-to x-original-to x-received envelope-to from to cc subject date message-id mime-version reply-to ' +
    'sender dkim-signature arc-seal authentication-results content-type content-transfer-encoding x-mailer x-cron-env auto-submitted'
  ).split(' ')
)

export const mailFiles: Decoder = {
  name: 'mail-files',
  title: 'Mail files (.eml, mbox)',
  format: 'mail',
  description,
  claims: head => {
    const text = binaryText(head)
    const from = isFromLine(text) ? text.indexOf('\n') + 1 : 0
    return beginsWithHeaders(text.slice(from))
  },
  async *decode(bytes) {
    for await (const message of messages(bytes)) yield await recordsOf(message)
  }
}

export const dmarcReports: Decoder = {
  name: 'mail-dmarc',
  title: 'DMARC aggregate reports (XML)',
  format: 'mail',
  description,
  claims: head =>
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:[\w.-]{1,20}:)?feedback[\s>]/.test(binaryText(head)),
  async *decode(bytes) {
    let size = 0
    const pieces: Uint8Array[] = []
    for await (const piece of bytes) {
      size += piece.length
      if (size > messageMax) throw new Error(`a report of more than ${messageMax} bytes`)
      pieces.push(piece)
    }
    const report = readReport(decoded(joined(pieces, size), undefined))
    if (report === undefined) throw new Error('the XML is damaged, or no DMARC report')
    yield report.map(dmarc => JSON.stringify({ dmarc }))
  }
}

/** `From ann@example.com Wed Jan  1 10:11:12 2025`: where a message of an mbox begins. */
function isFromLine(text: string): boolean {
  return /^From \S{1,320}\s.{10,60}\d{4}\s*(?:\r?\n|$)/.test(text.slice(0, 512))
}

/** Header lines all along, and two or more that mails have. The last line may be cut off. */
function beginsWithHeaders(text: string): boolean {
  const lines = text.split('\n')
  const cut = lines.length > 1 ? lines.slice(0, -1) : lines
  const found = new Set<string>()
  for (const line of cut) {
    if (line === '' || line === '\r') break
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (found.size === 0) return false
      continue
    }
    const name = /^([A-Za-z][A-Za-z0-9-]{1,60}):/.exec(line)?.[1]?.toLowerCase()
    if (name === undefined) return false
    if (sureHeaders.has(name)) found.add(name)
    else if (found.size === 0 && !name.startsWith('x-')) return false
  }
  return (
    found.size >= 2 || (found.size === 1 && cut.length <= 12 && (found.has('received') || found.has('return-path')))
  )
}

/** What is kept back at the end of what was searched: a line that begins a message may be cut. */
const overlap = 1024

/** Each message as a text of one character a byte. Only what is new is searched, whatever a message's size. */
async function* messages(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let done: string[] = []
  let size = 0
  let window = ''
  let isMbox: boolean | undefined
  for await (const piece of bytes) {
    window += binaryText(piece)
    if (isMbox === undefined && window.length < overlap && !window.includes('\n')) continue
    isMbox ??= isFromLine(window)
    for (let next = isMbox ? nextFrom(window) : -1; next >= 0; next = nextFrom(window)) {
      yield done.join('') + window.slice(0, next)
      done = []
      size = 0
      window = window.slice(next)
    }
    if (window.length > overlap * 2) {
      if (size < messageMax) done.push(window.slice(0, -overlap))
      size += window.length - overlap
      window = window.slice(-overlap)
    }
  }
  const last = done.join('') + window
  if (last.trim() !== '') yield last
}

/** The index of the next line that begins a message, after a blank line; -1 if there is none yet. */
function nextFrom(text: string): number {
  for (let at = text.indexOf('\nFrom ', 1); at >= 0; at = text.indexOf('\nFrom ', at + 1)) {
    const blank = text[at - 1] === '\n' || (text[at - 1] === '\r' && text[at - 2] === '\n')
    if (blank && text.indexOf('\n', at + 1) > 0 && isFromLine(text.slice(at + 1, at + 513))) return at + 1
  }
  return -1
}

async function recordsOf(message: string): Promise<string[]> {
  const start = isFromLine(message) ? message.indexOf('\n') + 1 : 0
  // Mailboxes quote lines that begin like the beginning of a message.
  const text = start > 0 ? message.slice(start).replaceAll('\n>From ', '\nFrom ') : message
  const mail = readMail(text)
  const records = [JSON.stringify({ mail: described(mail) })]
  const about = { message_id: headerOf(readHeaders(text.slice(0, 65_536)).headers, 'message-id') }
  for (const attachment of mail.attachments)
    for (const file of await unpack(attachment.name, attachment.bytes)) {
      const name = file.name ?? attachment.name ?? ''
      if (isXml(file.bytes)) {
        for (const dmarc of readReport(decoded(file.bytes, undefined)) ?? [])
          records.push(JSON.stringify({ dmarc, mail_of: about }))
      } else if (/\.(log|txt|json|ndjson|jsonl|csv|tsv)$/i.test(name)) {
        for (const line of decoded(file.bytes, undefined).split(/\r?\n/))
          if (line.trim() !== '') records.push(JSON.stringify({ line, attachment: name, mail_of: about }))
      }
    }
  return records
}

function isXml(bytes: Uint8Array): boolean {
  return binaryText(bytes.subarray(0, 512)).includes('<feedback')
}

function described(mail: Mail): object {
  return {
    headers: mail.headers,
    text: mail.text,
    attachments: mail.attachments.map(({ name, type, bytes }) => ({ name, type, size: bytes.length }))
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
