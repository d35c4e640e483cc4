/** A format of one's own, from pasted lines to searching what it has read, in a real browser against the real server. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { dropFile, openPage, startPicket, whyNot } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page of formats is not tested: ${reason}.`)

const password = 'a long walk by the sea'
const lines = [
  '2026-03-01T08:15:42Z door=front badge=1A2B3C result=granted',
  '2026-03-01T08:16:03Z door=front badge=77C0DE result=granted',
  '2026-03-01T23:02:10Z door=server-room badge=99FF00 result=denied reason=lost badge'
]
const oddLine = '# the controller was restarted'

test('a format from example', { skip: reason, timeout: 180_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  const description = page.getByLabel('Description (YAML)')
  const results = page.getByRole('region', { name: 'What becomes of the sample' })

  await t.test('formats are listed and filtered; none is one’s own yet', async () => {
    await page.goto(picket.setupUrl)
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Password again').fill(password)
    await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
    await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.getByRole('heading', { name: 'Formats', exact: true }).waitFor()
    await page.getByText('A format that Picket does not know').waitFor()
    await page.getByLabel('Filter the formats').fill('suricata eve')
    await page.getByRole('term').filter({ hasText: 'suricata' }).waitFor()
    assert.equal(await page.getByRole('term').count(), 1)
    await page.getByLabel('Filter the formats').fill('no such thing')
    await page.getByText('No format of that name').waitFor()
  })

  await t.test('a file that is dropped on the sample gives the sample and the name, and is not imported', async () => {
    await page.getByRole('link', { name: 'New from example' }).first().click()
    await page.getByRole('button', { name: 'Propose' }).and(page.locator(':disabled')).waitFor()
    await dropFile(page, 'Door_Log.txt', `${lines[0]}\r\n${lines[1]}\r\n`, 'textarea')
    await page.getByRole('textbox', { name: 'Sample' }).and(page.getByText('77C0DE')).waitFor()
    assert.equal(await page.getByLabel('Name of the format').inputValue(), 'door-log')
    assert.equal(await page.getByRole('region', { name: 'Imports' }).count(), 0)
    await page.getByLabel('Name of the format').fill('Door Log')
    await page.getByText('Small letters and digits').waitFor()
    await page.getByLabel('Name of the format').fill('door-log')
    await page.getByLabel('Sample').fill(lines.join('\n'))
    await page.getByRole('button', { name: 'Propose' }).click()
    await results.getByText('3 of 3 records read').waitFor()
    await results.locator('mark[title="door_log.badge"]').first().waitFor()
    assert.ok(await page.evaluate("document.activeElement.matches('[data-description]')"), 'the focus is lost')
  })

  await t.test('a mistake is shown where it is, and is gone when it is mended', async () => {
    const good = await description.inputValue()
    await description.fill(good.replace('{door_log.badge:word}', '{door_log.badge:words}'))
    const mistake = page.getByRole('button', { name: /^Line \d+ .*"words" is no type/ })
    await mistake.waitFor()
    assert.equal(await description.getAttribute('aria-invalid'), 'true')
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
    await mistake.click()
    assert.ok((await page.evaluate('document.getSelection().toString()')) !== '', 'nothing is marked')
    await description.fill(good.replaceAll('door_log.badge', 'user.id'))
    await mistake.waitFor({ state: 'detached' })
    await results.getByRole('rowheader', { name: 'user.id' }).first().waitFor()
  })

  await t.test('a record that nothing matches is marked, with the reason', async () => {
    await page.getByText('Change the sample').click()
    await page.getByLabel('Sample', { exact: true }).fill([...lines, oddLine].join('\n'))
    await results.getByText('3 of 4 records read').waitFor()
    await results.getByText('Not read: no pattern of the format matches').waitFor()
    await page.getByText('1 of 4 records match no pattern').waitFor()
    await results.getByLabel('Only those that are not read').check()
    assert.equal(await results.getByRole('listitem').count(), 1)
    await results.getByLabel('Only those that are not read').uncheck()
  })

  await t.test('leaving asks; saving puts it in force', async () => {
    await page.getByRole('link', { name: 'Search', exact: true }).click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('is saved with 3 cases').waitFor()
    await page.getByRole('link', { name: 'door-log', exact: true }).waitFor()
    await dropFile(page, 'tuesday.log', `${lines.join('\n')}\n`)
    const imports = page.getByRole('region', { name: 'Imports' })
    await imports.getByRole('link', { name: 'Search tuesday.log' }).waitFor()
    await imports.getByRole('button', { name: 'Close the imports' }).click()
    await page.getByRole('link', { name: 'Search what door-log has read' }).click()
    await page.getByText('3 of 3 shown').waitFor()
  })

  await t.test('it is opened again, and its sample is there', async () => {
    await page.goto(`${picket.url}/formats?edit=door-log`)
    await results.getByText('3 of 3 records read').waitFor()
    assert.match(await description.inputValue(), /user\.id/)
    assert.doesNotMatch(await description.inputValue(), /cases:/)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByRole('heading', { name: 'Formats', exact: true }).waitFor()
  })

  await t.test('every step fits a telephone', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    for (const path of ['/formats', '/formats?new=on', '/formats?edit=door-log']) {
      await page.goto(picket.url + path)
      await page.waitForLoadState('networkidle')
      assert.ok((await widthBeyond(page)) <= 0, `${path} is wider than the screen`)
    }
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  await t.test('dead letters begin a format', async () => {
    await page.goto(picket.url)
    const odd = [1, 2, 3].map(
      n => `${lines.join('\n')}\n${lines[0]}\n${lines[1]}\n${lines[2]}\n2026-03-01T08:0${n}:00Z gate ${n} rebooted`
    )
    await dropFile(page, 'wednesday.log', `${odd.join('\n')}\n`)
    const imports = page.getByRole('region', { name: 'Imports' })
    await imports.getByRole('link', { name: 'Search wednesday.log' }).waitFor()
    await imports.getByRole('button', { name: 'Close the imports' }).click()
    await page.goto(`${picket.url}/dead-letters`)
    await page.getByRole('link', { name: 'Format from these' }).click()
    await page.getByLabel('Name of the format').fill('gate-log')
    assert.equal((await page.getByLabel('Sample').inputValue()).split('\n').length, 3)
    await page.getByRole('button', { name: 'Propose' }).click()
    await results.getByText('3 of 3 records read').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
  })

  await t.test('it is deleted, after a question', async () => {
    await page.goto(`${picket.url}/formats`)
    await page.getByRole('button', { name: 'Delete door-log' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('A format that Picket does not know').waitFor()
  })

  assert.deepEqual(faults, [])
})

function widthBeyond(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
}
