/** The heartbeat on its page: a test attack is sent, its alert arrives, and nothing of it is seen elsewhere. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page of the heartbeat is not tested: ${reason}.`)

test('the heartbeat, by its button', { skip: reason, timeout: 180_000 }, async t => {
  await using picket = await startPicket(async folder => {
    await writeFile(
      join(folder, 'picket.yaml'),
      'sources:\n  - { type: http, name: web, format: nginx-access }\n  - { type: http, name: tables, format: csv }\n'
    )
  })
  await using browser = await openPage(t)
  const { page, faults } = browser
  await signUp(page, picket.setupUrl, 'a long walk by the sea')
  await page.goto(`${picket.url}/alerts/heartbeat`)
  await page.getByText('No test attack was sent yet').waitFor()
  await picture(page, 'heartbeat-never')
  await page.getByRole('button', { name: 'Send test attacks now' }).click()
  await page.getByText('Amber.').waitFor()
  const rows = page.getByRole('region', { name: 'Test attacks of the last run' }).locator('tbody tr')
  assert.match(
    (await rows.nth(0).locator('td').allTextContents()).join(' '),
    /web\s+nginx-access\s+arrived\s+[\d.]+ m?s\s+1\s+A web request with a log4shell/
  )
  assert.match(
    (await rows.nth(1).locator('td').allTextContents()).join(' '),
    /tables\s+csv\s+not tested\s+no test attack is known for this format/
  )
  await picture(page, 'heartbeat')
  assert.deepEqual(await serious(page), [])
  const switched = page.waitForResponse(response => response.url().endsWith('/api/heartbeat/daily'))
  await page.getByLabel('Once a day by itself').click()
  assert.equal((await switched).status(), 200)
  await page.reload()
  await page.getByText('Amber.').waitFor()
  assert.equal(await page.getByLabel('Once a day by itself').isChecked(), false)

  await rows.nth(0).getByRole('link', { name: '1', exact: true }).click()
  await page.getByRole('heading', { name: 'Log4Shell: a lookup in a request' }).waitFor()
  await page.getByText('heartbeat', { exact: true }).first().waitFor()
  await page.goto(`${picket.url}/alerts?state=all`)
  await page
    .getByText(/No alert|There is no such alert/)
    .first()
    .waitFor()
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(`${picket.url}/alerts/heartbeat`)
  await page.getByText('Amber.').waitFor()
  assert.ok((await widthBeyond(page)) <= 0)
  await picture(page, 'heartbeat-narrow')
  assert.deepEqual(faults, [])
})
