/** Feeds that many want, ready to be switched on: free for defence at the time of writing; each one's terms are its own. */

import type { FeedSettings } from './settings.ts'

export type CatalogueEntry = {
  readonly name: string
  readonly about: string
  /** Where it is explained. */
  readonly home: string
  readonly settings: FeedSettings
}

const abuse = (name: string, file: string, about: string, settings: Partial<FeedSettings> = {}): CatalogueEntry => ({
  name: `abuse.ch ${name}`,
  about,
  home: `https://${file.split('/')[0]}/`,
  settings: {
    kind: 'list',
    url: `https://${file}`,
    everyMinutes: 60,
    level: 'high',
    confidence: 75,
    ...settings
  } as FeedSettings
})

export const catalogue: readonly CatalogueEntry[] = [
  abuse('URLhaus', 'urlhaus.abuse.ch/downloads/csv_recent/', 'URLs that serve malware, of the last 30 days'),
  abuse(
    'ThreatFox',
    'threatfox.abuse.ch/export/csv/recent/',
    'Addresses, domains, URLs and hashes of malware, of the last 48 hours'
  ),
  abuse(
    'Feodo Tracker',
    'feodotracker.abuse.ch/downloads/ipblocklist.csv',
    'Command and control servers of bank trojans and loaders',
    {
      level: 'critical',
      confidence: 90
    }
  ),
  abuse(
    'SSL blacklist',
    'sslbl.abuse.ch/blacklist/sslblacklist.csv',
    'Certificates (SHA-1) of command and control servers',
    {
      type: 'sha1'
    }
  ),
  abuse('MalwareBazaar', 'bazaar.abuse.ch/export/csv/recent/', 'Hashes of malware of the last 48 hours'),
  {
    name: 'Spamhaus DROP',
    about: 'Networks that are hijacked or run by criminals: drop their traffic',
    home: 'https://www.spamhaus.org/blocklists/do-not-route-or-peer/',
    settings: {
      kind: 'list',
      url: 'https://www.spamhaus.org/drop/drop_v4.json',
      everyMinutes: 720,
      level: 'high',
      confidence: 90
    }
  },
  {
    name: 'Spamhaus DROPv6',
    about: 'The same for IPv6',
    home: 'https://www.spamhaus.org/blocklists/do-not-route-or-peer/',
    settings: {
      kind: 'list',
      url: 'https://www.spamhaus.org/drop/drop_v6.json',
      everyMinutes: 720,
      level: 'high',
      confidence: 90
    }
  },
  {
    name: 'Emerging Threats compromised',
    about: 'Addresses that were seen attacking',
    home: 'https://rules.emergingthreats.net/',
    settings: {
      kind: 'list',
      url: 'https://rules.emergingthreats.net/blockrules/compromised-ips.txt',
      everyMinutes: 720,
      level: 'medium',
      confidence: 60
    }
  },
  {
    name: 'CINS Army',
    about: 'Addresses that scan and attack, of the last days',
    home: 'https://cinsscore.com/',
    settings: {
      kind: 'list',
      url: 'https://cinsscore.com/list/ci-badguys.txt',
      everyMinutes: 720,
      level: 'low',
      confidence: 50
    }
  },
  {
    name: 'CIRCL OSINT (MISP)',
    about: 'Events of reports that are public, by the Luxembourg CERT',
    home: 'https://www.circl.lu/doc/misp/feed-osint/',
    settings: {
      kind: 'misp',
      url: 'https://www.circl.lu/doc/misp/feed-osint',
      everyMinutes: 360,
      level: 'medium',
      confidence: 60,
      firstDays: 730,
      halfLifeDays: 365
    }
  },
  {
    name: 'Botvrij (MISP)',
    about: 'Indicators of reports that are public',
    home: 'https://www.botvrij.eu/',
    settings: {
      kind: 'misp',
      url: 'https://www.botvrij.eu/data/feed-osint',
      everyMinutes: 360,
      level: 'medium',
      confidence: 60,
      firstDays: 730,
      halfLifeDays: 365
    }
  },
  {
    name: 'MISP warninglists',
    about: 'Allow lists: well-known resolvers, content networks, top sites, reserved addresses',
    home: 'https://github.com/MISP/misp-warninglists',
    settings: {
      kind: 'warninglists',
      url: 'https://codeload.github.com/MISP/misp-warninglists/zip/refs/heads/main',
      everyMinutes: 10_080,
      only: [
        'public-dns-v4',
        'public-dns-v6',
        'cloudflare',
        'rfc1918',
        'rfc3849',
        'rfc5735',
        'rfc6598',
        'rfc6761',
        'multicast',
        'empty-hashes',
        'google',
        'microsoft-win10-connection-endpoints'
      ]
    }
  }
]
