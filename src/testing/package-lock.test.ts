/**
 * `npm ci` refuses a lock file that lacks an optional package of another platform, if the registry at hand does not have it either.
 * `npm install` beside an existing node_modules leaves such packages out of the lock, silently: this test says so first.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

type Locked = {
  readonly version?: string
  readonly engines?: { readonly node?: string }
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '../..')
const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T

test('every optional package has an entry in package-lock.json, whatever its platform', () => {
  const { packages } = read<{ packages: Record<string, Locked> }>('package-lock.json')
  const missing: string[] = []
  for (const [place, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const places = [`${place === '' ? '' : `${place}/`}node_modules/${name}`, `node_modules/${name}`]
      if (!places.some(each => packages[each]?.version !== undefined)) missing.push(`${name}@${version}`)
    }
  }
  assert.deepEqual(missing, [], 'put them into the lock (version, os, cpu, libc, "optional": true), or `npm ci` fails')
})

test('package.json, its lock and bin/picket.js demand the same Node', () => {
  const demanded = read<Locked>('package.json').engines?.node
  assert.equal(read<{ packages: Record<string, Locked> }>('package-lock.json').packages['']?.engines?.node, demanded)
  const launcher = /nodeMin = \[(\d+), (\d+)\]/.exec(readFileSync(join(root, 'bin/picket.js'), 'utf8'))
  assert.equal(`>=${launcher?.[1]}.${launcher?.[2]}`, demanded)
})
