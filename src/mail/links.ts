/** The links of a mail: where they lead, what is shown for them, and whether that agrees. */

import { registeredDomain } from '../parsers/shared/registered-domain.ts'
import type { Page } from './html.ts'

export type Link = {
  readonly url: string
  readonly scheme: string
  /** Of web addresses, in lower case; without brackets. */
  readonly host: string | undefined
  /** The domain that the text shows, where it shows one that is another than the link's. */
  readonly pretends: string | undefined
  /** `https://bank.example@evil.example`: a name before the host that is none. */
  readonly hidesHost: boolean
}

export const linksMax = 200
const urlMax = 2048

/** Those of a page and of plain text, each once. */
export function linksOf(pages: readonly Page[], texts: readonly string[]): Link[] {
  const found = new Map<string, Link>()
  const add = (href: string, shown: string): void => {
    if (found.size >= linksMax) return
    const link = linkOf(href, shown)
    if (link === undefined) return
    const there = found.get(link.url)
    if (there === undefined || (there.pretends === undefined && link.pretends !== undefined)) found.set(link.url, link)
  }
  for (const { anchors, forms } of pages) {
    for (const { href, shown } of anchors) add(href, shown)
    for (const action of forms) add(action, '')
  }
  for (const text of texts)
    for (const match of text.slice(0, 500_000).matchAll(/\bhttps?:\/\/[^\s<>"'`\u0000-\u001f]{3,2048}/gi))
      add(match[0].replace(/[).,;:!?\]}>]{1,5}$/, ''), '')
  return [...found.values()]
}

function linkOf(href: string, shown: string): Link | undefined {
  if (href === '' || href.startsWith('#') || href.length > urlMax * 2) return undefined
  const whole = href.startsWith('//') ? `https:${href}` : href
  let url: URL
  try {
    url = new URL(whole)
  } catch {
    return undefined
  }
  const scheme = url.protocol.slice(0, -1)
  if (scheme === 'mailto' || scheme === 'tel' || scheme === 'cid' || scheme === 'sms' || scheme === 'about')
    return undefined
  if (scheme !== 'http' && scheme !== 'https')
    return {
      url: whole.slice(0, scheme === 'data' ? 100 : urlMax),
      scheme,
      host: undefined,
      pretends: undefined,
      hidesHost: false
    }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  return {
    url: url.href.slice(0, urlMax),
    scheme,
    host,
    pretends: pretended(shown, host),
    hidesHost: url.username.includes('.')
  }
}

/** The host that a text shows as a link's, if it is another site's. */
function pretended(shown: string, host: string): string | undefined {
  if (shown.length > 300) return undefined
  const match =
    /^[\s"'([<]{0,5}(?:https?:\/\/)(?:www\.)?([a-z0-9\u0080-\uffff.-]{1,253}\.[a-z\u0080-\uffff]{2,24})(?=[\s/:?#)"'>\],]|$)/iu.exec(
      shown
    ) ??
    /^\s{0,5}(?:www\.)?([a-z0-9\u0080-\uffff-]{1,63}(?:\.[a-z0-9\u0080-\uffff-]{1,63}){0,5}\.[a-z]{2,24})(?:\/\S{0,300})?\s{0,5}$/iu.exec(
      shown
    )
  const name = match?.[1]?.toLowerCase()
  if (name === undefined) return undefined
  const theirs = siteOf(name)
  // A word with a dot that is no name of a site (`setup.exe`, `v1.two`).
  if (theirs === undefined || (!shown.includes('://') && !shown.includes('www.') && !knownEnding(name)))
    return undefined
  return theirs === siteOf(host) || passesOn(host) ? undefined : name
}

const endings: ReadonlySet<string> = new Set(
  'com net org edu gov int mil info biz eu de at ch fr it es pt nl be uk ie dk no se fi pl cz ru ua us ca mx br ar au nz jp cn in za io co me app dev'.split(
    ' '
  )
)

function knownEnding(name: string): boolean {
  return endings.has(name.slice(name.lastIndexOf('.') + 1))
}

/** Services that links are led through by whoever forwards or counts them: where they really lead is in the link, not in its host. */
const passing: ReadonlySet<string> = new Set(
  (
    'safelinks.protection.outlook.com urldefense.com urldefense.proofpoint.com linkprotect.cudasvc.com protect-us.mimecast.com ' +
    'protect-eu.mimecast.com secure-web.cisco.com'
  ).split(' ')
)

function passesOn(host: string): boolean {
  for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) if (passing.has(name)) return true
  return false
}

/** What somebody registered: the registrable domain; of an address, itself. */
export function siteOf(name: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined
  const host = asciiOf(name)
  if (isAddress(host)) return host
  return registeredDomain(host.toLowerCase()).registered_domain
}

/** Names in other letters as the DNS knows them. */
function asciiOf(name: string): string {
  if (!/[^\x00-\x7f]/.test(name)) return name
  try {
    return new URL(`http://${name}`).hostname
  } catch {
    return name
  }
}

export function isAddress(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':')
}

/** Shorteners: a link there says nothing of where it leads. */
const shorteners: ReadonlySet<string> = new Set(
  'clck.ru bit.ly tinyurl.com t.co goo.gl is.gd ow.ly buff.ly cutt.ly rebrand.ly rb.gy shorturl.at t.ly tiny.cc lnkd.in s.id bl.ink v.gd qrco.de u.to adf.ly amzn.to'.split(
    ' '
  )
)

export function isShortener(host: string): boolean {
  return shorteners.has(host.replace(/^www\./, ''))
}

/** Where anybody puts a page in a minute. */
const freeHosts: ReadonlySet<string> = new Set(
  (
    'webflow.io weebly.com wixsite.com github.io gitlab.io netlify.app vercel.app firebaseapp.com web.app pages.dev r2.dev workers.dev blogspot.com 000webhostapp.com ' +
    'glitch.me herokuapp.com godaddysites.com square.site carrd.co notion.site myshopify.com wordpress.com yolasite.com repl.co replit.app surge.sh ' +
    'onrender.com trycloudflare.com ngrok.io ngrok-free.app duckdns.org framer.app framer.website strikingly.com jimdosite.com webnode.page ipfs.io dweb.link'
  ).split(' ')
)

export function isFreeHost(host: string): boolean {
  for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1))
    if (freeHosts.has(name)) return true
  return false
}
