/** The page of the sensor, with the real Suricata on a real wire: set up, watched over, a noisy signature silenced from an event, and taken back. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Locator } from 'playwright-core'
import { makeWire, whyNoWire } from '../services/sensor-lab.ts'
import { openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot() || whyNoWire()
if (reason !== false) console.log(`The page of the sensor is not tested: ${reason}.`)

test('a sensor is set up on its page, and a signature silenced where it is seen', {
  skip: reason,
  timeout: 240_000
}, async t => {
  using wire = await makeWire()
  const folder = mkdtempSync(join(tmpdir(), 'picket-page-rules-'))
  const file = join(folder, 'lab.rules')
  const rule = (sid: number, path: string) =>
    `alert http any any -> any any (msg:"LAB ${path}"; flow:established,to_server; http.uri; content:"/${path}"; sid:${sid}; rev:1;)\n`
  writeFileSync(file, rule(9_100_001, 'noise') + rule(9_100_002, 'other'))
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  await signUp(page, picket.setupUrl, 'a long walk by the sea')

  await page.keyboard.press('g')
  await page.keyboard.press('w')
  await page.getByText('No sensor is set up.').waitFor()
  await picture(page, 'sensor-none')
  assert.deepEqual(await serious(page), [])
  await page.getByRole('button', { name: 'Set up a sensor' }).click()
  const dialog = page.getByRole('dialog')
  for (const box of await dialog.locator('fieldset').first().getByRole('checkbox').all()) await box.uncheck()
  await dialog.getByRole('checkbox', { name: new RegExp(wire.name) }).check()
  await dialog.getByLabel('Emerging Threats Open, fetched daily').uncheck()
  await dialog.getByLabel(/Files of rules/).fill(file)
  await picture(page, 'sensor-set-up')
  assert.deepEqual(await serious(page), [])
  await dialog.getByRole('button', { name: 'Start watching' }).click()
  await page.getByText('running', { exact: true }).waitFor({ timeout: 60_000 })
  await page.getByText('2 rules in force').waitFor()

  for (let i = 0; i < 3; i++) await wire.ask('/noise')
  await wire.ask('/other')
  const loudest = page.getByRole('region', { name: 'Loudest signatures of the last 24 hours' })
  // Asked for every half minute; a visitor who comes back asks at once.
  const isThere = async (what: Locator): Promise<void> => {
    const comes = () =>
      what.waitFor({ timeout: 5_000 }).then(
        () => true,
        () => false
      )
    for (let tries = 0; tries < 20 && !(await comes()); tries++) await page.reload()
  }
  await isThere(loudest.getByRole('button', { name: /LAB other/ }))
  assert.deepEqual(
    (await loudest.locator('li').allTextContents()).map(text => text.replace(/\s+/g, ' ')),
    ['3LAB noise 91000011 source', '1LAB other 91000021 source']
  )
  await picture(page, 'sensor')
  assert.deepEqual(await serious(page), [])

  // From an event: the value's menu leads to the signature.
  await page.goto(`${picket.url}/?q=event.kind:alert rule.id:9100001`)
  // Not the same text among the values beside them.
  const row = page.getByLabel('Events', { exact: true })
  await row.getByText('LAB noise').first().click()
  await picture(page, 'sensor-event')
  await page.getByRole('link', { name: 'Signature …' }).waitFor()
  await page.getByRole('button', { name: 'More for rule.id 9100001' }).click()
  await page.getByRole('menuitem', { name: /This signature/ }).click()
  const signature = page.getByRole('dialog')
  await signature.getByText('As its rule set has it.').waitFor()
  await picture(page, 'sensor-signature')
  assert.deepEqual(await serious(page), [])
  await signature.getByLabel('Why').fill('our own backup')
  await signature.getByRole('button', { name: 'Disable it' }).click()
  await signature.getByText('In force.').waitFor()
  await signature.getByLabel('Silent for').fill('nonsense')
  await signature.getByRole('button', { name: 'Silence', exact: true }).click()
  await signature.getByText(/neither an address nor a range/).waitFor()
  await page.keyboard.press('Escape')

  const changed = page.getByRole('region', { name: 'Changed signatures' })
  await changed.getByText('our own backup').waitFor()
  await page.getByText('1 rule in force').waitFor()
  await wire.ask('/noise')
  await wire.ask('/other')
  await isThere(loudest.getByText('2', { exact: true }))
  assert.deepEqual(
    (await loudest.locator('li').allTextContents()).map(text => text.replace(/\s+/g, ' ')),
    ['3LAB noise 91000011 source', '2LAB other 91000021 source']
  )
  await picture(page, 'sensor-changed')

  await changed.getByRole('button', { name: /LAB noise/ }).click()
  await signature.getByRole('button', { name: 'As its rule set has it' }).click()
  await signature.getByText('In force.').waitFor()
  await page.keyboard.press('Escape')
  await changed.getByText('None: all are as their rule sets have them.').waitFor()

  await page.setViewportSize({ width: 390, height: 800 })
  await page.reload()
  await page.getByText('running', { exact: true }).waitFor()
  assert.ok((await widthBeyond(page)) <= 0)
  await picture(page, 'sensor-narrow')
  await page.setViewportSize({ width: 1280, height: 860 })
  await page.getByRole('button', { name: 'Take it away' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take it away' }).click()
  await page.getByText('No sensor is set up.').waitFor()
  assert.deepEqual(faults, [])
  rmSync(folder, { recursive: true, force: true })
})
