import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidenceAt, indicatorId } from './indicator.ts'
import { normalValue, recogniseValue, refang } from './normalise.ts'

test('defanged spellings are undone', () => {
  const plain = 'http://evil.example/a'
  for (const spelling of [
    'hxxp://evil[.]example/a',
    'hXXp://evil(.)example/a',
    'http[:]//evil[dot]example/a',
    'hxxp[://]evil{.}example/a',
    'h**p://evil\\.example/a',
    ' http://evil.example/a '
  ])
    assert.equal(refang(spelling), plain, spelling)
  assert.equal(refang('jdoe[@]evil[.]example'), 'jdoe@evil.example')
  assert.equal(refang('jdoe [at] evil [dot] example'), 'jdoe@evil.example')
  assert.equal(refang('192.0.2[.]1'), '192.0.2.1')
  assert.equal(refang('[2001:db8::1]'), '[2001:db8::1]')
})

test('values of each type in their normal form', () => {
  const cases: [Parameters<typeof normalValue>[0], string, string | undefined][] = [
    ['ip', '192.0.2.1', '192.0.2.1'],
    ['ip', '2001:DB8:0:0::1', '2001:db8::1'],
    ['ip', '::ffff:192.0.2.1', '192.0.2.1'],
    ['ip', '[2001:db8::1]', '2001:db8::1'],
    ['ip', '192.0.2.256', undefined],
    ['ip', 'evil.example', undefined],
    ['cidr', '192.0.2.77/24', '192.0.2.0/24'],
    ['cidr', '2001:db8:ffff::/32', '2001:db8::/32'],
    ['cidr', '192.0.2.77/32', undefined],
    ['cidr', '192.0.2.77/33', undefined],
    ['domain', 'WWW.Evil.Example.', 'www.evil.example'],
    ['domain', '*.evil.example', 'evil.example'],
    ['domain', 'bücher.example', 'xn--bcher-kva.example'],
    ['domain', '_dmarc.evil.example', '_dmarc.evil.example'],
    ['domain', 'localhost', undefined],
    ['domain', '192.0.2.1', undefined],
    ['domain', 'evil..example', undefined],
    ['domain', 'evil.example/path', undefined],
    ['url', 'HTTP://Evil.Example:80', 'http://evil.example/'],
    ['url', 'https://evil.example/a#b', 'https://evil.example/a'],
    ['url', 'https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
    ['url', 'javascript:alert(1)', undefined],
    ['md5', ' D41D8CD98F00B204E9800998ECF8427E', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['md5', 'd41d8cd98f00b204e9800998ecf8427', undefined],
    ['sha256', 'd41d8cd98f00b204e9800998ecf8427e', undefined],
    ['email', 'JDoe@Evil.Example', 'jdoe@evil.example'],
    ['email', 'jdoe[@]evil[.]example', 'jdoe@evil.example'],
    ['email', 'mailto:jdoe@evil.example', 'jdoe@evil.example'],
    ['email', '@evil.example', undefined],
    ['ja4', 't13d1516h2_8daaf6152771_b186095e22b6', 't13d1516h2_8daaf6152771_b186095e22b6'],
    ['ja4', 't13d1516h2', undefined],
    ['user-agent', '  Mozilla/5.0 EVIL ', 'mozilla/5.0 evil'],
    ['domain', `${'a'.repeat(64)}.example`, undefined],
    ['url', `http://evil.example/${'a'.repeat(5000)}`, undefined]
  ]
  for (const [type, given, wanted] of cases) assert.equal(normalValue(type, given), wanted, `${type} ${given}`)
})

test('a value says itself what it is', () => {
  const cases: [string, string | undefined, string?, number?][] = [
    ['192.0.2.1', 'ip', '192.0.2.1'],
    ['192.0.2.1:443', 'ip', '192.0.2.1', 443],
    ['[2001:db8::1]:443', 'ip', '2001:db8::1', 443],
    ['2001:db8::1', 'ip', '2001:db8::1'],
    ['192.0.2.0/24', 'cidr', '192.0.2.0/24'],
    ['192.0.2.1/32', 'ip', '192.0.2.1'],
    ['evil[.]example', 'domain', 'evil.example'],
    ['evil.example:8080', 'domain', 'evil.example'],
    ['evil.example/path', 'url', 'http://evil.example/path'],
    ['hxxps://evil.example/path', 'url', 'https://evil.example/path'],
    ['jdoe@evil.example', 'email', 'jdoe@evil.example'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'md5', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['da39a3ee5e6b4b0d3255bfef95601890afd80709', 'sha1', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['abcdef', undefined],
    ['hello world', undefined],
    ['and/or', undefined],
    ['', undefined]
  ]
  for (const [given, type, value, port] of cases) {
    const found = recogniseValue(given)
    assert.deepEqual([found?.type, found?.value, found?.port], [type, value, port], given)
  }
})

test('an indicator has the same id each time, and confidence halves with each half-life', () => {
  const id = indicatorId('urlhaus', 'url', 'http://evil.example/a')
  assert.match(id, /^indicator--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(indicatorId('urlhaus', 'url', 'http://evil.example/a'), id)
  assert.notEqual(indicatorId('other', 'url', 'http://evil.example/a'), id)
  assert.equal(confidenceAt(80, 1000, 500, 2000), 20)
  assert.equal(confidenceAt(80, 1000, 500, 10), 80)
  assert.equal(confidenceAt(80, 1000, undefined, 1e12), 80)
})
