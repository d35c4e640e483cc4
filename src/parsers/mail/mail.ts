/**
 * What came out of mail files: messages, lines of attached logs, records of DMARC aggregate reports (made by `decoder.ts`). A line is
 * read as whatever log it is of, with the message that it came in.
 */

import { distinct, object } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import {
  type JsonObject,
  NO_EVENT,
  type ParseContext,
  type Parsed,
  type Parser,
  type Sample
} from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { addressesOf } from '../../mail/addresses.ts'
import { binaryText } from '../../mail/bytes.ts'
import { mailEvent } from '../../mail/event.ts'
import { factsOf } from '../../mail/facts.ts'
import { type MailSettings, mailSettings } from '../../mail/settings.ts'
import { mailDate } from '../email/date.ts'
import { type Document, merge, put } from '../ndjson/document.ts'
import { asList, asText, draftOf, fill, look } from '../shared/draft.ts'
import { description } from './description.ts'
import { dmarcEvent } from './dmarc.ts'

export const mail: Parser = {
  name: 'mail',
  title: 'What came in mails: attached logs, DMARC aggregate reports',
  input: 'json',
  framing: 'lines',
  recognise,
  open: context => (_text, json) => parse(json, context),
  description
}

function isMail(json: JsonObject | undefined): boolean {
  if (json === undefined) return false
  if (typeof json['line'] === 'string')
    return typeof json['attachment'] === 'string' && object(json['mail_of']) !== undefined
  if (object(object(json['dmarc'])?.['record']) !== undefined) return true
  if (typeof object(json['email'])?.['original'] === 'string') return true
  return Array.isArray(object(json['mail'])?.['headers'])
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isMail).length
  return good > 0 && good >= sample.lines.length * 0.9 ? 0.95 : 0
}

function parse(json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  if (!isMail(json))
    return { ok: false, reason: 'neither a message, nor a line of an attachment, nor of a DMARC report' }
  if (typeof json['line'] === 'string') return lineEvent(json['line'], json, context)
  const report = object(json['dmarc'])
  if (report !== undefined) return dmarcEvent(draftOf(report), asText(look(json, 'mail_of', 'message_id')))
  const whole = object(json['email'])
  if (typeof whole?.['original'] === 'string') return wholeEvent(whole['original'], whole, context)
  return messageEvent(draftOf(object(json['mail'])!), context)
}

function lineEvent(line: string, json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  const name = asText(json['attachment'])
  const id = asText(look(json, 'mail_of', 'message_id'))
  const inner = context.parseInner?.(line)
  if (inner === NO_EVENT) return inner
  const event: Document =
    inner?.ok === true
      ? inner.event
      : { message: line, event: { kind: 'event', module: 'mail', dataset: 'mail.attachment' } }
  fill(event, 'email.message_id', id)
  if (name !== undefined) fill(event, 'email.attachments', [{ file: { name } }])
  return inner?.ok === true ? { ...inner, event } : { ok: true, event, kind: 'line' }
}

/** A whole mail in JSON, with what is known of it: `{"email":{"original":"From: …","facts":{…}}}`. */
function wholeEvent(original: string, { facts, settings }: JsonObject, context: ParseContext): Parsed {
  const known = factsOf(facts)
  const own = settings === undefined ? mailSettings() : settingsOf(settings)
  const source = binaryText(new TextEncoder().encode(original))
  const { event, dateUs } = mailEvent(source, known, own, date => mailDate(date, context))
  if (dateUs !== undefined) event['@timestamp'] = isoMs(dateUs)
  return { ok: true, event, timeUs: dateUs, kind: 'message' }
}

function settingsOf(value: unknown): MailSettings {
  const of = (key: string): string[] => asList(look(value, key)).filter(item => typeof item === 'string')
  return { domains: of('domains'), people: of('people'), brands: [] }
}

/** Headers with a place of their own; of all others the values are kept by name. */
const placed: ReadonlySet<string> = new Set(
  'from to cc bcc reply-to sender subject message-id date x-mailer content-type'.split(' ')
)

function messageEvent(o: Document, context: ParseContext): Parsed {
  const headers: [string, string][] = []
  for (const item of asHeaders(o['headers'])) headers.push(item)
  const first = (name: string) => headers.find(([key]) => key === name)?.[1]
  const all = (name: string) => headers.filter(([key]) => key === name).map(([, value]) => value)
  const rest: Document = {}
  for (const [name, value] of headers) {
    if (placed.has(name)) continue
    const key = name.replaceAll('-', '_').slice(0, 64)
    const there = rest[key]
    put(rest, key, Array.isArray(there) ? [...there, value] : [value])
  }
  const timeUs = mailDate(first('date'), context)
  const from = addressesOf(all('from'))
  const to = addressesOf(all('to'))
  const attachments = asList(look(o, 'attachments')).map(attachmentOf)
  const type = first('content-type')
  const text = asText(look(o, 'text'))
  const hops = all('received').flatMap(hop =>
    [...hop.matchAll(/\[(?:IPv6:)?([0-9a-fA-F.:]{2,45})\]/g)].map(match => match[1])
  )
  return {
    ok: true,
    timeUs,
    kind: 'message',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: text ?? first('subject'),
      event: { kind: 'event', module: 'mail', dataset: 'mail.message', category: ['email'], type: ['info'] },
      email: {
        from: { address: from },
        to: { address: to },
        cc: { address: addressesOf(all('cc')) },
        bcc: { address: addressesOf(all('bcc')) },
        reply_to: { address: addressesOf(all('reply-to')) },
        sender: { address: addressesOf(all('sender'))?.[0] },
        subject: first('subject'),
        message_id: first('message-id'),
        x_mailer: first('x-mailer'),
        content_type: type === undefined ? undefined : type.split(';', 1)[0]!.trim().toLowerCase(),
        origination_timestamp: timeUs === undefined ? undefined : isoMs(timeUs),
        attachments: attachments.length === 0 ? undefined : attachments
      },
      related: {
        user: distinct(...(from ?? []), ...(to ?? [])),
        ip: distinct(...hops.filter((ip): ip is string => isIp(ip)))
      },
      mail: { headers: rest }
    }
  }
}

function* asHeaders(list: unknown): Generator<[string, string]> {
  // Pairs of texts in a list come flattened or nested, as the draft leaves them.
  const flat = asList(list).flat()
  for (let i = 0; i + 1 < flat.length && i < 2048; i += 2) {
    const name = flat[i]
    const value = flat[i + 1]
    if (typeof name === 'string' && typeof value === 'string') yield [name.toLowerCase(), value]
  }
}

function attachmentOf(item: unknown): Document {
  const name = asText(look(item, 'name'))
  const dot = name?.lastIndexOf('.') ?? -1
  const size = look(item, 'size')
  const out: Document = {}
  merge(out, 'file.name', name)
  if (name !== undefined && dot > 0) merge(out, 'file.extension', name.slice(dot + 1))
  merge(out, 'file.mime_type', asText(look(item, 'type')))
  merge(out, 'file.size', typeof size === 'number' ? size : undefined)
  return out
}
