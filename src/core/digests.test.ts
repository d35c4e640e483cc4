/** MD5 and SHA-256 of ours against the platform's. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { md5Hex } from './md5.ts'
import { sha256Hex } from './sha256.ts'

test('digests are those of the platform, for every length around the blocks', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
    assert.equal(md5Hex(bytes), createHash('md5').update(bytes).digest('hex'), `md5 of ${length}`)
    assert.equal(sha256Hex(bytes), createHash('sha256').update(bytes).digest('hex'), `sha256 of ${length}`)
  }
})
