/** The checks of a mail, in the order in which people read them. Each says what it found and why; none stops another. */

import { domainOf } from './addresses.ts'
import { company, isFreeMail } from './brands.ts'
import { isAddress, isFreeHost, isShortener, siteOf } from './links.ts'
import { likenessOf, mixesScripts, skeletonOf } from './look-alike.ts'
import { toUnicode } from './punycode.ts'
import type { MailView } from './view.ts'

export type Check = {
  readonly name: string
  /** `unknown`: it could not be found out. */
  readonly result: 'pass' | 'fail' | 'unknown'
  readonly reason: string
}

/** The brand that the sender's name has in it; `mine` where it is the sender. */
export type NamedBrand = { readonly name: string; readonly mine: boolean }

export type Findings = {
  readonly checks: readonly Check[]
  readonly brand: NamedBrand | undefined
  /** What speaks against links: `shown otherwise`, `hidden host`, `address`, `odd scheme`, `shortener`, `free host`, `brand in host`. */
  readonly linkRisks: readonly string[]
  /** From an address where anybody may have one. */
  readonly freeMail: boolean
  readonly lookAlike: readonly { readonly domain: string; readonly of: string; readonly how: string }[]
}

const shownMax = 10

export function checkMail(view: MailView): Findings {
  const lookAlike = lookAlikes(view)
  const brand = brandOf(view)
  const risks = linkRisks(view)
  const checks: Check[] = [
    ...authentication(view),
    ownDomain(view),
    replyTo(view),
    returnPath(view),
    displayAddress(view),
    people(view),
    brandCheck(view, brand),
    lookAlikeCheck(lookAlike),
    punycode(view),
    links(view, risks),
    ...selfSent(view),
    attachments(view),
    sender(view),
    structure(view)
  ].filter(check => check !== undefined)
  return { checks, brand, lookAlike, linkRisks: [...risks.keys()], freeMail: isFreeMail(view.fromSite) }
}

function pass(name: string, reason: string): Check {
  return { name, result: 'pass', reason }
}

function fail(name: string, reason: string): Check {
  return { name, result: 'fail', reason }
}

function unknown(name: string, reason: string): Check {
  return { name, result: 'unknown', reason }
}

const verdict = (result: string): Check['result'] =>
  result === 'pass' ? 'pass' : result === 'fail' || result === 'softfail' ? 'fail' : 'unknown'

function authentication({ facts, fromDomain }: MailView): Check[] {
  const { auth } = facts
  if (auth === undefined || auth.by === 'none') {
    const reason = 'nobody was asked: there is no envelope, or names are not looked up'
    return ['spf', 'dkim', 'dmarc'].map(name => unknown(name, reason))
  }
  const by = auth.by === 'header' ? `, says ${auth.server ?? 'our server'}` : ''
  const { spf, dmarc } = auth
  const because = (reason: string | undefined): string => (reason === undefined ? '' : `: ${reason}`)
  const signers = auth.dkim.map(({ result, domain, reason }) => `${result} by ${domain ?? '?'}${because(reason)}`)
  const signed = auth.dkim.some(({ result }) => result === 'pass')
  const broken = auth.dkim.some(({ result }) => result === 'fail')
  const aligned = auth.dkim.some(one => one.result === 'pass' && one.aligned === true)
  return [
    {
      name: 'spf',
      result: verdict(spf.result),
      reason: `${spf.result} for ${spf.domain ?? 'no domain'}${spf.result === 'pass' && spf.aligned === false ? `, which is not ${fromDomain ?? 'the sender'}'s` : ''}${because(spf.reason)}${by}`
    },
    {
      name: 'dkim',
      result: signed ? 'pass' : broken ? 'fail' : 'unknown',
      reason: `${signers.length === 0 ? 'not signed' : signers.slice(0, 4).join('; ')}${signed && !aligned ? `; not ${fromDomain ?? 'the sender'}'s own signature` : ''}${by}`
    },
    {
      name: 'dmarc',
      result: verdict(dmarc.result),
      reason: `${dmarc.result} for ${dmarc.domain ?? fromDomain ?? 'no domain'}${dmarc.policy === undefined ? '' : ` (policy ${dmarc.policy})`}${because(dmarc.reason)}${by}`
    }
  ]
}

/** Is it shown, by a signature or an envelope that agrees with From, that the domain sent it? */
export function isProven({ facts }: MailView): boolean | undefined {
  const { auth } = facts
  if (auth === undefined || auth.by === 'none') return undefined
  if (auth.dmarc.result === 'pass' || auth.dkim.some(one => one.result === 'pass' && one.aligned === true)) return true
  if (auth.spf.result === 'pass' && auth.spf.aligned === true) return true
  const open = [auth.spf.result, auth.dmarc.result, ...auth.dkim.map(({ result }) => result)]
  return open.includes('temperror') ? undefined : false
}

function ownDomain(view: MailView): Check | undefined {
  const { settings, fromSite, fromDomain, facts } = view
  if (fromSite === undefined || !settings.domains.includes(fromSite)) return undefined
  if (facts.envelope?.user !== undefined)
    return pass('own-domain', `sent by ${facts.envelope.user}, who showed a token`)
  const proven = isProven(view)
  if (proven === undefined)
    return unknown('own-domain', `says that it is from ${fromDomain}, which could not be found out`)
  return proven
    ? pass('own-domain', `${fromDomain} did send it`)
    : fail('own-domain', `says that it is from ${fromDomain}, which is ours, but we did not send it`)
}

function replyTo({ replyTo: boxes, fromSite, fromDomain, listSite }: MailView): Check {
  const strangers = boxes.filter(({ address }) => siteOf(domainOf(address)) !== fromSite)
  if (boxes.length === 0) return pass('reply-to', 'replies go to the sender')
  if (strangers.length === 0) return pass('reply-to', `replies go to ${fromDomain ?? 'the sender'}`)
  const other = strangers[0]!.address
  if (listSite !== undefined && siteOf(domainOf(other)) === listSite)
    return pass('reply-to', `replies go to the list ${other}`)
  const free = isFreeMail(siteOf(domainOf(other))) && !isFreeMail(fromSite) ? ', where anybody can have an address' : ''
  return fail('reply-to', `replies go to ${other}${free}, not to ${fromDomain ?? 'the sender'}`)
}

function returnPath(view: MailView): Check {
  const { returnPath: path, fromSite, fromDomain, listSite } = view
  if (path === undefined) return unknown('return-path', 'there is no envelope and no Return-Path')
  if (path === '') return pass('return-path', 'a message of a mail server: nobody is to be told')
  const site = siteOf(domainOf(path))
  if (site === fromSite) return pass('return-path', `bounces go to ${path}`)
  if (listSite !== undefined && site === listSite) return pass('return-path', `bounces go to the list ${path}`)
  if (view.facts.auth?.dkim.some(one => one.result === 'pass' && one.aligned === true) === true)
    return pass('return-path', `bounces go to ${path}, and ${fromDomain} signed it`)
  return fail('return-path', `bounces go to ${path}, not to ${fromDomain ?? 'the sender'}`)
}

function displayAddress({ from, fromSite, fromDomain }: MailView): Check {
  const shown = /([^\s<>"'(),;:@]{1,64})@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6})/i.exec(
    from?.name?.slice(0, 512) ?? ''
  )
  if (shown === null) return pass('display-address', 'no address in the name')
  const domain = shown[2]!.toLowerCase()
  if (domain === fromDomain || (fromSite !== undefined && siteOf(domain) === fromSite))
    return pass('display-address', 'the address in the name is the sender’s')
  return fail('display-address', `the name shows ${shown[0]}, but it is from ${from?.address}`)
}

/** A name as it is compared: folded, words in order. */
export function folded(name: string): string {
  return skeletonOf(name.normalize('NFKD').replaceAll(/\p{M}/gu, ''))
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

function sameName(name: string, other: string): boolean {
  const words = (text: string): string => folded(text).split(' ').sort().join(' ')
  return words(name) === words(other)
}

function people({ from, fromSite, fromDomain, settings, facts }: MailView): Check | undefined {
  const name = from?.name
  if (settings.people.length === 0) return undefined
  // `Ann Example (CEO)`, `Ann Example via Signing`: what stands before.
  const bare = name?.split(/\s[(|/-]|,| via /, 1)[0] ?? ''
  const person =
    name === undefined ? undefined : settings.people.find(one => sameName(one, name) || sameName(one, bare))
  if (person === undefined) return pass('people', 'not a name that is watched')
  if (fromSite !== undefined && settings.domains.includes(fromSite))
    return pass('people', `${person}, at ${fromDomain}`)
  if (facts.envelope?.user !== undefined) return pass('people', `${person}, who showed a token`)
  return fail('people', `the name is ${person}'s, but it is from ${from?.address}`)
}

function brandOf({ from, fromSite, brands }: MailView): NamedBrand | undefined {
  if (from?.name === undefined || from.name.length > 200) return undefined
  const name = ` ${folded(from.name)} `
  for (const brand of brands) {
    const wanted = folded(brand.name)
    if (
      !name.includes(` ${wanted} `) &&
      !(wanted.length >= 7 && name.replaceAll(' ', '').includes(wanted.replaceAll(' ', '')))
    )
      continue
    if (brand.common === true && name.trim() !== wanted && !company.test(from.name.toLowerCase())) continue
    const mine = fromSite !== undefined && brand.domains.includes(fromSite)
    if (mine) return { name: brand.name, mine }
    if (!brands.some(other => other.domains.includes(fromSite ?? '') && name.includes(` ${folded(other.name)} `)))
      return { name: brand.name, mine }
  }
  return undefined
}

function brandCheck({ from, fromDomain, brands, fromSite }: MailView, named: NamedBrand | undefined): Check {
  if (named?.mine === false) return fail('brand', `the name says ${named.name}, but it is from ${from?.address}`)
  if (named !== undefined) return pass('brand', `${named.name}, from its own ${fromDomain}`)
  const label = fromSite?.split('.', 1)[0] ?? ''
  const tokens = label.split(/[-_]/)
  const borrowed =
    fromSite === undefined || isFreeMail(fromSite)
      ? undefined
      : brands.find(
          ({ name, domains }) =>
            name.length >= 5 && tokens.length > 1 && tokens.includes(name) && !domains.includes(fromSite)
        )
  if (borrowed !== undefined)
    return fail('brand', `${fromDomain} has ${borrowed.name} in its name, and is not ${borrowed.name}'s`)
  // `billing.amazon.com@gmail.com`
  const local = from?.address.slice(0, Math.max(0, from.address.lastIndexOf('@'))).toLowerCase() ?? ''
  const posed = isFreeMail(fromSite)
    ? brands.find(({ domains }) => domains.some(domain => local.includes(domain) && !isFreeMail(domain)))
    : undefined
  if (posed !== undefined)
    return fail('brand', `${from?.address} has ${posed.name}'s domain in its name, and is not ${posed.name}'s`)
  return pass('brand', 'no brand in its name')
}

function lookAlikes({
  fromSite,
  replyTo: boxes,
  returnPath: path,
  links: all,
  settings,
  brands
}: MailView): Findings['lookAlike'] {
  const sites = new Set<string>()
  for (const site of [
    fromSite,
    siteOf(domainOf(path)),
    ...boxes.map(({ address }) => siteOf(domainOf(address))),
    ...all.map(({ host }) => siteOf(host))
  ])
    if (site !== undefined && !isAddress(site)) sites.add(site)
  const own = new Set(settings.domains)
  const known = new Set(brands.flatMap(({ domains }) => domains))
  const found: { domain: string; of: string; how: string }[] = []
  for (const site of [...sites].slice(0, 64)) {
    if (own.has(site) || known.has(site)) continue
    let like: { of: string; how: string } | undefined
    for (const domain of own) {
      const how = likenessOf(site, domain, { offFrom: 4, endings: true })
      if (how !== undefined) like = { of: domain, how }
    }
    if (like === undefined)
      for (const domain of known) {
        const how = likenessOf(site, domain, { offFrom: 6, endings: false })
        if (how === undefined) continue
        like = { of: domain, how }
        if (how === 'looks the same') break
      }
    if (like !== undefined && found.length < shownMax) found.push({ domain: site, ...like })
  }
  return found
}

function lookAlikeCheck(found: Findings['lookAlike']): Check {
  const first = found[0]
  if (first === undefined) return pass('look-alike', 'no domain that is like one of ours or of a brand')
  const shown = toUnicode(first.domain)
  const written = shown === first.domain ? first.domain : `${first.domain} (${shown})`
  return fail(
    'look-alike',
    `${written} is not ${first.of}, but ${first.how === 'looks the same' ? 'looks the same' : `is ${first.how}`}`
  )
}

function punycode({ fromDomain, links: all }: MailView): Check {
  const hosts = [fromDomain, ...all.map(({ host }) => host)].filter(
    host => host?.includes('xn--') === true || /[^\x00-\x7f]/.test(host ?? '')
  )
  const mixed = hosts.find(host => mixesScripts(host!))
  if (mixed !== undefined) return fail('punycode', `${mixed} (${toUnicode(mixed)}) mixes alphabets`)
  if (hosts.length > 0) return unknown('punycode', `${hosts[0]} is shown as ${toUnicode(hosts[0]!)}`)
  return pass('punycode', 'no domain in other letters')
}

/** Each risk with the first link that has it, in the order in which they are told. */
function linkRisks({ links: all, brands }: MailView): Map<string, string> {
  const found = new Map<string, string>()
  const note = (risk: string, what: string): void => {
    if (!found.has(risk)) found.set(risk, what)
  }
  for (const { url, scheme, host, pretends, hidesHost } of all) {
    if (hidesHost) note('hidden host', `hides where it leads: ${url.slice(0, 200)}`)
    if (pretends !== undefined) note('shown otherwise', `shows ${pretends} and leads to ${host}`)
    if (scheme === 'data' || scheme === 'javascript' || scheme === 'vbscript' || scheme === 'file')
      note('odd scheme', `is a ${scheme}: address`)
    if (host === undefined) continue
    if (isAddress(host)) note('address', `leads to an address: ${host}`)
    if (isShortener(host)) note('shortener', `leads to ${host}, which does not show where it goes on to`)
    const free = isFreeHost(host)
    if (free) note('free host', `leads to ${host}, where anybody can have a page`)
    const site = siteOf(host)
    const words = host.split(/[.-]/)
    const brand = brands.find(
      ({ name, domains, common }) =>
        site !== undefined &&
        common !== true &&
        !domains.includes(site) &&
        name.length >= 5 &&
        words.some(word => word === name || (free && word.startsWith(name)))
    )
    if (brand !== undefined) note('brand in host', `leads to ${host}, which is not ${brand.name}'s`)
  }
  return found
}

function links({ links: all }: MailView, risks: ReadonlyMap<string, string>): Check {
  if (all.length === 0) return pass('links', 'none')
  for (const risk of ['hidden host', 'shown otherwise', 'brand in host', 'address', 'odd scheme']) {
    const what = risks.get(risk)
    if (what !== undefined) return fail('links', `a link ${what}`)
  }
  for (const risk of ['free host', 'shortener']) {
    const what = risks.get(risk)
    if (what !== undefined) return unknown('links', `a link ${what}`)
  }
  return pass('links', `${all.length}, each leads where it says`)
}

/** Mail that says it is from who gets it: a person's notes to himself, or somebody who shows what he could do. */
function selfSent(view: MailView): Check[] {
  const own = view.from?.address.toLowerCase()
  const to = [...(view.facts.envelope?.to ?? []), ...view.to.map(({ address }) => address)]
  if (own === undefined || !to.some(address => address.toLowerCase() === own)) return []
  const proven = isProven(view)
  if (proven === true || view.facts.envelope?.user !== undefined) return [pass('self-sent', `${own} wrote to itself`)]
  return [
    proven === undefined
      ? unknown('self-sent', `says that ${own} wrote to itself, which could not be found out`)
      : fail('self-sent', `says that ${own} wrote to itself, and did not`)
  ]
}

/** Risks that are enough alone; `encrypted archive` and `disk image` are told, too. */
function attachments({ attachments: files }: MailView): Check {
  if (files.length === 0) return pass('attachments', 'none')
  const bad = files.filter(({ judged }) => judged.risks.length > 0)
  if (bad.length === 0) return pass('attachments', `${files.length}, each is what it says`)
  const { part, judged } = bad[0]!
  const what = judged.contentName === undefined ? '' : ` (${judged.contentName})`
  return fail('attachments', `${part.name ?? 'one without a name'}${what}: ${judged.risks.join(', ')}`)
}

function sender({ facts, from, fromDomain }: MailView): Check | undefined {
  if (facts.newSender === undefined) return undefined
  if (!facts.newSender) return pass('sender', `${from?.address} has written before`)
  return unknown(
    'sender',
    facts.newDomain === true ? `nobody of ${fromDomain} has written before` : `${from?.address} has not written before`
  )
}

function structure({ problems, from, fromCount }: MailView): Check {
  const all = [...problems]
  if (from === undefined) all.push('no From')
  else if (fromCount > 1) all.push(`${fromCount} senders in From`)
  return all.length === 0
    ? pass('structure', 'as mails are built')
    : fail('structure', all.slice(0, shownMax).join('; '))
}
