/** The addresses of mail headers (RFC 5322, 3.4): `Ann Example <ann@example.com>, "Bob, Jr." <bob@example.com>, Team: a@b, c@d;`. */

import { decodeWords } from './headers.ts'

export type Mailbox = {
  /** Decoded, without quotes; undefined where there is none. */
  readonly name: string | undefined
  /** As written, but for the domain, which is in lower case. Without `@` where the header has none. */
  readonly address: string
}

const addressesMax = 256

/** Those of all the headers' values. What has neither address nor name is left out. */
export function mailboxesOf(values: readonly string[]): Mailbox[] {
  const out: Mailbox[] = []
  for (const value of values)
    for (const piece of split(value)) {
      if (out.length >= addressesMax) return out
      const mailbox = mailboxOf(piece)
      if (mailbox !== undefined) out.push(mailbox)
    }
  return out
}

/** Their addresses, each once. Undefined if there are none. */
export function addressesOf(values: readonly string[]): string[] | undefined {
  const out = new Set(mailboxesOf(values).map(({ address }) => address))
  return out.size === 0 ? undefined : [...out]
}

function mailboxOf(text: string): Mailbox | undefined {
  const open = text.lastIndexOf('<')
  const close = open < 0 ? -1 : text.indexOf('>', open)
  if (open >= 0) {
    const address = addressOf(text.slice(open + 1, close < 0 ? undefined : close))
    const name = nameOf(text.slice(0, open))
    return address === '' && name === undefined ? undefined : { name, address }
  }
  const comment = /\(([^()]{0,200})\)/.exec(text)?.[1]
  const address = addressOf(comment === undefined ? text : text.replaceAll(/\([^()]{0,200}\)/g, ''))
  return address === '' ? undefined : { name: comment === undefined ? undefined : nameOf(comment), address }
}

function addressOf(text: string): string {
  const plain = decodeWords(text.trim()).replaceAll(/[\u0000-\u001f\u007f]/g, '')
  const at = plain.lastIndexOf('@')
  const bounded = plain.slice(0, 512)
  return at < 0 ? bounded : (plain.slice(0, at) + plain.slice(at).toLowerCase()).slice(0, 512)
}

function nameOf(text: string): string | undefined {
  const words = decodeWords(text.trim()).trim()
  const bare = /^"[\s\S]*"$/.test(words) ? words.slice(1, -1).replaceAll(/\\(.)/g, '$1') : words.replaceAll('"', '')
  const name = bare.trim().slice(0, 512)
  return name === '' ? undefined : name
}

/** The domain of an address, in lower case, without a dot at its end; undefined where there is none. */
export function domainOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const at = address.lastIndexOf('@')
  const domain =
    at < 0
      ? ''
      : address
          .slice(at + 1)
          .toLowerCase()
          .replace(/\.$/, '')
          .trim()
  return domain === '' || domain.length > 255 ? undefined : domain
}

/** At commas (and the semicolon and name of groups) outside quotes, comments and angle brackets. */
function split(text: string): string[] {
  const out: string[] = []
  let quoted = false
  let inside = false
  let comment = 0
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) quoted = !quoted
    else if (quoted) continue
    else if (code === 40) comment++
    else if (code === 41) comment = Math.max(0, comment - 1)
    else if (comment > 0) continue
    else if (code === 60) inside = true
    else if (code === 62) inside = false
    else if (!inside && code === 58) from = i + 1
    else if (!inside && (code === 44 || code === 59)) {
      out.push(text.slice(from, i))
      from = i + 1
    }
  }
  out.push(text.slice(from))
  return out.filter(piece => piece.trim() !== '')
}
