/** The logs in which Zeek judges: notice, signatures, intel, weird, and the analyzers that gave up (dpd, analyzer). */

import { numberOf, text } from '../../core/ecs-values.ts'
import { ipVersion, isIp } from '../../core/ip.ts'
import type { JsonObject } from '../../core/parser.ts'
import { urlParts } from '../shared/url.ts'
import { type Log, setNetworkType, standIn, type Words } from './draft.ts'
import { stay, stayUnless } from './leftovers.ts'
import { connectionInfo, describe, info, network } from './log.ts'

const allowed: Words = ['info', 'allowed']
const denied: Words = ['info', 'denied']

/** https://docs.zeek.org/en/master/logs/notice.html. `src`, `dst` and `p` stand in where no connection is named. */
export const notice: Log = describe('notice', {
  kind: 'alert',
  category: ['intrusion_detection'],
  type: info,
  moves: {
    src: '*',
    dst: '*',
    p: '*',
    conn: 'connection_id',
    iconn: 'icmp_id',
    'f.id': 'file.id',
    'f.parent_id': 'file.parent_id',
    'f.source': 'file.source',
    'f.is_orig': 'file.is_orig',
    'f.seen_bytes': 'file.seen_bytes',
    'f.total_bytes': 'file.total_bytes',
    file_mime_type: 'file.mime_type'
  },
  map(draft, record, own) {
    const { source, destination } = draft
    standIn(draft, text(record['src']), text(record['dst']))
    destination.port ??= numberOf(record['p'])
    if (record['src'] !== source.address) stay(own, 'src', record['src'])
    if (record['dst'] !== destination.address) stay(own, 'dst', record['dst'])
    stayUnless(own, 'p', record['p'], destination.port)
    if (record['dropped'] === false) draft.event.type = allowed
    else if (record['dropped'] === true) draft.event.type = denied
    draft['rule'] = { name: text(record['note']), description: text(record['msg']) }
    draft['file'] = { size: numberOf(record['f.total_bytes']), mime_type: text(record['file_mime_type']) }
  }
})

/** https://docs.zeek.org/en/master/scripts/base/frameworks/signatures/main.zeek.html */
export const signatures: Log = describe('signatures', {
  dataset: 'signature',
  kind: 'alert',
  category: network,
  moves: { src_addr: '*', src_port: '*', dst_addr: '*', dst_port: '*', sig_id: '$', event_msg: '$' },
  map(draft, record, own) {
    const { source, destination } = draft
    standIn(draft, text(record['src_addr']), text(record['dst_addr']))
    source.port ??= numberOf(record['src_port'])
    destination.port ??= numberOf(record['dst_port'])
    if (record['src_addr'] !== source.address) stay(own, 'src_addr', record['src_addr'])
    if (record['dst_addr'] !== destination.address) stay(own, 'dst_addr', record['dst_addr'])
    stayUnless(own, 'src_port', record['src_port'], source.port)
    stayUnless(own, 'dst_port', record['dst_port'], destination.port)
    setNetworkType(draft, source.ip)
    draft['rule'] = { id: text(record['sig_id']), description: text(record['event_msg']) }
  }
})

/** https://docs.zeek.org/en/master/logs/intel.html */
export const intel: Log = describe('intel', {
  kind: 'enrichment',
  category: ['threat'],
  type: ['indicator'],
  map(draft, record) {
    const indicator = indicatorOf(record)
    draft['threat'] = indicator === undefined ? undefined : { indicator }
  }
})

const hashNames: ReadonlyMap<number, string> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [64, 'sha256']
])

function indicatorOf(record: JsonObject): Record<string, unknown> | undefined {
  const value = text(record['seen.indicator'])
  switch (text(record['seen.indicator_type'])) {
    case 'Intel::ADDR':
      return { type: ipVersion(value) === 6 ? 'ipv6-addr' : 'ipv4-addr', ip: isIp(value) ? value : undefined }
    case 'Intel::URL': {
      const parts = value === undefined ? undefined : urlParts(value)
      return {
        type: 'url',
        url: parts && {
          domain: parts.domain,
          path: parts.path,
          query: parts.query,
          extension: parts.extension,
          scheme: parts.scheme,
          port: parts.port,
          fragment: parts.fragment
        }
      }
    }
    case 'Intel::EMAIL':
      return { type: 'email-addr', email: { address: value } }
    case 'Intel::FILE_NAME':
      return { type: 'file', file: { name: value } }
    case 'Intel::FILE_HASH': {
      const name = hashNames.get(value?.length ?? 0)
      return { type: 'file', file: name === undefined ? undefined : { hash: { [name]: value } } }
    }
    case 'Intel::DOMAIN':
      return { type: 'domain-name', url: { domain: value } }
    default:
      return undefined
  }
}

/** https://docs.zeek.org/en/master/logs/weird-and-notice.html */
export const weird: Log = describe('weird', {
  category: network,
  type: info,
  moves: { addl: 'additional_info' },
  map(draft, record) {
    draft['rule'] = { name: text(record['name']) }
  }
})

/** https://docs.zeek.org/en/master/logs/dpd.html */
export const dpd: Log = describe('dpd', { category: network, type: connectionInfo })

/** What dpd.log became in Zeek 6. */
export const analyzer: Log = describe('analyzer', {
  category: network,
  type: connectionInfo,
  map(draft, record) {
    draft['error'] = { message: text(record['failure_reason']) }
  }
})
