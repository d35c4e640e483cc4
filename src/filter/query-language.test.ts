/** docs/query-language.md holds true: its examples run over a few events and find something, and it names every command and function. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import { hasEngine, realStore } from '../testing/real-store.ts'
import { compileText, fillEvents, fillLookup, runSearch } from '../testing/search-store.ts'
import { commandHelp, functionHelp } from './pipes/commands.ts'

const page = readFileSync(new URL('../../docs/query-language.md', import.meta.url), 'utf8')
const skip = hasEngine() ? false : 'the embedded engine is not installed'
const nowMs = Date.UTC(2026, 10, 21, 12)

/** Of a small office: hours of traffic, some of it blocked, and somebody who guesses passwords. */
function events(): EcsEvent[] {
  const users = ['alice', 'bob', 'root', undefined]
  return Array.from({ length: 40 }, (_, i) => {
    const user = users[i % users.length]
    const blocked = i % 3 === 0
    return {
      '@timestamp': new Date(nowMs - (i + 1) * 60_000).toISOString(),
      event: {
        action: blocked ? 'blocked' : 'allowed',
        dataset: i % 2 === 0 ? 'firewall' : 'auth',
        category: ['network', 'host']
      },
      source: { ip: `10.0.0.${i % 5}`, address: `10.0.0.${i % 5}`, port: 40_000 + i, bytes: i * 150 },
      destination: { ip: '192.0.2.7', port: [22, 80, 443][i % 3], bytes: 900 },
      message: `Failed password for ${user ?? 'nobody'}: error ${i}`,
      ...(user === undefined ? {} : { user: { name: user } })
    } as unknown as EcsEvent
  })
}

const examples = [...page.matchAll(/^```search\n(.*?)^```/gms)].flatMap(([, block]) => block!.trim().split('\n'))

test('the examples of the page run and find something', { skip }, async () => {
  await using real = await realStore()
  await fillEvents(real.store, events())
  const assets = [0, 1, 2].map(n => ({ address: `10.0.0.${n}`, owner: n === 0 ? 'office' : 'lab' }))
  await fillLookup(real.store, 'assets', assets)
  const lookups = { lookupTable: 'picket.lookup_rows', lookups: new Map([['assets', ['address', 'owner']]]) }
  assert.ok(examples.length > 45)
  for (const example of examples) {
    const found = await runSearch(real.store, compileText(example, lookups, nowMs))
    assert.ok(found.rows.length > 0, example)
  }
  const blocked = await runSearch(
    real.store,
    compileText('event.action:blocked | stats count() by destination.port', {}, nowMs)
  )
  assert.deepEqual(blocked.rows, [[22, 14]])
})

test('the page names every command and function', () => {
  for (const name of Object.keys(commandHelp)) assert.ok(page.includes(`\`${name} `), name)
  for (const [, , form] of Object.values(functionHelp)) assert.ok(page.includes(`\`${form}\``), form)
})
