/**
 * What is known of a mail beside its bytes: made where the world is (a source, the mail lane) and carried as the first header line of its chunk. All of it is
 * bounded by who makes it; `readFacts` takes what it understands and nothing else.
 */

import type { Judged } from './attachments.ts'

export type AuthResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror' | 'policy'

export type Signature = {
  readonly result: AuthResult
  readonly domain?: string | undefined
  readonly selector?: string | undefined
  readonly aligned?: boolean | undefined
  readonly reason?: string | undefined
}

export type Authentication = {
  /** `dns`: we asked. `header`: an Authentication-Results header that is believed. `none`: nobody asked. */
  readonly by: 'dns' | 'header' | 'none'
  /** Who wrote the header. */
  readonly server?: string | undefined
  readonly spf: {
    readonly result: AuthResult
    readonly domain?: string | undefined
    readonly aligned?: boolean | undefined
    readonly reason?: string | undefined
  }
  readonly dkim: readonly Signature[]
  readonly dmarc: {
    readonly result: AuthResult
    readonly domain?: string | undefined
    readonly policy?: string | undefined
    readonly reason?: string | undefined
  }
}

export type Envelope = {
  /** MAIL FROM; empty for bounces. */
  readonly from?: string | undefined
  readonly to?: readonly string[] | undefined
  readonly helo?: string | undefined
  readonly client?: string | undefined
  readonly clientPort?: number | undefined
  readonly tls?: boolean | undefined
  /** The name of the token by which the client authenticated itself. */
  readonly user?: string | undefined
  /** `smtp`: we took the mail. `headers`: from Received and Return-Path headers that are believed. */
  readonly via: 'smtp' | 'headers'
}

export type LeftOut = {
  /** The part's number. */
  readonly part: number
  readonly size: number
  readonly hash: { readonly md5: string; readonly sha1: string; readonly sha256: string }
  readonly judged: Judged
}

export type MailFacts = {
  /** The mail's identity: equal for a mail that comes again. */
  readonly id?: string | undefined
  readonly envelope?: Envelope | undefined
  /** When it was received, by our clock, in milliseconds. */
  readonly receivedMs?: number | undefined
  readonly auth?: Authentication | undefined
  /** Nobody had mail from the address, or from its domain, before. */
  readonly newSender?: boolean | undefined
  readonly newDomain?: boolean | undefined
  /** Of the whole mail. */
  readonly size?: number | undefined
  readonly sha256?: string | undefined
  readonly leftOut?: readonly LeftOut[] | undefined
}

export const noFacts: MailFacts = {}

/** What is not such an object is no facts. */
export function readFacts(line: string | undefined): MailFacts {
  if (line === undefined || !line.startsWith('{')) return noFacts
  try {
    return factsOf(JSON.parse(line))
  } catch {
    return noFacts
  }
}

/** Only the shapes that the checks go into are looked at: everything else is a text or a number wherever it is used. */
export function factsOf(value: unknown): MailFacts {
  if (!isObject(value)) return noFacts
  const { envelope, auth, leftOut } = value
  return {
    ...(value as MailFacts),
    envelope: isObject(envelope) ? (envelope as unknown as Envelope) : undefined,
    auth:
      isObject(auth) && isObject(auth['spf']) && isObject(auth['dmarc']) && Array.isArray(auth['dkim'])
        ? (auth as unknown as Authentication)
        : undefined,
    leftOut: Array.isArray(leftOut) ? (leftOut as LeftOut[]) : undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
