import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { completeEvent } from '../../core/event.ts'
import type { JsonObject, JsonValue, Sample } from '../../core/parser.ts'
import { suricata } from './suricata.ts'

const parse = suricata.open({ receivedMs: Date.UTC(2026, 0, 1) })

const parsed = (json: JsonObject) => {
  const result = parse(JSON.stringify(json), json)
  assert.ok(typeof result === 'object' && result.ok, JSON.stringify(result))
  return result
}
type Document = {
  readonly event: { readonly category: string[]; readonly type: string[] }
  readonly source?: { readonly ip?: string; readonly port?: number }
  readonly destination?: { readonly ip?: string; readonly port?: number }
  readonly network: { readonly community_id?: string }
  readonly dns: { readonly resolved_ip: string[] }
}
const documentOf = (json: JsonObject) => completeEvent(parsed(json).event) as unknown as Document

const common = {
  timestamp: '2026-01-15T10:20:30.123456+0000',
  flow_id: 7,
  src_ip: '10.0.0.5',
  src_port: 1234,
  dest_ip: '10.0.0.6',
  dest_port: 80,
  proto: 'TCP'
}

test('time keeps its microseconds, and the kind is the event type', () => {
  const { timeUs, kind } = parsed({ ...common, event_type: 'ssh', timestamp: '2026-01-15T10:20:30.123456-0530' })
  assert.equal(timeUs, Date.UTC(2026, 0, 15, 15, 50, 30) * 1000 + 123_456)
  assert.equal(kind, 'ssh')
  assert.equal(parsed({ ...common, event_type: 'Strange Thing!' }).kind, 'other')
  assert.equal(parsed({ ...common, event_type: 'new_in_9' }).kind, 'new_in_9')
})

test('every event type has a category, a type and the addresses', () => {
  const types =
    'alert anomaly dns http http2 tls fileinfo flow netflow stats ssh smtp ftp ftp_data tftp dhcp krb5 smb dcerpc nfs rdp ' +
    'rfb sip mqtt modbus dnp3 snmp ike ikev2 quic pgsql bittorrent_dht enip drop packet metadata frame engine telnet ' +
    'websocket ldap pop3 imap arp mdns stream_tcp template doh2'
  for (const type of types.split(' ')) {
    const { event, source, destination } = documentOf({ ...common, event_type: type, alert: { action: 'allowed' } })
    assert.ok(event.category.includes('network'), type)
    assert.ok(event.type.length > 0, type)
    assert.deepEqual([source?.ip, source?.port, destination?.ip, destination?.port], ['10.0.0.5', 1234, '10.0.0.6', 80])
  }
})

test("the record's own community id wins over the computed one", () => {
  assert.equal(documentOf({ ...common, event_type: 'flow', community_id: '1:own=' }).network.community_id, '1:own=')
  assert.match(documentOf({ ...common, event_type: 'flow' }).network.community_id ?? '', /^1:.{27}=$/)
  const { src_port: _, ...portless } = common
  assert.equal(documentOf({ ...portless, event_type: 'flow' }).network.community_id, undefined)
})

test('recognises EVE by its own words only', () => {
  const sample = (records: (JsonObject | undefined)[]): Sample => ({
    text: '',
    lines: [],
    json: records,
    fileName: undefined
  })
  assert.ok(suricata.recognise(sample([{ ...common, event_type: 'flow' }])) > 0.9)
  assert.ok(suricata.recognise(sample([{ timestamp: common.timestamp, event_type: 'stats', stats: {} }])) > 0.9)
  assert.equal(suricata.recognise(sample([{ timestamp: common.timestamp, event_type: 'click' }])), 0)
  assert.equal(suricata.recognise(sample([{ timestamp: common.timestamp, event_type: 'http' }])), 0)
  assert.equal(suricata.recognise(sample([undefined, undefined, { ...common, event_type: 'flow' }])), 0)
  assert.equal(suricata.recognise(sample([])), 0)
})

// Keys that the mapping reads, so that odd values reach it.
const keys =
  'timestamp event_type flow_id src_ip src_port dest_ip dest_port proto app_proto icmp_type vlan host ether src_mac files ' +
  'community_id alert action signature_id category severity metadata created_at mitre_attack filename http hostname url ' +
  'status length http_user_agent dns type rrname queries answers rdata version tls sni subject issuerdn notafter ja3 hash ' +
  'fingerprint client chain quic flow start end bytes_toserver state netflow fileinfo size md5 email from to smtp krb5 cname ' +
  'smb ntlmssp dhcp client_mac ssh arp __proto__ constructor x'
const { value: oddValue } = fc.letrec<{ value: JsonValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(
      null,
      true,
      0,
      -1,
      1e300,
      1.5,
      '',
      'answer',
      'A',
      '10.0.0.1',
      common.timestamp,
      'CN=a, O=b='
    ),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys.split(' ')), tie('value'), { maxKeys: 8 }) as fc.Arbitrary<JsonValue>
  )
}))

test('odd values of any shape neither throw nor change the record', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys.split(' ')), oddValue, { maxKeys: 20 }), odd => {
      for (const type of ['alert', 'dns', 'tls', 'http', 'flow']) {
        const json = { ...odd, timestamp: common.timestamp, event_type: type } as JsonObject
        const before = JSON.stringify(json)
        const result = parse(before, json)
        assert.ok(typeof result === 'object' && result.ok)
        completeEvent(result.event)
        assert.equal(JSON.stringify(json), before)
      }
    }),
    { numRuns: 300 }
  )
})

test('deep nesting and long lists are bounded', () => {
  let deep: JsonValue = 'x'
  for (let i = 0; i < 5000; i++) deep = [deep]
  parsed({ ...common, event_type: 'alert', alert: { metadata: { priority: deep } }, deep })
  const answers = Array.from({ length: 200_000 }, () => ({ rrtype: 'A', rdata: '192.0.2.1' }))
  const dns = { version: 2, type: 'answer', answers }
  assert.equal(documentOf({ ...common, event_type: 'dns', dns }).dns.resolved_ip.length, 1024)
  const subject = ' A='.repeat(100_000)
  parsed({ ...common, event_type: 'tls', tls: { subject, issuerdn: ' '.repeat(300_000), sni: '.' } })
})

test('no value of a record is lost', () => {
  const folder = new URL('cases/', import.meta.url)
  const files = readdirSync(folder).filter(file => file.endsWith('.log'))
  const lines = files.flatMap(file => readFileSync(new URL(file, folder), 'utf8').split('\n').filter(Boolean))
  for (const line of [...lines, ...eveLines()]) assertNothingLost(line)
})

/** Values that the module's documented conversions write in another way. */
const converted =
  /^(timestamp|flow_id|proto|dns\.(aa|tc|rd|ra)|ether\.(src|dest)_mac|alert\.metadata\.(created|updated)_at)$/

function assertNothingLost(line: string): void {
  const json = JSON.parse(line) as JsonObject
  const result = parse(line, json)
  if (typeof result === 'symbol' || !result.ok) return
  const kept = leaves(completeEvent(result.event))
  const ecs = new Set<unknown>()
  for (const [path, values] of kept) if (!path.startsWith('suricata.')) for (const value of values) ecs.add(value)
  for (const [path, values] of leaves(json)) {
    const at = kept.get(`suricata.eve.${path}`) ?? []
    const moved = kept.get(`suricata.eve.${path.replace('.metadata', '')}`) ?? []
    const original = path === 'tls.sni' ? (kept.get('suricata.eve.tls.sni_original') ?? []) : []
    for (const value of values)
      assert.ok(
        [...at, ...moved, ...original].includes(value) || ecs.has(value) || converted.test(path) || value === null,
        `${path}: ${JSON.stringify(value)} of ${line}`
      )
  }
}

function leaves(value: unknown, path = '', out = new Map<string, unknown[]>()): Map<string, unknown[]> {
  if (Array.isArray(value)) for (const item of value) leaves(item, path, out)
  else if (typeof value === 'object' && value !== null)
    for (const key in value) leaves((value as JsonObject)[key], path === '' ? key : `${path}.${key}`, out)
  else out.set(path, [...(out.get(path) ?? []), value])
  return out
}

const data = new URL('../../../../shared/data/', import.meta.url)

function eveLines(): string[] {
  const folder = new URL('eve/sel/', data)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap(name =>
    readFileSync(new URL(`${name}/eve.json`, folder), 'utf8')
      .split('\n')
      .filter(Boolean)
  )
}

test("Suricata's own output parses", { skip: !existsSync(data) }, () => {
  for (const line of eveLines()) {
    const json = JSON.parse(line) as JsonObject
    const { event, source, destination } = documentOf(json)
    assert.equal(parsed(json).kind, json['event_type'])
    assert.ok(event.category.length > 0 && event.type.length > 0, line)
    assert.equal(source?.ip, json['src_ip'])
    assert.equal(destination?.port, json['dest_port'])
  }
})
