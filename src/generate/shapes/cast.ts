/**
 * Who is in the office: twelve people with their machines, servers, the world outside. Addresses of the world are of the networks for
 * documentation (RFC 5737) where attackers use them, else made up; names end in `.example` (RFC 2606) where they are ours.
 */

import type { Random } from '../random.ts'

export const domain = 'harbour.example'
export const accountId = '210987654321'

export type Person = {
  readonly name: string
  readonly full: string
  readonly ip: string
  readonly host: string
  readonly agent: string
  readonly developer: boolean
}

export type Server = {
  readonly name: string
  readonly ip: string
  readonly interfaceId: string
  readonly instanceId: string
}

export type Site = {
  readonly name: string
  readonly ip: string
  /** How much it gives, bytes, in the middle. */
  readonly bytes: number
  readonly issuer: string
  readonly fingerprint: string
}

export type Cast = {
  readonly people: readonly Person[]
  readonly servers: {
    readonly web: Server
    readonly files: Server
    readonly database: Server
    readonly directory: Server
    readonly build: Server
  }
  readonly sites: readonly Site[]
  /** Visitors of our web server. */
  readonly visitors: readonly { readonly ip: string; readonly agent: string }[]
  readonly partners: readonly { readonly name: string; readonly mail: string }[]
}

const people = [
  ['anna', 'Anna Berg', true],
  ['bruno', 'Bruno Costa', true],
  ['chloe', 'Chloe Martin', false],
  ['david', 'David Okafor', false],
  ['elena', 'Elena Rossi', false],
  ['farid', 'Farid Haddad', true],
  ['grace', 'Grace Kim', false],
  ['henrik', 'Henrik Lund', false],
  ['ines', 'Ines Silva', false],
  ['jonas', 'Jonas Weber', true],
  ['keiko', 'Keiko Tanaka', false],
  ['liam', 'Liam Murphy', false]
] as const

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
] as const

const known = [
  'www.google.com',
  'outlook.office365.com',
  'teams.microsoft.com',
  'github.com',
  'slack.com',
  'zoom.us',
  'www.wikipedia.org',
  'registry.npmjs.org',
  'update.microsoft.com',
  'www.dhl.com',
  'www.linkedin.com',
  'fonts.gstatic.com'
]
const syllables = 'ba be co da di fa go ha jo ka la le mi mo na ne po ra ri so ta ve vi wa zo'.split(' ')

export function castOf(random: Random): Cast {
  const draw = random.fork('cast')
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => '0123456789abcdef'[draw.below(16)]).join('')
  const word = (): string => Array.from({ length: draw.between(2, 4) }, () => draw.pick(syllables)).join('')
  const outside = (): string =>
    `${draw.pick([18, 23, 34, 52, 93, 104, 142, 151, 185, 199])}.${draw.below(256)}.${draw.below(256)}.${draw.between(1, 254)}`
  const server = (name: string, last: number): Server => ({
    name,
    ip: `10.20.2.${last}`,
    interfaceId: `eni-0${hex(16)}`,
    instanceId: `i-0${hex(16)}`
  })
  const endings = ['com', 'com', 'net', 'org', 'io', 'de', 'co.uk', 'app']
  const sites = Array.from(
    { length: 400 },
    (_, i): Site => ({
      name: known[i] ?? `${draw.pick(['www', 'cdn', 'api', word()])}.${word()}.${draw.pick(endings)}`,
      ip: outside(),
      bytes: Math.round(2000 * Math.exp(draw.unit() * 5)),
      issuer: draw.pick([
        "C=US, O=Let's Encrypt, CN=R12",
        'C=US, O=DigiCert Inc, CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1',
        'C=US, O=Google Trust Services, CN=WR2'
      ]),
      fingerprint: hex(40).replace(/(..)(?!$)/g, '$1:')
    })
  )
  return {
    people: people.map(([name, full, developer], i) => ({
      name,
      full,
      ip: `10.20.1.${11 + i}`,
      host: `WS-${name.toUpperCase()}`,
      agent: agents[i % 3]!,
      developer
    })),
    servers: {
      web: server('web1', 10),
      files: server('files1', 20),
      database: server('db1', 30),
      directory: server('dc1', 2),
      build: server('build1', 40)
    },
    sites,
    visitors: Array.from({ length: 300 }, () => ({ ip: outside(), agent: draw.pick(agents) })),
    partners: Array.from({ length: 20 }, () => {
      const [first, last] = [word(), word()]
      const name = `${first[0]!.toUpperCase()}${first.slice(1)} ${last[0]!.toUpperCase()}${last.slice(1)}`
      return { name, mail: `${first}.${last}@${word()}.${draw.pick(endings)}` }
    })
  }
}
