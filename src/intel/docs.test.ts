import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fieldUses } from './event-fields.ts'

test('docs/intel/README.md names the fields that are looked at, by type', () => {
  const text = readFileSync(new URL('../../docs/intel/README.md', import.meta.url), 'utf8')
  const rows = new Map(
    [...text.matchAll(/^\| (`[a-z0-9-]+`(?:, `cidr`)?) \| (`.*`) \|$/gm)].map(([, types, fields]) => [
      types!.split(',')[0]!.replaceAll('`', ''),
      fields!.replaceAll('`', '').split(', ')
    ])
  )
  const wanted = new Map<string, string[]>()
  for (const { field, as } of fieldUses) for (const type of as) wanted.set(type, [...(wanted.get(type) ?? []), field])
  for (const [type, fields] of wanted) assert.deepEqual(rows.get(type), fields, type)
})
