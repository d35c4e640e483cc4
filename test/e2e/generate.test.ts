/** The data generator on its page: a mistake at its line, a preview, a run into Picket itself, its rate, its end. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page of the generator is not tested: ${reason}.`)

test('a configuration, its records, a run', { skip: reason, timeout: 180_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  await signUp(page, picket.setupUrl, 'a long walk by the sea')
  await page.goto(`${picket.url}/generate`)
  const records = page.getByRole('list', { name: 'Records' })
  await records.getByText('"action"').first().waitFor()
  const lines = await records.getByRole('listitem').allTextContents()
  assert.equal(lines.length, 12)
  for (const line of lines) assert.match(JSON.parse(line).ip, /^198\.51\.100\.\d+$/)
  await picture(page, 'generate')
  assert.deepEqual(await serious(page), [])

  const editor = page.locator('.cm-content')
  await editor.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Delete')
  await page.keyboard.type('fields: { a: { type: constent, constant: 1 } }')
  await page.getByRole('button', { name: /Line 1 .*constent.*did you mean constant/ }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Start' }).isDisabled(), true)
  await picture(page, 'generate-mistake')

  await page.getByLabel('Begin with').selectOption({ label: 'an office, with every attack in it' })
  await records.getByText('event_type').first().waitFor()
  await page.getByLabel('Records a second').fill('500')
  await page.getByLabel('As the source').fill('office')
  await page.getByRole('button', { name: 'Start' }).click()
  const runs = page.getByRole('region', { name: 'Runs' })
  await runs.getByText(/[1-9][\d,]{2,} records/).waitFor()
  const text = (await runs.textContent()) ?? ''
  const perSecond = Number(/· ([\d,]+)\/s of 500/.exec(text)?.[1]?.replace(',', ''))
  assert.ok(perSecond > 400 && perSecond < 600, text)
  await picture(page, 'generate-run')
  await runs.getByRole('button', { name: 'Stop the run of office' }).click()
  await runs.getByText('stopped').waitFor()
  await page.goto(`${picket.url}/?q=picket.source:office`)
  await page
    .getByText(/[1-9][\d,]* events/)
    .first()
    .waitFor()
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(`${picket.url}/generate`)
  await records.getByText('"action"').first().waitFor()
  assert.ok((await widthBeyond(page)) <= 0)
  assert.deepEqual(faults, [])
})
