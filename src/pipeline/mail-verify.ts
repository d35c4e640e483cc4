/**
 * What of a mail can only be found out by asking: who brought it (the envelope, or the trace that our own servers wrote), and what SPF, DKIM and DMARC say
 * (RFC 7208, RFC 6376, RFC 9989). No answer is never a pass.
 */

import { hash } from 'node:crypto'
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { AuthenticateResult } from 'mailauth'
import { messageOf } from '../core/errors.ts'
import { domainOf, mailboxesOf } from '../mail/addresses.ts'
import type { Authentication, AuthResult, Envelope, MailFacts, Signature } from '../mail/facts.ts'
import { type Header, headersOf, readHeaders } from '../mail/headers.ts'
import { siteOf } from '../mail/links.ts'
import { believedResults, envelopeOf, resultOf } from '../mail/trace.ts'
import type { MailResolver } from './mail-resolver.ts'

export type VerifySettings = {
  /** Whose Authentication-Results are believed. */
  readonly authservIds: readonly string[]
  /** Our own mail servers: addresses and ranges (they bring mail, and are not who sent it), and names (their Received headers are believed). */
  readonly relays: readonly string[]
  readonly dns: boolean
  /** Ask the DNS also about mail that came from files. */
  readonly verifyFiles: boolean
}

export type Verified = Pick<MailFacts, 'envelope' | 'auth' | 'size' | 'sha256' | 'id'> & {
  readonly from: string | undefined
}

/** A mail has so long in all. */
const mailMs = 10_000
const headBytesMax = 256 * 1024
const signaturesMax = 10
const reasonMax = 160

export async function verifyMail(
  mail: Buffer,
  given: Envelope | undefined,
  settings: VerifySettings,
  resolver: MailResolver
): Promise<Verified> {
  const head = mail.toString('latin1', 0, headBytesMax)
  const { headers } = readHeaders(head)
  const from = mailboxesOf(headersOf(headers, 'from'))[0]?.address
  const fromDomain = domainOf(from)
  const ids = idOf(mail, given)
  const names = settings.relays.filter(relay => isIP(relay.split('/')[0]!) === 0)
  const isRelayed = given === undefined || isRelay(given.client, settings.relays)
  const traced = isRelayed ? envelopeOf(headers, names) : undefined
  // Who brings us copies of what it took is not who sent it.
  const envelope: Envelope | undefined =
    given === undefined
      ? traced
      : traced === undefined
        ? given
        : { ...traced, from: given.from, to: given.to, tls: given.tls, user: given.user, via: given.via }
  const believed = isRelayed ? believedResults(headers, settings.authservIds, fromDomain) : undefined
  const ask = settings.dns && (given !== undefined || settings.verifyFiles)
  const asked = isRelayed && traced === undefined ? undefined : envelope
  let auth: Authentication
  if (believed !== undefined) auth = believed
  else if (ask) auth = await within(mailMs, authenticate(mail, headers, asked, fromDomain, resolver))
  else auth = unasked
  return { ...ids, envelope, auth, size: mail.length, from }
}

/** What is kept of a mail whose looking at failed by our own mistake: never a pass, and the mail goes on. */
export function unverified(mail: Buffer, envelope: Envelope | undefined, reason: string): Verified {
  return {
    ...idOf(mail, envelope),
    envelope,
    auth: failed('temperror', reason.slice(0, reasonMax)),
    size: mail.length,
    from: undefined
  }
}

const unasked: Authentication = { by: 'none', spf: { result: 'none' }, dkim: [], dmarc: { result: 'none' } }

function failed(result: AuthResult, reason: string): Authentication {
  return { by: 'dns', spf: { result, reason }, dkim: [{ result, reason }], dmarc: { result, reason } }
}

/** Equal for the same mail to the same people: a client that sends again, a file that is read again. */
function idOf(mail: Buffer, envelope: Envelope | undefined): { id: string; sha256: string } {
  const sha256 = hash('sha256', mail)
  if (envelope === undefined) return { id: sha256, sha256 }
  const people = JSON.stringify([envelope.from ?? '', [...(envelope.to ?? [])].sort()])
  return { id: hash('sha256', `${sha256} ${people}`), sha256 }
}

function isRelay(client: string | undefined, relays: readonly string[]): boolean {
  if (client === undefined || isIP(client) === 0) return false
  const list = new BlockList()
  for (const relay of relays) {
    const [address = '', bits] = relay.split('/')
    if (isIP(address) === 0) continue
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    if (bits === undefined) list.addAddress(address, family)
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) list.addSubnet(address, Number(bits), family)
  }
  return list.check(client, isIPv6(client) ? 'ipv6' : 'ipv4')
}

async function within(ms: number, answer: Promise<Authentication>): Promise<Authentication> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Authentication>(resolve => {
    timer = setTimeout(() => resolve(failed('temperror', `not found out within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    return failed('temperror', messageOf(error).slice(0, reasonMax))
  } finally {
    clearTimeout(timer)
  }
}

async function authenticate(
  mail: Buffer,
  headers: readonly Header[],
  envelope: Envelope | undefined,
  from: string | undefined,
  resolver: MailResolver
): Promise<Authentication> {
  const { bodyAt } = readHeaders(mail.toString('latin1', 0, headBytesMax))
  if (bodyAt >= headBytesMax) return failed('permerror', 'the header is too large to be verified')
  const mailauth = await import('mailauth')
  const result = await mailauth.authenticate(withFewSignatures(mail, headers), {
    ip: envelope?.client,
    helo: envelope?.helo,
    // A bounce has none; undefined would be taken from the headers.
    sender: envelope === undefined ? undefined : (envelope.from ?? ''),
    mta: 'picket',
    resolver: resolver.forOneMail(),
    disableArc: true,
    disableBimi: true
  } as Parameters<typeof mailauth.authenticate>[1])
  // Who sent it is not known: SPF was asked about nobody.
  return authenticationOf(envelope?.client === undefined ? { ...result, spf: false } : result, from)
}

/** Each signature costs a key and a hash of the body: those beyond the first ten are not looked at. */
function withFewSignatures(mail: Buffer, headers: readonly Header[]): Buffer {
  if (headersOf(headers, 'dkim-signature').length <= signaturesMax) return mail
  const text = mail.toString('latin1')
  const { bodyAt } = readHeaders(text)
  let seen = 0
  const kept = text
    .slice(0, bodyAt)
    .split(/\n(?![ \t])/)
    .filter(field => !/^dkim-signature[ \t]{0,4}:/i.test(field) || ++seen <= signaturesMax)
  return Buffer.from(kept.join('\n') + text.slice(bodyAt), 'latin1')
}

function authenticationOf({ spf, dkim, dmarc }: AuthenticateResult, from: string | undefined): Authentication {
  const domain = spf === false ? undefined : spf?.domain
  const spfResult = spf === false || spf === undefined ? 'none' : resultOf(spf.status.result)
  const signatures: Signature[] = (dkim?.results ?? [])
    .filter(({ signingDomain }) => typeof signingDomain === 'string' && signingDomain !== '')
    .slice(0, signaturesMax)
    .map(one => ({
      result: resultOf(one.status.result),
      domain: one.signingDomain!.toLowerCase().slice(0, 255),
      selector: one.selector?.slice(0, 100),
      aligned:
        one.status.result === 'pass' &&
        (typeof one.status.aligned === 'string' || siteOf(one.signingDomain) === siteOf(from)),
      reason: textOf(one.status.comment)
    }))
  return {
    by: 'dns',
    spf: {
      result: spfResult,
      domain: domain?.slice(0, 255),
      aligned: spfResult === 'pass' && siteOf(domain) !== undefined && siteOf(domain) === siteOf(from),
      reason:
        spf === false || spf === undefined
          ? 'it is not known who sent it'
          : spfResult === 'pass'
            ? undefined
            : textOf(spf.status.comment)
    },
    dkim: signatures,
    dmarc:
      dmarc === false || dmarc === undefined
        ? { result: 'none', reason: from === undefined ? 'From names no domain' : 'From names no single domain' }
        : {
            result: resultOf(dmarc.status.result),
            domain: textOf(dmarc.status.header?.from),
            policy: textOf(dmarc.policy),
            reason: textOf((dmarc as { error?: unknown }).error)
          }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, reasonMax) : undefined
}
