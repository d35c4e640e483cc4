import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import test from 'node:test'
import fc from 'fast-check'
import { ipText, isIp, writeIp } from './ip.ts'

test('agrees with node:net about what an address is', () => {
  const part = fc.constantFrom(
    '2001',
    'db8',
    ':',
    '::',
    '1',
    '0',
    '0000',
    '.',
    '192',
    '1.2.3.4',
    '256',
    '00',
    'a',
    'ec2'
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 12 }).map(parts => parts.join('')),
        fc.ipV4(),
        fc.ipV6()
      ),
      text => {
        assert.equal(isIp(text), isIP(text) !== 0, text)
      }
    ),
    { numRuns: 5000 }
  )
})

test('a name that begins with hexadecimal digits is no address, and asking ends', () => {
  for (const name of ['ec2.amazonaws.com', 'a.b.c.d', '::ec2.x', '1.2.3.4a']) assert.equal(isIp(name), false, name)
})

test('addresses have one canonical text', () => {
  const bytes = new Uint8Array(16)
  for (const [text, canonical] of [
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['0000::1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1']
  ] as const) {
    assert.ok(writeIp(text, bytes, 0))
    assert.equal(ipText(bytes, 0), canonical)
  }
})
