/** A mail on the page: who says to have sent it, and its checks with their reasons. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { dropFile, openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`Mail on the page is not tested: ${reason}.`)

test('a mail that was dropped on the page shows its checks', { skip: reason, timeout: 120_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  await signUp(page, picket.setupUrl, 'a long walk by the sea')
  const cases = join(import.meta.dirname, '../../src/parsers/email/cases')
  const mail = (await readFile(join(cases, 'email--phish.eml'), 'utf8')).replace(
    'ann@example.com',
    'ann@<b>example.com'
  )
  await dropFile(page, 'phish.eml', mail)
  const imports = page.getByRole('region', { name: 'Imports' })
  await imports.getByText('Every record is accounted for').waitFor()
  await imports.getByRole('link', { name: 'Search phish.eml' }).click()
  await page.getByText('1 of 1 shown').waitFor()
  await page.getByText('Urgent: your account has been suspended').first().waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  const section = page.getByRole('region', { name: 'Mail', exact: true })
  await section.getByText(/\d checks of \d+ failed/).waitFor()
  const lines = (await section.getByRole('listitem').allTextContents()).map(text => text.replace(/\s+/g, ' '))
  assert.match(lines[0]!, /^failed: ?reply-to ?replies go to collector@gmail\.com/)
  assert.ok(lines.some(line => /look-alike.*paypa1\.com is not paypal\.com, but looks the same/.test(line)))
  assert.ok(lines.findIndex(line => line.startsWith('passed')) > lines.findLastIndex(line => line.startsWith('failed')))
  assert.equal(await page.locator('b').count(), 0)
  await picture(page, 'mail')
  assert.deepEqual(await serious(page), [])
  await page.setViewportSize({ width: 390, height: 800 })
  await page.reload()
  await page.getByText('1 of 1 shown').waitFor()
  if (!(await section.isVisible())) await page.getByText('Urgent: your account has been suspended').first().click()
  await section.getByText(/\d checks of \d+ failed/).waitFor()
  assert.ok((await widthBeyond(page)) <= 0)
  await picture(page, 'mail-narrow')
  assert.deepEqual(faults, [])
})
