/** Zeek: recognition of files and logs, the text format, and that no leaf of a record is lost or makes the parser throw. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { completeEvent } from '../../core/event.ts'
import { type JsonObject, type JsonValue, NO_EVENT, type Sample } from '../../core/parser.ts'
import { logByFileName, logByKeys, logByPath } from './logs.ts'
import { parseMailDate } from './mail-date.ts'
import { readHeader, readRow, unescaped } from './tsv.ts'
import { zeekJson, zeekTsv } from './zeek.ts'

const receivedMs = Date.UTC(2026, 0, 1)

const paths = [
  'conn dns http ssl x509 files ssh smtp ftp dhcp kerberos ntlm smb_files smb_mapping smb_cmd dce_rpc rdp rfb snmp socks sip irc',
  'modbus dnp3 mysql ntp radius tunnel weird notice intel signatures software known_hosts known_services known_certs',
  'capture_loss stats syslog traceroute pe ocsp dpd mqtt_connect mqtt_publish mqtt_subscribe quic analyzer ldap ldap_search',
  'postgresql websocket reporter never_heard_of'
].flatMap(line => line.split(' '))

type Outcome = {
  readonly document: Record<string, unknown>
  readonly kind: string | undefined
  readonly reason: string
}

function parsedJson(json: JsonObject, fileName?: string): Outcome {
  return outcome(zeekJson.open({ receivedMs, fileName })(JSON.stringify(json), json))
}

function parsedRow(row: string, header: readonly string[], fileName?: string): Outcome {
  return outcome(zeekTsv.open({ receivedMs, header, fileName })(row, {}))
}

function outcome(parsed: ReturnType<ReturnType<typeof zeekJson.open>>): Outcome {
  if (parsed === NO_EVENT) return { document: {}, kind: undefined, reason: 'no event' }
  if (!parsed.ok) return { document: {}, kind: undefined, reason: parsed.reason }
  return { document: completeEvent(parsed.event), kind: parsed.kind, reason: '' }
}

function sampleOf(text: string, fileName?: string): Sample {
  const lines = text.split('\n').filter(line => line !== '')
  return { text, lines, json: lines.map(tryObject), fileName }
}

function tryObject(line: string): JsonObject | undefined {
  try {
    return JSON.parse(line) as JsonObject
  } catch {
    return undefined
  }
}

const header = (path: string, fields: string, types: string): string[] => [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  `#path\t${path}`,
  `#fields\t${fields.replaceAll(' ', '\t')}`,
  `#types\t${types.replaceAll(' ', '\t')}`
]

test('a file is recognised by its content', () => {
  const conn =
    '{"ts":1700000000.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"10.0.0.2","id.resp_p":2}'
  assert.ok(zeekJson.recognise(sampleOf(conn)) > 0.9)
  assert.ok(zeekJson.recognise(sampleOf('{"_path":"stats","ts":1700000000,"peer":"zeek"}')) > 0.9)
  assert.ok(zeekJson.recognise(sampleOf('{"ts":"2026-01-01T00:00:00Z","host":"10.0.0.1"}', 'known_hosts.log')) > 0.8)
  assert.equal(zeekJson.recognise(sampleOf('{"ts":1700000000,"level":"info","msg":"listening"}')), 0)
  assert.equal(zeekJson.recognise(sampleOf('{"timestamp":"2026-01-01T00:00:00Z","event_type":"flow"}')), 0)
  assert.equal(zeekTsv.recognise(sampleOf(header('conn', 'ts uid', 'time string').join('\n'))), 1)
  assert.equal(zeekTsv.recognise(sampleOf('#fields of gold\n1 2 3')), 0)
  assert.equal(zeekTsv.recognise(sampleOf(conn)), 0)
})

test('a log is recognised by the name of its file', () => {
  const named = (name: string) => logByFileName(name)?.path
  assert.equal(named('conn.log'), 'conn')
  assert.equal(named('test-conn.log'), 'conn')
  assert.equal(named('/opt/zeek/logs/2026-01-01/dns.00:00:00-01:00:00.log.gz'), 'dns')
  assert.equal(named('C:\\zeek\\known-certs.log'), 'known_certs')
  assert.equal(named('smb_files_20260101.json'), 'smb_files')
  assert.equal(named('signature.log'), 'signatures')
  assert.equal(named('eve.json'), undefined)
  assert.equal(named(''), undefined)
})

test('a log is recognised by its keys', () => {
  const by = (keys: string) => logByKeys(Object.fromEntries(keys.split(' ').map(key => [key, 'x'])), undefined)?.path
  const session = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p'
  const expected: readonly (readonly [string, string])[] = [
    ['conn', `${session} proto conn_state missed_bytes orig_pkts`],
    ['dns', `${session} proto trans_id query qtype_name AA rejected`],
    ['http', `${session} trans_depth method host uri request_body_len response_body_len status_code tags`],
    ['sip', `${session} trans_depth method uri call_id seq request_path response_path request_body_len status_code`],
    ['smtp', `${session} trans_depth helo last_reply path tls fuids is_webmail`],
    ['ssl', `${session} version cipher resumed established`],
    ['ssh', `${session} auth_attempts client`],
    ['ftp', `${session} user password command arg reply_code reply_msg`],
    ['irc', `${session} nick user command value addl`],
    ['mysql', `${session} cmd arg success rows`],
    ['radius', `${session} username mac result`],
    ['rdp', `${session} result security_protocol cert_count`],
    ['smb_cmd', `${session} command argument status version tree tree_service`],
    ['smb_files', `${session} action path name size times.modified`],
    ['smb_mapping', `${session} path share_type`],
    ['weird', 'ts name notice peer'],
    ['notice', `${session} note msg src dst p actions suppress_for`],
    ['signatures', 'ts uid src_addr src_port dst_addr dst_port note sig_id event_msg'],
    ['software', 'ts host software_type name version.major unparsed_version'],
    ['known_hosts', 'ts host'],
    ['known_services', 'ts host port_num port_proto service'],
    ['known_certs', 'ts host port_num subject issuer_subject serial'],
    ['traceroute', 'ts src dst proto'],
    ['ldap', `${session} message_id version opcode result object`],
    ['ldap_search', `${session} message_id scope deref_aliases base_object result_count result`],
    ['mqtt_connect', `${session} proto_name proto_version client_id connect_status`],
    ['mqtt_publish', `${session} from_client retain qos status topic payload payload_len`],
    ['mqtt_subscribe', `${session} action topics qos_levels granted_qos_level ack`],
    ['quic', `${session} version client_initial_dcid server_scid server_name history`],
    ['postgresql', `${session} user database frontend frontend_arg success rows`],
    ['websocket', `${session} host uri user_agent client_extensions`],
    ['analyzer', 'ts cause analyzer_kind analyzer_name uid failure_reason'],
    ['dpd', `${session} proto analyzer failure_reason`]
  ]
  for (const [path, keys] of expected) {
    assert.equal(by(keys), path)
    // Whatever log the record before was of.
    const record = Object.fromEntries(keys.split(' ').map(key => [key, 'x']))
    for (const before of paths)
      assert.equal(logByKeys(record, logByPath(before))?.path, path, `${path} after ${before}`)
  }
  assert.equal(by('ts uid id.orig_h'), undefined)
})

test('the name of the file decides where the keys allow several logs', () => {
  const record = { ts: 1, host: '10.0.0.1', port_num: 443, service: ['http'] }
  assert.equal(parsedJson(record, 'known_services.log').kind, 'known_services')
  assert.equal(parsedJson({ ts: 1, uid: 'C1', cmd: 'x', arg: 'y' }, 'whatever.log').kind, 'mysql')
  assert.equal(parsedJson({ ts: 1, odd: 1 }, 'conn.log').kind, 'conn')
  assert.equal(parsedJson({ ts: 1, odd: 1 }).kind, 'unknown')
})

test('a log that nobody has heard of is kept under its name', () => {
  const { document, kind } = parsedJson({ _path: 'bacnet', ts: 1, uid: 'C1', 'id.orig_h': '10.0.0.1', 'a.b': 1 })
  assert.equal(kind, 'bacnet')
  assert.deepEqual(document['zeek'], { session_id: 'C1', bacnet: { a: { b: 1 } } })
  for (const path of ['__proto__', 'session_id', 'a.b', '', 'x'.repeat(65), '../etc']) {
    const odd = parsedJson({ _path: path, ts: 1 })
    assert.equal(odd.kind, 'unknown')
    if (path !== '') assert.deepEqual(odd.document['zeek'], { unknown: { _path: path } })
  }
  assert.equal(logByPath('conn_red')?.dataset, 'connection')
})

test('times are seconds with a fraction or ISO 8601; anything else is refused', () => {
  assert.equal(parsedJson({ ts: 1547188415.857497 }).document['@timestamp'], '2019-01-11T06:33:35.857Z')
  assert.equal(parsedJson({ ts: '2019-01-11T06:33:35.857497Z' }).document['@timestamp'], '2019-01-11T06:33:35.857Z')
  assert.equal(parsedJson({ ts: '1547188415.857497' }).document['@timestamp'], '2019-01-11T06:33:35.857Z')
  assert.equal(parsedJson({ ts: 1547188415857 }).document['@timestamp'], '2019-01-11T06:33:35.857Z')
  assert.equal(parsedJson({}).reason, 'no ts')
  for (const ts of [null, -1, 1e300, Number.POSITIVE_INFINITY, 'yesterday', [], {}, true, '1e99', ''] as JsonValue[])
    assert.match(parsedJson({ ts, uid: 'C1' }).reason, /^(no ts|ts is not a time)$/)
})

const marker = (n: number) => `m${n}m`

/** Every key that the mapping of a log names, and some that it does not. */
function keysOf(path: string): string[] {
  const log = logByPath(path)!
  const keys = [
    'conn_state',
    'rcode',
    'answers',
    'status',
    'action',
    'opcode',
    'cmd',
    'dropped',
    'local_orig',
    'tls',
    'date',
    'a.b.c'
  ]
  return [...new Set([...log.moves.keys(), ...keys])].filter(key => key !== 'ts' && key !== '_path')
}

test('no text of a record is lost, whatever its type should have been', () => {
  const shapes: ((text: string) => JsonValue)[] = [
    text => text,
    text => [text],
    text => ({ inner: text }),
    text => [[text]]
  ]
  for (const path of paths) {
    const keys = keysOf(path)
    for (const shape of shapes) {
      const record: Record<string, JsonValue> = { _path: path, ts: 1 }
      for (const [n, key] of keys.entries()) record[key] = shape(marker(n))
      const { document, reason } = parsedJson(record)
      assert.equal(reason, '')
      const text = JSON.stringify(document).toLowerCase()
      const lost = keys.filter((_, n) => !text.includes(marker(n)))
      assert.deepEqual(lost, [], `${path} of ${JSON.stringify(shape('…'))}`)
    }
  }
})

test('no number of a record is lost', () => {
  const times = /not_valid|compile_ts|revoketime|Update|till|from$|_time$|up_since|times\./
  for (const path of paths) {
    const keys = keysOf(path).filter(key => !times.test(key))
    const record: Record<string, JsonValue> = { _path: path, ts: 1 }
    for (const [n, key] of keys.entries()) record[key] = 7_000_001 + n
    const text = JSON.stringify(parsedJson(record).document)
    const lost = keys.filter((_, n) => !text.includes(String(7_000_001 + n)))
    assert.deepEqual(lost, [], path)
  }
})

test('any record makes an event or a reason, never an exception', () => {
  const names = [
    ...new Set(paths.flatMap(keysOf)),
    'seen.indicator',
    'seen.indicator_type',
    'note',
    'seq',
    'uri',
    'user_agent'
  ]
  const key = fc.oneof(fc.constantFrom(...names, '__proto__', 'constructor', 'id', 'result', '.', 'a..b'), fc.string())
  const text = fc.constantFrom(
    '10.0.0.1',
    '::1',
    'CN=a,OU=b\\, c,,=,O',
    'http://a/%zz?#',
    'SSLv',
    '-',
    'T',
    '1 INVITE',
    'SMB::FILE_DELETE'
  )
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(-1, 1e300, 70000, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER)
  )
  const leaf = fc.oneof(text, fc.string(), number, fc.boolean(), fc.constant(null))
  const value = fc.oneof(
    { weight: 4, arbitrary: leaf },
    fc.array(leaf, { maxLength: 3 }),
    fc.jsonValue({ maxDepth: 3 })
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...paths, undefined),
      fc.array(fc.tuple(key, value), { maxLength: 40 }),
      (path, entries) => {
        const record = JSON.parse(JSON.stringify({ ts: 1, _path: path }), undefined) as Record<string, unknown>
        for (const [name, item] of entries)
          Object.defineProperty(record, name, { value: item, enumerable: true, configurable: true, writable: true })
        const before = Object.hasOwn(Object.prototype, 'polluted')
        const { document } = parsedJson(record as JsonObject)
        JSON.stringify(document)
        assert.equal(before, false)
        assert.equal(Object.keys(Object.prototype).length, 0)
      }
    ),
    { numRuns: 400 }
  )
})

test('nested objects are read like dotted keys', () => {
  const nested = parsedJson({ ts: 1, uid: 'C1', id: { orig_h: '10.0.0.1', resp_h: '10.0.0.2' }, conn_state: 'SF' })
  const dotted = parsedJson({ ts: 1, uid: 'C1', 'id.orig_h': '10.0.0.1', 'id.resp_h': '10.0.0.2', conn_state: 'SF' })
  assert.deepEqual(nested, dotted)
  assert.equal(nested.kind, 'conn')
})

test('a key that would overwrite another is kept beside it', () => {
  const { document } = parsedJson({ _path: 'bacnet', ts: 1, a: 'x', 'a.b': 'y', 'c.d': 'z', c: 'w' })
  assert.deepEqual(document['zeek'], { bacnet: { a: 'x', 'a.b': 'y', c: { d: 'z' }, c_2: 'w' } })
  const proto = parsedJson(JSON.parse('{"_path":"bacnet","ts":1,"__proto__":"x","a.__proto__.b":"y"}') as JsonObject)
  assert.equal(JSON.stringify(proto.document['zeek']), '{"bacnet":{"__proto__":"x","a":{"__proto__.b":"y"}}}')
})

const types = 'time string addr port count int double interval bool enum set[string] vector[count] vector[bool] string'
const fields = 'ts uid id.orig_h id.orig_p c i d iv b e ss vc vb s'

test('the types of a row become what JSON would have', () => {
  const table = readHeader(header('made_up', fields, types))
  assert.ok(typeof table !== 'string')
  const row = '1.5\tC1\t10.0.0.1\t53\t7\t-7\t0.25\t0.001\tT\ttcp\ta,b\\x2cc\t1,-,2\tT,F\t(empty)'
  assert.deepEqual(readRow(row, table), {
    ts: 1.5,
    uid: 'C1',
    'id.orig_h': '10.0.0.1',
    'id.orig_p': 53,
    c: 7,
    i: -7,
    d: 0.25,
    iv: 0.001,
    b: true,
    e: 'tcp',
    ss: ['a', 'b,c'],
    vc: [1, null, 2],
    vb: [true, false],
    s: ''
  })
  const empty = readRow(
    '1\t-\t-\t-\t18446744073709551615\tx\t-\t-\tmaybe\t-\t(empty)\t-\t-\t\\x2d',
    table
  ) as JsonObject
  assert.equal(empty['c'], '18446744073709551615')
  assert.equal(empty['i'], 'x')
  assert.equal(empty['b'], 'maybe')
  assert.deepEqual(empty['ss'], [])
  assert.equal(empty['s'], '-')
  assert.equal(empty['uid'], undefined)
})

test('escapes of the text format', () => {
  assert.equal(unescaped('a\\x09b'), 'a\tb')
  assert.equal(unescaped('\\xe2\\x82\\xac und \\xc3\\xa4'), '€ und ä')
  assert.equal(unescaped('\\xf0\\x9f\\x98\\x80'), '😀')
  assert.equal(unescaped('C:\\\\dir\\\\x41'), 'C:\\dir\\x41')
  assert.equal(
    unescaped('\\x00\\xff\\xc0\\x80\\xed\\xa0\\x80\\xe2\\x82'),
    '\\x00\\xff\\xc0\\x80\\xed\\xa0\\x80\\xe2\\x82'
  )
  assert.equal(unescaped('\\x7'), '\\x7')
  assert.equal(unescaped('\\'), '\\')
  fc.assert(fc.property(fc.stringMatching(/^[\\xabf0-9]*$/), text => typeof unescaped(text) === 'string'))
})

test('rows that do not fit their header are refused with the reason', () => {
  const conn = header('conn', 'ts uid conn_state', 'time string string')
  assert.equal(parsedRow('1\tC1', conn).reason, 'row has 2 columns, #fields has 3')
  assert.equal(parsedRow('1\tC1\tSF\tmore', conn).reason, 'row has 4 columns, #fields has 3')
  assert.equal(parsedRow('-\tC1\tSF', conn).reason, 'no ts')
  assert.equal(parsedRow('soon\tC1\tSF', conn).reason, 'ts is not a time')
  assert.equal(parsedRow('1\tC1\tSF', []).reason, 'no #fields line before this row')
  assert.equal(parsedRow('1\tC1\tSF', conn.slice(0, -1)).reason, 'no #types line before this row')
  assert.equal(parsedRow('1\tC1\tSF', [...conn, '#types\ttime']).reason, '#types has 1 columns, #fields has 3')
  assert.equal(parsedRow('#close\t2026-01-01', conn).reason, 'no event')
  assert.equal(parsedRow('', conn).reason, 'row has 1 columns, #fields has 3')
})

test('columns do not hide each other', () => {
  const { document } = parsedRow('1\ta\tb\tc', header('made_up', 'ts x x __proto__', 'time string string string'))
  assert.deepEqual(document['zeek'], { made_up: { x: 'a', 'x#2': 'b', proto__: 'c' } })
})

test('a header that changes counts from there on', () => {
  const first = header('conn', 'ts uid conn_state', 'time string string')
  const second = [...first, '#close\t2026-01-01-00-00-00', '#path\tdns', '#fields\tts\tquery', '#types\ttime\tstring']
  assert.equal(parsedRow('1\tC1\tSF', first).kind, 'conn')
  assert.equal(parsedRow('1\texample.org', second).kind, 'dns')
  const semicolons = ['#separator ;', '#path;conn', '#fields;ts;uid', '#types;time;string']
  assert.equal((parsedRow('1;C1', semicolons).document['zeek'] as JsonObject)['session_id'], 'C1')
})

test('a log without times is of when it came', () => {
  const { document } = parsedRow('/opt/zeek/base/init.zeek', header('loaded_scripts', 'name', 'string'))
  assert.equal(document['@timestamp'], '2026-01-01T00:00:00.000Z')
  assert.deepEqual(document['zeek'], { loaded_scripts: { name: '/opt/zeek/base/init.zeek' } })
})

test('any row and any header make an event or a reason', () => {
  const line = fc.string({ unit: fc.constantFrom('\t', '#', '\\', 'x', '0', '9', 'a', '-', ',', '[', ']', '.', ' ') })
  const known = fc.constantFrom(
    '#separator \\x09',
    '#separator ',
    '#fields\tts\ta',
    '#types\ttime\tset[count]',
    '#path\t\t',
    '#set_separator\t'
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(line, known), { maxLength: 8 }), line, (lines, row) => {
      parsedRow(row, lines)
    }),
    { numRuns: 500 }
  )
})

test('dates of mail', () => {
  assert.equal(parseMailDate('Mon, 05 Oct 2009 11:36:07 +0530'), '2009-10-05T06:06:07.000Z')
  assert.equal(parseMailDate('5 Oct 2009 06:06 GMT'), '2009-10-05T06:06:00.000Z')
  assert.equal(parseMailDate('Mon, 5 Oct 2009 06:06:07 -0700 (PDT)'), '2009-10-05T13:06:07.000Z')
  for (const odd of ['', 'Mon', 'Mon, 05 Foo 2009 11:36:07 +0530', '05 Oct 2009 11:36:07', '99 Oct 2009 11:36:07 Z'])
    assert.equal(parseMailDate(odd), undefined)
})

const corpus = join(import.meta.dirname, '../../../../shared/data/ecs/zeek')

test('public records: recognised, with and without the file name', { skip: !existsSync(corpus) }, () => {
  for (const stream of readdirSync(corpus)) {
    for (const file of readdirSync(join(corpus, stream)).filter(name => name.endsWith('.log'))) {
      const text = readFileSync(join(corpus, stream, file), 'utf8')
      for (const fileName of [file, undefined]) {
        const sample = sampleOf(text, fileName)
        assert.ok(zeekJson.recognise(sample) >= 0.5, file)
        const parse = zeekJson.open({ receivedMs, fileName })
        for (const [at, json] of sample.json.entries()) {
          const parsed = parse(sample.lines[at]!, json!)
          assert.ok(parsed !== NO_EVENT && parsed.ok)
          assert.equal((parsed.event['event'] as JsonObject)['dataset'], `zeek.${stream}`)
        }
      }
    }
  }
})
