/** A mail as the checks look at it: everything that several of them need, found out once. */

import { domainOf, type Mailbox, mailboxesOf } from './addresses.ts'
import { type Judged, judgeAttachment } from './attachments.ts'
import type { Brand } from './brands.ts'
import type { MailFacts } from './facts.ts'
import { decodeWords, type Header, headerOf, headersOf } from './headers.ts'
import { type Page, readHtml } from './html.ts'
import { type Link, linksOf, siteOf } from './links.ts'
import { bytesOfPart, type Part, takeApart, textOfPart } from './mime.ts'
import { brandsInForce, type MailSettings } from './settings.ts'
import { wordingOf } from './wording.ts'

export type Attachment = {
  readonly part: Part
  readonly size: number
  /** Undefined where its bytes were left out: `hash` says what they were. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined
  readonly hash: { readonly md5: string; readonly sha1: string; readonly sha256: string } | undefined
  readonly judged: Judged
}

export type MailView = {
  readonly headers: readonly Header[]
  readonly from: Mailbox | undefined
  readonly fromCount: number
  readonly fromDomain: string | undefined
  /** The registrable domain. */
  readonly fromSite: string | undefined
  readonly replyTo: readonly Mailbox[]
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  /** MAIL FROM, or Return-Path where there is no envelope; empty for bounces. */
  readonly returnPath: string | undefined
  readonly subject: string | undefined
  readonly text: string
  readonly links: readonly Link[]
  readonly pages: readonly Page[]
  readonly attachments: readonly Attachment[]
  readonly wording: readonly string[]
  /** The domain of a mailing list that it came by. */
  readonly listSite: string | undefined
  readonly problems: readonly string[]
  readonly facts: MailFacts
  readonly settings: MailSettings
  readonly brands: readonly Brand[]
}

const textMax = 262_144
const attachmentsMax = 64

/** `source` has one character a byte. */
export function viewOf(source: string, facts: MailFacts, settings: MailSettings): MailView {
  const { headers, parts, problems: structural } = takeApart(source)
  const problems = [...structural]
  const froms = headersOf(headers, 'from')
  const fromBoxes = mailboxesOf(froms)
  const from = fromBoxes[0]
  if (froms.length > 1) problems.push('more than one From header')
  if (/\r(?!\n)/.test(source)) problems.push('carriage returns that end no line')
  if (source.includes('\0')) problems.push('zero bytes')
  for (const name of ['subject', 'date', 'message-id', 'reply-to', 'sender'])
    if (headersOf(headers, name).length > 1) problems.push(`more than one ${name} header`)
  const fromDomain = domainOf(from?.address)
  const left = new Map((facts.leftOut ?? []).map(one => [one.part, one]))
  const { pages, text, plains } = readBodies(
    source,
    parts.filter(({ number }) => !left.has(number))
  )
  const subjectRaw = headerOf(headers, 'subject')
  const subject = subjectRaw === undefined ? undefined : decodeWords(subjectRaw).slice(0, 1000)
  const attachments: Attachment[] = []
  for (const part of parts) {
    const isBody = !part.attached && (part.type === 'text/plain' || part.type === 'text/html')
    if (isBody && !left.has(part.number)) continue
    if (attachments.length >= attachmentsMax) {
      problems.push(`more than ${attachmentsMax} attachments`)
      break
    }
    const out = left.get(part.number)
    if (out !== undefined) {
      attachments.push({ part, size: out.size, bytes: undefined, hash: out.hash, judged: out.judged })
      continue
    }
    const bytes = bytesOfPart(source, part)
    attachments.push({
      part,
      size: bytes.length,
      bytes,
      hash: undefined,
      judged: judgeAttachment(part.name, part.type, bytes)
    })
  }
  const returnPath = facts.envelope?.from ?? mailboxesOf(headersOf(headers, 'return-path').slice(0, 1))[0]?.address
  return {
    headers,
    from,
    fromCount: fromBoxes.length,
    fromDomain,
    fromSite: siteOf(fromDomain),
    replyTo: mailboxesOf(headersOf(headers, 'reply-to')),
    to: mailboxesOf(headersOf(headers, 'to')),
    cc: mailboxesOf(headersOf(headers, 'cc')),
    returnPath,
    subject,
    text,
    links: linksOf(pages, plains),
    pages,
    attachments,
    wording: wordingOf(subject, text),
    listSite: listOf(headers),
    problems,
    facts,
    settings,
    brands: brandsInForce(settings)
  }
}

function readBodies(source: string, parts: readonly Part[]): { pages: Page[]; text: string; plains: string[] } {
  const plains: string[] = []
  const pages: Page[] = []
  let own = 0
  let bytes = 0
  for (const part of parts) {
    if (part.attached || (part.type !== 'text/plain' && part.type !== 'text/html')) continue
    bytes += part.to - part.from
    // Thousands of texts are a bomb: what is looked at is bounded.
    if (bytes > 2_000_000 || plains.length + pages.length >= 64) break
    const text = textOfPart(source, part)
    if (part.type === 'text/plain') {
      if (!part.inner) own++
      plains.push(text)
    } else pages.push(readHtml(text))
  }
  const shown = own > 0 || pages.length === 0 ? plains.join('\n') : pages.map(page => page.text).join('\n')
  // A plain part that says nothing beside a page that says much hides the page.
  const page = pages.map(({ text }) => text).join('\n')
  const chosen = shown.trim().length * 4 < page.trim().length ? `${shown.trimEnd()}\n${page}` : shown
  const tidy = chosen.replaceAll(/[ \t]{2,}/g, ' ').replaceAll(/(?:[ \t]*\r?\n){3,}/g, '\n\n')
  return { pages, plains, text: tidy.trim().slice(0, textMax) }
}

/** Of List-Id or List-Post. */
function listOf(headers: readonly Header[]): string | undefined {
  const post = /mailto:[^@>\s]{1,256}@([^>\s?]{1,255})/i.exec(headerOf(headers, 'list-post') ?? '')?.[1]
  const id = /<([^<>\s]{1,255})>/.exec(headerOf(headers, 'list-id') ?? '')?.[1]
  return siteOf(post ?? id)
}
