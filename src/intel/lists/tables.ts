/**
 * Tables of indicators: those whose columns are known are read with all that they say, others by the columns that bear a known name.
 * abuse.ch's tables are described at https://urlhaus.abuse.ch/api/, https://threatfox.abuse.ch/export/, https://feodotracker.abuse.ch/blocklist/
 * and https://sslbl.abuse.ch/blacklist/.
 */

import type { Level } from '../../core/detection.ts'
import { parseIso } from '../../core/time.ts'
import { delimiterOf, splitCells } from '../../parsers/csv/split.ts'
import type { Found, IndicatorType } from '../indicator.ts'
import { attributeValues } from '../misp-event.ts'
import { normalValue, recogniseValue } from '../normalise.ts'

/** A row's indicators; a text is the reason why the row has none. */
export type RowReader = (cells: readonly string[]) => readonly (Found | string)[]

type Row = (column: string) => string

const columnsMax = 200

/** The names of a header's columns, in lower case. Undefined: no table. */
export function tableOf(header: string, delimiter?: string): { names: string[]; delimiter: string } | undefined {
  const by = delimiter ?? delimiterOf(header)
  if (by === undefined) return undefined
  const names = splitCells(header.replaceAll('", "', '","'), by, columnsMax).map(nameOf)
  return { names, delimiter: by }
}

const nameOf = (cell: string): string => cell.trim().toLowerCase().replace(/^"|"$/g, '')

type KnownTable = { readonly columns: readonly string[]; readonly read: (row: Row) => readonly (Found | string)[] }

const knownTables: readonly KnownTable[] = [
  {
    // MISP's attributes as CSV
    columns: ['uuid', 'category', 'type', 'value', 'to_ids'],
    read: row => {
      if (!['1', 'true'].includes(row('to_ids').toLowerCase())) return []
      const found = attributeValues(row('type'), row('value'))
      if (found === undefined) return [`MISP's ${row('type')} is not matched`]
      const about = { labels: labelsOf(row('attribute_tag')), description: row('comment') }
      return found.map(each => (typeof each === 'string' ? each : said(each, about)))
    }
  },
  {
    // URLhaus
    columns: ['dateadded', 'url', 'url_status', 'threat', 'urlhaus_link'],
    read: row =>
      one('url', row('url'), {
        labels: labelsOf(row('threat'), row('tags')),
        seenMs: timeOf(row('last_online')) ?? timeOf(row('dateadded')),
        validFromMs: timeOf(row('dateadded')),
        reference: row('urlhaus_link')
      })
  },
  {
    // ThreatFox
    columns: ['ioc_value', 'ioc_type', 'threat_type'],
    read: row => {
      const type = row('ioc_type').toLowerCase()
      const about = {
        labels: labelsOf(row('threat_type'), row('tags')),
        name: row('malware_printable') || row('fk_malware'),
        confidence: percentOf(row('confidence_level')),
        seenMs: timeOf(row('last_seen_utc')) ?? timeOf(row('first_seen_utc')),
        validFromMs: timeOf(row('first_seen_utc')),
        reference: row('ioc_id') === '' ? row('reference') : `https://threatfox.abuse.ch/ioc/${row('ioc_id')}/`
      }
      if (type === 'ip:port') return address(row('ioc_value'), about)
      const known = threatFoxTypes[type]
      return known === undefined ? [`ThreatFox's ${type} is not matched`] : one(known, row('ioc_value'), about)
    }
  },
  {
    // Feodo Tracker
    columns: ['dst_ip', 'dst_port', 'malware'],
    read: row =>
      address(`${bracketed(row('dst_ip'))}:${row('dst_port')}`, {
        labels: labelsOf('botnet_cc', row('malware')),
        name: row('malware'),
        level: 'high',
        seenMs: timeOf(row('last_online')) ?? timeOf(row('first_seen_utc')),
        validFromMs: timeOf(row('first_seen_utc'))
      })
  },
  {
    // SSLBL: fingerprints of certificates
    columns: ['listingdate', 'sha1', 'listingreason'],
    read: row =>
      one('sha1', row('sha1'), {
        labels: labelsOf('botnet_cc', row('listingreason')),
        name: row('listingreason'),
        seenMs: timeOf(row('listingdate')),
        validFromMs: timeOf(row('listingdate'))
      })
  },
  {
    // SSLBL: addresses
    columns: ['firstseen', 'dstip', 'dstport'],
    read: row =>
      address(`${bracketed(row('dstip'))}:${row('dstport')}`, {
        labels: ['botnet_cc'],
        seenMs: timeOf(row('firstseen')),
        validFromMs: timeOf(row('firstseen'))
      })
  },
  {
    // SSLBL: JA3. Known for false alarms, as malware shares its TLS library with others.
    columns: ['ja3_md5', 'firstseen', 'lastseen', 'listingreason'],
    read: row =>
      one('ja3', row('ja3_md5'), {
        labels: labelsOf(row('listingreason')),
        name: row('listingreason'),
        level: 'low',
        seenMs: timeOf(row('lastseen')),
        validFromMs: timeOf(row('firstseen'))
      })
  },
  {
    // MalwareBazaar
    columns: ['first_seen_utc', 'sha256_hash', 'md5_hash', 'sha1_hash', 'signature'],
    read: row => {
      const about = {
        labels: labelsOf(blank(row('signature'))),
        name: blank(row('signature')),
        seenMs: timeOf(row('first_seen_utc')),
        validFromMs: timeOf(row('first_seen_utc')),
        reference: `https://bazaar.abuse.ch/sample/${row('sha256_hash')}/`
      }
      return (['sha256', 'sha1', 'md5'] as const).flatMap(type => {
        const hash = blank(row(`${type}_hash`))
        return hash === '' ? [] : one(type, hash, about)
      })
    }
  }
]

const threatFoxTypes: Readonly<Record<string, IndicatorType>> = {
  domain: 'domain',
  url: 'url',
  md5_hash: 'md5',
  sha1_hash: 'sha1',
  sha256_hash: 'sha256',
  email: 'email'
}

/** The reader of a table that is known by the names of its columns. */
export function knownTable(header: string): RowReader | undefined {
  const table = tableOf(header)
  if (table === undefined) return undefined
  const { names } = table
  const known = knownTables.find(({ columns }) => columns.every(column => names.includes(column)))
  if (known === undefined) return undefined
  return cells => (cells.length < names.length - 1 ? [] : known.read(column => cells[names.indexOf(column)] ?? ''))
}

/** Columns by their usual names. Of several with values, each gives an indicator. */
const usualNames: Readonly<Record<string, IndicatorType | 'any'>> = {
  indicator: 'any',
  ioc: 'any',
  ioc_value: 'any',
  value: 'any',
  observable: 'any',
  artifact: 'any',
  host: 'any',
  ip: 'ip',
  ipv4: 'ip',
  ipv6: 'ip',
  ip_address: 'ip',
  address: 'ip',
  src_ip: 'ip',
  dst_ip: 'ip',
  dest_ip: 'ip',
  dstip: 'ip',
  c2: 'any',
  cidr: 'cidr',
  network: 'cidr',
  netblock: 'cidr',
  subnet: 'cidr',
  domain: 'domain',
  fqdn: 'domain',
  hostname: 'domain',
  domain_name: 'domain',
  url: 'url',
  uri: 'url',
  link: 'url',
  md5: 'md5',
  md5_hash: 'md5',
  sha1: 'sha1',
  sha1_hash: 'sha1',
  sha256: 'sha256',
  sha256_hash: 'sha256',
  sha512: 'sha512',
  hash: 'any',
  email: 'email',
  mail: 'email',
  sender: 'email',
  ja3: 'ja3',
  ja3_md5: 'ja3',
  ja3s: 'ja3s',
  ja4: 'ja4',
  user_agent: 'user-agent',
  useragent: 'user-agent',
  'user-agent': 'user-agent'
}
const labelNames = ['tags', 'tag', 'labels', 'label', 'category', 'type_of_threat', 'threat', 'malware', 'family']
const confidenceNames = ['confidence', 'confidence_level', 'score']
const seenNames = [
  'last_seen',
  'lastseen',
  'last_seen_utc',
  'updated',
  'date',
  'first_seen',
  'firstseen',
  'first_seen_utc'
]
const descriptionNames = ['description', 'comment', 'note', 'notes', 'reason']
const referenceNames = ['reference', 'references', 'source_url', 'report']

/** The reader of any table: by the chosen column (its name, or its number from 1 on), else by usual names. A text says why there is none. */
export function columnReader(
  names: readonly string[],
  chosen: string | undefined,
  type: IndicatorType | undefined
): RowReader | string {
  const values: { at: number; type: IndicatorType | 'any' }[] = []
  if (chosen !== undefined) {
    const at = /^[1-9]\d{0,3}$/.test(chosen) ? Number(chosen) - 1 : names.indexOf(chosen.trim().toLowerCase())
    if (at < 0 || at >= names.length)
      return `there is no column ${chosen}; there are: ${names.slice(0, 30).join(', ')} (or a number from 1 to ${names.length})`
    values.push({ at, type: type ?? 'any' })
  } else {
    names.forEach((name, at) => {
      const usual = usualNames[name]
      if (usual !== undefined) values.push({ at, type: type ?? usual })
    })
    if (values.length === 0)
      return `no column has a known name: choose the one with the values; there are: ${names.slice(0, 30).join(', ')}`
  }
  const first = (usual: readonly string[]): number => names.findIndex(name => usual.includes(name))
  const labels = first(labelNames)
  const confidence = first(confidenceNames)
  const seen = first(seenNames)
  const description = first(descriptionNames)
  const reference = first(referenceNames)
  return cells => {
    const about = {
      labels: labelsOf(cells[labels] ?? ''),
      confidence: percentOf(cells[confidence] ?? ''),
      seenMs: timeOf(cells[seen] ?? ''),
      description: (cells[description] ?? '').slice(0, 2000),
      reference: cells[reference] ?? ''
    }
    return values.flatMap(({ at, type }) => {
      const cell = cells[at] ?? ''
      if (cell === '') return values.length > 1 ? [] : ['the cell is empty']
      if (type === 'any' || type === 'ip' || type === 'cidr') {
        // Columns of addresses hold networks and ports as well.
        const found = recogniseValue(cell)
        return found === undefined ? [`no value that is known: ${cell}`] : [said(found, about)]
      }
      return one(type, cell, about)
    })
  }
}

type About = {
  readonly labels?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly level?: Level
  readonly confidence?: number | undefined
  readonly seenMs?: number | undefined
  readonly validFromMs?: number | undefined
  readonly description?: string | undefined
  readonly reference?: string | undefined
}

function one(type: IndicatorType, cell: string, about: About): readonly (Found | string)[] {
  const value = normalValue(type, cell)
  return value === undefined ? [`no ${type}: ${cell}`] : [said({ type, value }, about)]
}

/** `192.0.2.1:443`: the address, with that port only. */
function address(cell: string, about: About): readonly (Found | string)[] {
  const found = recogniseValue(cell)
  return found?.type === 'ip' || found?.type === 'domain' ? [said(found, about)] : [`no address: ${cell}`]
}

const bracketed = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip)
const blank = (cell: string): string => (cell === 'n/a' || cell === 'None' ? '' : cell)

/** Without what is empty. */
function said(found: Found, about: About): Found {
  const out: Record<string, unknown> = { ...found }
  for (const [key, value] of Object.entries(about)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue
    if (key === 'reference' && !/^https?:\/\//.test(String(value))) continue
    out[key] = value
  }
  return out as Found
}

const labelsMax = 20

/** `Mirai,elf` and `Mirai|elf` are two labels. */
export function labelsOf(...cells: readonly string[]): readonly string[] {
  const labels = new Set<string>()
  for (const cell of cells) {
    for (const part of cell.split(/[,|;]/)) {
      const label = part.trim()
      if (label !== '' && label !== 'None' && label.length <= 100 && labels.size < labelsMax) labels.add(label)
    }
  }
  return [...labels]
}

function percentOf(cell: string): number | undefined {
  if (!/^\d{1,3}(?:\.\d+)?%?$/.test(cell)) return undefined
  return Math.min(100, Number.parseFloat(cell))
}

/** `2024-05-06 07:08:09`, also with `UTC` behind it, or a day; in UTC. */
export function timeOf(cell: string): number | undefined {
  const text = cell.replace(/ UTC$/, '')
  const us = parseIso(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  return us === undefined ? undefined : us / 1000
}
