/** A mail as an event: ECS `email.*` for what it is, `picket.mail.*` for what the checks found (docs/how-to/mail.md lists them). */

import { distinct } from '../core/ecs-values.ts'
import { isIp } from '../core/ip.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoMs } from '../core/time.ts'
import { domainOf, type Mailbox } from './addresses.ts'
import { checkMail } from './checks.ts'
import { digestOf } from './digest.ts'
import type { MailFacts } from './facts.ts'
import { decodeWords, type Header, headerOf, headersOf } from './headers.ts'
import { siteOf } from './links.ts'
import type { MailSettings } from './settings.ts'
import { readHop } from './trace.ts'
import { type Attachment, type MailView, viewOf } from './view.ts'

export type MailEvent = { readonly event: EcsEvent; readonly dateUs: number | undefined }

export type ReadDate = (text: string) => number | undefined

const urlsKept = 50
const headersKept = 120

/** `source` has one character a byte. `readDate` gives microseconds since 1970. */
export function mailEvent(source: string, facts: MailFacts, settings: MailSettings, readDate: ReadDate): MailEvent {
  const view = viewOf(source, facts, settings)
  const { headers, from, links, attachments, fromSite, fromDomain } = view
  const { checks, brand, lookAlike, linkRisks, freeMail } = checkMail(view)
  const date = headerOf(headers, 'date')
  const dateUs = date === undefined ? undefined : readDate(date)
  const type = headerOf(headers, 'content-type')
  const hosts = distinct(...links.flatMap(({ host }) => (host === undefined ? [] : [host])))
  const hops = headersOf(headers, 'received')
    .slice(0, 50)
    .map(hop => readHop(hop).ip)
  const { auth, envelope } = facts
  const files = attachments.map(attachmentOf)
  const text = view.text === '' ? view.subject : view.text
  const named = (name: string): string | undefined => {
    const value = headerOf(headers, name)
    return value === undefined ? undefined : decodeWords(value).slice(0, 998)
  }
  return {
    dateUs,
    event: {
      message: text,
      event: { kind: 'event', module: 'mail', dataset: 'mail.message', category: ['email'], type: ['info'] },
      email: {
        direction: directionOf(view),
        from: { address: addresses(from === undefined ? [] : [from]) },
        to: { address: addresses(view.to) },
        cc: { address: addresses(view.cc) },
        reply_to: { address: addresses(view.replyTo) },
        sender: { address: addressIn(headers, 'sender') },
        subject: view.subject,
        message_id: named('message-id'),
        x_mailer: named('x-mailer') ?? named('user-agent'),
        content_type: type === undefined ? undefined : type.split(';', 1)[0]!.trim().toLowerCase(),
        origination_timestamp: dateUs === undefined ? undefined : isoMs(dateUs),
        delivery_timestamp: facts.receivedMs === undefined ? undefined : isoMs(facts.receivedMs * 1000),
        attachments: files.length === 0 ? undefined : files
      },
      source:
        envelope?.client !== undefined && isIp(envelope.client)
          ? { ip: envelope.client, port: envelope.clientPort }
          : undefined,
      related: {
        user: distinct(...(addresses([...(from === undefined ? [] : [from]), ...view.to, ...view.cc]) ?? [])),
        ip: distinct(...hops.filter((ip): ip is string => ip !== undefined && isIp(ip))),
        hosts,
        hash: distinct(...files.flatMap(({ file }) => (file.hash === undefined ? [] : [file.hash.sha256])))
      },
      picket: {
        mail: {
          failed: names(checks, 'fail'),
          passed: names(checks, 'pass'),
          unknown: names(checks, 'unknown'),
          checks: checks.map(({ name, result, reason }) => `${name}: ${result}: ${reason.slice(0, 500)}`),
          from: { name: from?.name, domain: fromDomain, registered_domain: fromSite },
          envelope:
            envelope === undefined
              ? undefined
              : {
                  from: envelope.from,
                  to: envelope.to,
                  helo: envelope.helo,
                  via: envelope.via,
                  tls: envelope.tls,
                  user: envelope.user
                },
          spf: auth === undefined ? undefined : { result: auth.spf.result, domain: auth.spf.domain },
          dkim:
            auth === undefined
              ? undefined
              : {
                  result: dkimResult(auth.dkim.map(({ result }) => result)),
                  domain: distinct(...auth.dkim.flatMap(({ domain }) => (domain === undefined ? [] : [domain])))
                },
          dmarc: auth === undefined ? undefined : { result: auth.dmarc.result, policy: auth.dmarc.policy },
          authenticated_by: auth?.by,
          brand: brand?.name,
          look_alike: distinct(...lookAlike.map(({ domain }) => domain)),
          look_alike_of: distinct(...lookAlike.map(({ of }) => of)),
          url: distinct(...links.slice(0, urlsKept).map(({ url }) => url)),
          domain: hosts,
          links: links.length,
          link_risk: linkRisks.length === 0 ? undefined : linkRisks,
          free_mail: freeMail ? true : undefined,
          wording: view.wording.length === 0 ? undefined : view.wording,
          list: view.listSite,
          form: view.pages.some(page => page.forms.length > 0 || page.hasPassword) ? true : undefined,
          new_sender: facts.newSender,
          new_domain: facts.newDomain,
          attachment_risk: distinct(...attachments.flatMap(({ judged }) => judged.risks)),
          left_out: facts.leftOut?.length,
          size: facts.size ?? source.length,
          sha256: facts.sha256
        }
      },
      mail: { headers: otherHeaders(headers) }
    }
  }
}

function names(checks: ReturnType<typeof checkMail>['checks'], result: string): string[] | undefined {
  const found = checks.filter(check => check.result === result).map(({ name }) => name)
  return found.length === 0 ? undefined : found
}

function dkimResult(results: readonly string[]): string {
  for (const wanted of ['pass', 'temperror', 'fail', 'permerror', 'policy', 'neutral'])
    if (results.includes(wanted)) return wanted
  return 'none'
}

function addresses(boxes: readonly Mailbox[]): string[] | undefined {
  const found = [...new Set(boxes.map(({ address }) => address).filter(address => address !== ''))]
  return found.length === 0 ? undefined : found
}

function addressIn(headers: readonly Header[], name: string): string | undefined {
  const value = headerOf(headers, name)
  return value === undefined ? undefined : (/<([^<>\s]{1,320})>/.exec(value)?.[1] ?? value.slice(0, 320))
}

function directionOf({ facts, fromSite, to, settings }: MailView): string | undefined {
  if (settings.domains.length === 0 || facts.envelope === undefined) return undefined
  const ours = (site: string | undefined): boolean => site !== undefined && settings.domains.includes(site)
  const toUs = (facts.envelope.to ?? to.map(({ address }) => address)).some(address => ours(siteOf(domainOf(address))))
  if (ours(fromSite)) return toUs ? 'internal' : 'outbound'
  return toUs ? 'inbound' : undefined
}

type FileFields = {
  readonly file: {
    readonly name: string | undefined
    readonly extension: string | undefined
    readonly mime_type: string
    readonly size: number
    readonly hash: { readonly md5: string; readonly sha1: string; readonly sha256: string } | undefined
  }
}

function attachmentOf({ part, size, bytes, hash, judged }: Attachment): FileFields {
  const digest = hash ?? (bytes === undefined ? undefined : digestOf(bytes))
  return { file: { name: part.name, extension: judged.extension, mime_type: part.type, size, hash: digest } }
}

const placed: ReadonlySet<string> = new Set(
  'from to cc reply-to sender subject message-id date x-mailer content-type'.split(' ')
)

/** All other headers by name, as far as there is room for them. */
function otherHeaders(headers: readonly Header[]): Record<string, string[]> {
  const out: Record<string, string[]> = Object.create(null)
  let kept = 0
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (placed.has(lower) || kept >= headersKept) continue
    const key = lower.replaceAll(/[^a-z0-9_]/g, '_').slice(0, 64)
    const list = (out[key] ??= [])
    if (list.length >= 20) continue
    list.push(decodeWords(value).slice(0, 2000))
    kept++
  }
  return { ...out }
}
