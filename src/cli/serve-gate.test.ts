/** What the gatekeeper's code can reach, read from the imports of its files: nothing that holds keys, users, or what is stored. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** No part of a gatekeeper, whatever is imported by whom. */
const forbidden = [
  /^wire\.ts$/,
  /^store\//,
  /^api\//,
  /^reports\//,
  /^actions\//,
  /^platform\/signing-key\.ts$/,
  /^platform\/server-file\.ts$/,
  /^state\/(?!state-file\.ts|checkpoints\.ts|followed\.ts|prepared\.ts|settings\.ts)/,
  /^pipeline\/(?:pipeline|worker|worker-pool|intake|entrance|rules|notifier|feeds|indicators)\.ts$/
]

/** Values only: types are gone when it runs. With `import()`, as that is reached, too. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^(?:import|export) type [\s\S]*?from '[^']+'$/gm, '')
  const found = [
    ...text.matchAll(/^(?:import|export)\s[\s\S]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)
  ]
  return found.flatMap(match => {
    const target = match[1] ?? match[2] ?? match[3]!
    return target.startsWith('.') ? [resolve(dirname(file), target)] : []
  })
}

test("a gatekeeper's modules reach neither the store, nor users and secrets, nor the API", () => {
  const via = new Map<string, string | undefined>([[join(root, 'cli/serve-gate.ts'), undefined]])
  for (const file of via.keys())
    for (const target of importsOf(file)) if (existsSync(target) && !via.has(target)) via.set(target, file)
  assert.ok(via.size > 100, `only ${via.size} modules were found: the walk is broken`)
  for (const known of ['sources/syslog/syslog.ts', 'sources/kafka/kafka.ts', 'bus/embedded/bus.ts'])
    assert.ok(via.has(join(root, known)), `${known} was not found: the walk is broken`)
  const wrong = [...via.keys()]
    .filter(file => forbidden.some(pattern => pattern.test(relative(root, file))))
    .map(file => {
      const path: string[] = []
      for (let at: string | undefined = file; at !== undefined; at = via.get(at)) path.push(relative(root, at))
      return path.join(' <- ')
    })
  assert.deepEqual(wrong, [])
})
