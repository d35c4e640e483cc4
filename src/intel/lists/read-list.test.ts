import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Found, Reading } from '../indicator.ts'
import { type ListOptions, readList, recogniseList } from './read-list.ts'

function read(text: string, options: ListOptions = {}): { found: Found[]; reading: Reading; short: string[] } {
  const found: Found[] = []
  const reading = readList(text, options, indicator => found.push(indicator))
  const short = found.map(({ type, value, port }) => `${type} ${value}${port === undefined ? '' : ` ${port}`}`)
  return { found, reading, short }
}

const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
const md5 = 'd41d8cd98f00b204e9800998ecf8427e'

test("URLhaus's table", () => {
  const { found, reading } = read(
    [
      '################################################################',
      '# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #',
      '################################################################',
      '#',
      '# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter',
      '"1","2024-05-06 07:08:09","http://192.0.2.7:8080/a.sh?x=1,2","online","2024-05-07 00:00:00","malware_download","elf,Mirai","https://urlhaus.abuse.ch/url/1/","someone"',
      '"2","2024-05-06 07:08:10","not a url","offline","","malware_download","None","https://urlhaus.abuse.ch/url/2/","someone"'
    ].join('\r\n')
  )
  assert.equal(reading.format, 'csv')
  assert.deepEqual(found, [
    {
      type: 'url',
      value: 'http://192.0.2.7:8080/a.sh?x=1,2',
      labels: ['malware_download', 'elf', 'Mirai'],
      seenMs: Date.UTC(2024, 4, 7),
      validFromMs: Date.UTC(2024, 4, 6, 7, 8, 9),
      reference: 'https://urlhaus.abuse.ch/url/1/'
    }
  ])
  assert.equal(reading.refused, 1)
  assert.match(reading.problems[0]!.message, /no url: not a url/)
  assert.equal(reading.problems[0]!.where, 'line 7')
})

test("ThreatFox's table, with its spaces before quotes", () => {
  const { found, short } = read(
    [
      '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","reference","tags","anonymous","reporter"',
      '"2024-05-06 07:08:09", "12", "192.0.2.7:443", "ip:port", "botnet_cc", "win.x", "None", "Cobalt Strike", "", "75", "None", "CobaltStrike", "0", "me"',
      `"2024-05-06 07:08:09", "13", "${sha256}", "sha256_hash", "payload", "win.x", "None", "X", "2024-05-08 00:00:00", "100", "", "", "0", "me"`,
      '"2024-05-06 07:08:09", "14", "evil.example", "domain", "botnet_cc", "win.x", "None", "X", "", "50", "", "a,b", "0", "me"'
    ].join('\n')
  )
  assert.deepEqual(short, ['ip 192.0.2.7 443', `sha256 ${sha256}`, 'domain evil.example'])
  assert.equal(found[0]!.confidence, 75)
  assert.equal(found[0]!.name, 'Cobalt Strike')
  assert.deepEqual(found[0]!.labels, ['botnet_cc', 'CobaltStrike'])
  assert.equal(found[1]!.seenMs, Date.UTC(2024, 4, 8))
  assert.equal(found[0]!.reference, 'https://threatfox.abuse.ch/ioc/12/')
})

test('Feodo Tracker, SSLBL and MalwareBazaar', () => {
  const feodo = read(
    '# Feodo\n"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\n"2024-05-06 07:08:09","192.0.2.9","8443","online","2024-05-07","QakBot"\n# END 1 entries'
  )
  assert.deepEqual(feodo.short, ['ip 192.0.2.9 8443'])
  assert.equal(feodo.found[0]!.level, 'high')
  assert.equal(feodo.found[0]!.seenMs, Date.UTC(2024, 4, 7))
  assert.deepEqual(read(`# Listingdate,SHA1,Listingreason\n2024-05-06 07:08:09,${sha1},Dridex C&C`).short, [
    `sha1 ${sha1}`
  ])
  assert.deepEqual(read('# Firstseen,DstIP,DstPort\n2024-05-06 07:08:09,192.0.2.9,443').short, ['ip 192.0.2.9 443'])
  assert.deepEqual(
    read(`# ja3_md5,Firstseen,Lastseen,Listingreason\n${md5},2017-07-14 18:08:15,2019-07-27 20:42:54,Adware`).short,
    [`ja3 ${md5}`]
  )
  const bazaar = read(
    `# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name","signature"\n"2024-05-06 07:08:09", "${sha256}", "${md5}", "${sha1}", "me", "a.exe", "n/a"`
  )
  assert.deepEqual(bazaar.short, [`sha256 ${sha256}`, `sha1 ${sha1}`, `md5 ${md5}`])
  assert.equal(bazaar.found[0]!.name, undefined)
})

test('Spamhaus DROP as text and as JSON lines', () => {
  const text = read('; Spamhaus DROP List\n; Expires: today\n192.0.2.0/24 ; SBL123456\n198.51.100.0/22 ; SBL2')
  assert.deepEqual(text.short, ['cidr 192.0.2.0/24', 'cidr 198.51.100.0/22'])
  assert.equal(text.found[0]!.reference, 'https://check.spamhaus.org/sbl/query/SBL123456')
  const json = read(
    '{"cidr":"192.0.2.0/24","sblid":"SBL123456","rir":"ripencc"}\n{"cidr":"2001:db8::/32","sblid":"SBL2"}\n{"type":"metadata","records":2}\n'
  )
  assert.equal(json.reading.format, 'drop-json')
  assert.deepEqual(json.short, ['cidr 192.0.2.0/24', 'cidr 2001:db8::/32'])
  assert.equal(json.reading.refused, 0)
  assert.match(read('{"asn":64496,"cidr":null}\n', { format: 'drop-json' }).reading.problems[0]!.message, /AS number/)
})

test('one value a line, with comments and blank lines', () => {
  const { short, reading } = read(
    '\ufeff# Emerging Threats\n\n192.0.2.1\n192.0.2.2 # a scanner\n203.0.113.0/25\n2001:db8::1\n evil.example \nhxxp://evil[.]example/x\njunk here\n'
  )
  assert.equal(reading.format, 'plain')
  assert.deepEqual(short, [
    'ip 192.0.2.1',
    'ip 192.0.2.2',
    'cidr 203.0.113.0/25',
    'ip 2001:db8::1',
    'domain evil.example',
    'url http://evil.example/x'
  ])
  assert.equal(reading.refused, 1)
  assert.deepEqual(read(`${md5}\n`, { type: 'ja3', format: 'plain' }).short, [`ja3 ${md5}`])
  assert.deepEqual(read('Mozilla/5.0 (Evil; x)\nsqlmap/1.0\n', { type: 'user-agent', format: 'plain' }).short, [
    'user-agent mozilla/5.0 (evil; x)',
    'user-agent sqlmap/1.0'
  ])
  assert.deepEqual(read('').reading, { format: 'plain', taken: 0, refused: 0, unmatched: 0, problems: [] })
})

test('a hosts file', () => {
  const { short, reading } = read(
    '127.0.0.1 localhost\n::1 localhost\n0.0.0.0 0.0.0.0\n0.0.0.0 evil.example # bad\n0.0.0.0 ads.example www.ads.example\n127.0.0.1 Other.Example\n'
  )
  assert.equal(reading.format, 'hosts')
  assert.deepEqual(short, [
    'domain evil.example',
    'domain ads.example',
    'domain www.ads.example',
    'domain other.example'
  ])
})

test('tables by their columns', () => {
  const own = read('Name;Indicator;Tags;Confidence\nx;evil[.]example;a|b;80%\ny;192.0.2.1;c;\nz;nothing;;')
  assert.deepEqual(own.short, ['domain evil.example', 'ip 192.0.2.1'])
  assert.deepEqual(own.found[0], { type: 'domain', value: 'evil.example', labels: ['a', 'b'], confidence: 80 })
  assert.equal(own.reading.refused, 1)
  const chosen = 'when,what,who\n2024-01-01,evil.example,me\n2024-01-02,192.0.2.1,me\n'
  assert.deepEqual(read(chosen, { column: 'What' }).short, ['domain evil.example', 'ip 192.0.2.1'])
  assert.deepEqual(read(chosen, { column: '2' }).short, ['domain evil.example', 'ip 192.0.2.1'])
  // Without a header the first row counts as well.
  assert.deepEqual(read('a,evil.example\nb,192.0.2.1\n', { column: '2' }).short, [
    'domain evil.example',
    'ip 192.0.2.1'
  ])
  assert.match(
    read(chosen, { column: 'which' }).reading.problems[0]!.message,
    /there is no column which; there are: when, what, who/
  )
  assert.match(read('a,b\nc,d\n', { format: 'csv' }).reading.problems[0]!.message, /choose the one with the values/)
  assert.deepEqual(read(`hash,domain\n${md5},evil.example\n`).short, [`md5 ${md5}`, 'domain evil.example'])
})

test('values in a text', () => {
  const { short, reading } = read(
    `The loader (evil.example[.]com) fetched hxxps://cdn.example.com/a.php?x=1, then ran invoice.zip and setup.exe.
    It spoke to 192.0.2.1:443, 192.0.2[.]2 and "2001:db8::1". Mail: jdoe@example.org! Again evil[.]example[.]com.
    MD5 ${md5}; see https://blog.example.com/report. Version 1.2.3.4567, and/or README.md, e.g. this, run bad[.]zip.`
  )
  assert.equal(reading.format, 'text')
  assert.deepEqual(short, [
    'domain evil.example.com',
    'url https://cdn.example.com/a.php?x=1',
    'ip 192.0.2.1 443',
    'ip 192.0.2.2',
    'ip 2001:db8::1',
    'email jdoe@example.org',
    `md5 ${md5}`,
    'url https://blog.example.com/report',
    'domain bad.zip'
  ])
})

test('formats are told apart, and hostile texts end quickly', () => {
  assert.equal(recogniseList('192.0.2.1\n'), 'plain')
  assert.equal(recogniseList('0.0.0.0 a.example\n'), 'hosts')
  assert.equal(recogniseList('We saw evil[.]example yesterday.\nMore to come.\nAnd more.\n'), 'text')
  assert.equal(recogniseList('ip,comment\n192.0.2.1,x\n'), 'csv')
  const started = performance.now()
  for (const unit of ['[', '(.', '[.]', 'a.', '\\', '"', ',', 'hxxp://', '@', '{"cidr"', '1.', ' ;'])
    for (const text of [unit.repeat(300_000), `${unit.repeat(200)}\n`.repeat(2_000)]) read(text)
  assert.ok(performance.now() - started < 15_000)
})
