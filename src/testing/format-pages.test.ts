/** `docs/formats/` says what the parsers do: each format is described, its sample is read as itself, its page is current. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatPage, indexPage, listFormats, sampleEvents } from './format-pages.ts'

const folder = join(import.meta.dirname, '../../docs/formats')
const formats = listFormats()
const read = (file: string): string => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '')

test('each format is described', () => {
  const missing = formats.filter(format => format.page === '').map(format => format.name)
  assert.deepEqual(missing, [])
})

for (const format of formats) {
  const { description } = format
  if (description === undefined || format.page !== format.name) continue
  const forms = formats.filter(other => other.page === format.page).map(other => other.name)
  test(`${format.name}: its sample is recognised, becomes events, and the page shows them`, () => {
    const result = sampleEvents(format)
    if (result !== undefined) {
      // What nothing recognises is read by the parser for plain text.
      const alike = [result.parser.name, ...forms, ...(description.alike ?? [])]
      assert.ok(alike.includes(result.recognised.name), `taken for ${result.recognised.name}`)
      const events = result.events.filter(event => event !== null)
      assert.ok(events.length > 0, 'the sample holds no event')
      for (const event of events) assert.ok(!('reason' in (event as object)), JSON.stringify(event))
    }
    assert.equal(read(`${format.name}.md`), formatPage(format), 'npm run docs:formats writes it anew')
  })
}

test('the index is current', () => {
  assert.equal(read('README.md'), indexPage(formats), 'npm run docs:formats writes it anew')
})
