import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { urlParts } from './url.ts'

/** The parts that are there. */
const parts = (text: string): object => JSON.parse(JSON.stringify({ ...urlParts(text), original: undefined }))

test('absolute URLs', () => {
  assert.deepEqual(parts('https://user:p%40ss@example.com:8443/a/b.tar.gz?x=1&y=%7B2%7D#top'), {
    scheme: 'https',
    username: 'user',
    password: 'p%40ss',
    domain: 'example.com',
    port: 8443,
    path: '/a/b.tar.gz',
    extension: 'gz',
    query: 'x=1&y={2}',
    fragment: 'top'
  })
  assert.deepEqual(parts('https://example.com'), { scheme: 'https', domain: 'example.com', path: '' })
  assert.deepEqual(parts('http://[2001:db8::1]:80/'), { scheme: 'http', domain: '[2001:db8::1]', port: 80, path: '/' })
  assert.deepEqual(parts('http://example.com?q'), { scheme: 'http', domain: 'example.com', path: '', query: 'q' })
})

test('request targets', () => {
  assert.deepEqual(parts('/a.d/b%20c?x'), { path: '/a.d/b c', query: 'x' })
  assert.deepEqual(parts('/x.php#a?b'), { path: '/x.php', extension: 'php', fragment: 'a?b' })
  assert.deepEqual(parts('example.com:443'), { domain: 'example.com', port: 443 })
  assert.deepEqual(parts('*'), { path: '*' })
  assert.equal(urlParts(''), undefined)
})

test('what is not a URI is cut as it stands', () => {
  assert.deepEqual(parts('/a<b>%20?q="x"'), { path: '/a<b>%20', query: 'q="x"' })
  assert.deepEqual(parts('/a%zz'), { path: '/a%zz' })
  assert.deepEqual(parts('/%ff%41'), { path: '/\ufffdA' })
})

test('never throws', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab/:?#@[]%2f.\\ \u00e9') }), text => void urlParts(text)))
})
