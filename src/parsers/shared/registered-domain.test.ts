import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Recent } from './recent.ts'
import { registeredDomain } from './registered-domain.ts'

const split = (name: string) => {
  const { registered_domain, subdomain, top_level_domain } = registeredDomain(name)
  return [registered_domain, subdomain, top_level_domain]
}

test('the public suffix list decides', () => {
  assert.deepEqual(split('clients.l.google.com'), ['google.com', 'clients.l', 'com'])
  assert.deepEqual(split('example.co.uk'), ['example.co.uk', undefined, 'co.uk'])
  assert.deepEqual(split('A.B.Example.COM.'), ['example.com', 'A.B', 'com'])
  assert.deepEqual(split('host.lan'), ['host.lan', undefined, 'lan'])
  assert.deepEqual(split('5.0.0.10.in-addr.arpa'), ['10.in-addr.arpa', '5.0.0', 'in-addr.arpa'])
  assert.deepEqual(split('com'), [undefined, undefined, 'com'])
})

test('a private suffix is a registered domain', () => {
  assert.deepEqual(split('d111111abcdef8.cloudfront.net'), ['cloudfront.net', 'd111111abcdef8', 'net'])
  assert.deepEqual(split('cloudfront.net'), ['cloudfront.net', undefined, 'net'])
  assert.deepEqual(split('www.someone.github.io'), ['github.io', 'www.someone', 'io'])
})

test('no domain', () => {
  for (const name of ['', '.', 'localhost', '.x.com', 'x.'.repeat(200)])
    assert.deepEqual(split(name), [undefined, undefined, undefined], name)
})

test('the cache is bounded and keeps what is used', () => {
  const recent = new Recent<number>(4)
  for (let i = 0; i < 100; i++) {
    recent.set(`key ${i}`, i)
    assert.equal(recent.get(`key ${i}`), i)
  }
  assert.equal(recent.get('key 0'), undefined)
  assert.equal(recent.get('key 98'), 98)
})
