/** The whole way of a new user through the page, in a real browser against the real server, by role and visible label. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { dropFile, openPage, queryText, startPicket, whyNot } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page is not tested: ${reason}.`)

const password = 'a long walk by the sea'
const fileName = 'eve-of-test.json'
const hidden = '\u202e'

/** 60 events of Suricata: 40 of DNS, 20 alerts; and two lines that are none. */
function eveFile(): string {
  const lines: string[] = []
  for (let i = 0; i < 60; i++) {
    const head = {
      timestamp: `2026-03-04T05:${String(i).padStart(2, '0')}:00.000000+0000`,
      flow_id: 1000 + i,
      src_ip: `10.1.0.${1 + (i % 4)}`,
      src_port: 40_000 + i,
      dest_ip: '192.0.2.53',
      dest_port: 53,
      proto: 'UDP'
    }
    const dns = { type: 'query', id: i, rrname: `host-${i}.example.org`, rrtype: 'A', tx_id: 0, version: 2 }
    const alert = {
      action: 'allowed',
      gid: 1,
      signature_id: 9_000_001,
      rev: 1,
      signature: `TEST <b>odd</b> name ${hidden}txt`,
      category: 'Misc activity',
      severity: 1
    }
    lines.push(
      JSON.stringify(i % 3 === 0 ? { ...head, event_type: 'alert', alert } : { ...head, event_type: 'dns', dns })
    )
  }
  lines.splice(30, 0, '{"timestamp":"2026-03-04T05:30:30.000000+0000","event_type":', '[ "no event" ]')
  return `${lines.join('\n')}\n`
}

test('from the setup link to signing out', { skip: reason, timeout: 180_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser

  await t.test('without a session, the page says how to begin', async () => {
    await page.goto(picket.url)
    await page.getByRole('heading', { name: 'Almost there' }).waitFor()
  })

  await t.test('the setup link makes the first administrator', async () => {
    await page.goto(picket.setupUrl)
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Password again').fill(`${password}!`)
    await page.getByText('The two passwords differ.').waitFor()
    await page.getByLabel('Password again').fill(password)
    await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
    await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
    assert.ok(!page.url().includes('token'), 'the token stays in the address')
    await page.getByText('npx picket import PATH').waitFor()
  })

  await t.test('a dropped file is imported, and its ledger holds', async () => {
    await dropFile(page, fileName, eveFile())
    const imports = page.getByRole('region', { name: 'Imports' })
    await imports.getByText('62 records').waitFor()
    await imports.getByText('Every record is accounted for').waitFor()
    await imports.getByRole('link', { name: 'See 2 dead letters' }).waitFor()
    await imports.getByRole('link', { name: `Search ${fileName}` }).click()
    await page.getByText('60 of 60 shown').waitFor()
    assert.equal(await queryText(page), `picket.source:"${fileName}"`)
    await imports.getByRole('button', { name: 'Close the imports' }).click()
  })

  await t.test('a facet filters, excludes and is taken back', async () => {
    await page.getByRole('button', { name: /^Only picket\.kind dns/ }).click()
    await page.getByText('40 of 40 shown').waitFor()
    assert.match(await queryText(page), / and picket\.kind:"dns"$/)
    await page.getByRole('button', { name: 'Without picket.kind dns' }).click()
    await page.getByText('20 of 20 shown').waitFor()
    await page.getByRole('button', { name: 'Clear the query' }).click()
    await page.getByText('60 of 60 shown').waitFor()
    await page.goBack()
    await page.getByText('20 of 20 shown').waitFor()
  })

  await t.test('a row opens by keyboard; hostile text is text; a value filters', async () => {
    // Out of the query.
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const event = page.getByRole('region', { name: 'Event', exact: true })
    await event.getByText('rule.name').waitFor()
    assert.equal(await page.locator('b').count(), 0, 'markup of an event became markup of the page')
    assert.ok((await event.getByText('U+202E').count()) > 0, 'the direction override is not shown')
    await event.getByRole('tab', { name: 'JSON' }).click()
    await event.getByText('"signature_id": 9000001').or(event.getByText('9000001')).first().waitFor()
    await event.getByRole('tab', { name: 'Original' }).click()
    await event.getByText('"event_type":"alert"').waitFor()
    await event.getByRole('tab', { name: 'Fields' }).click()
    await event.getByRole('button', { name: /^Only source\.ip / }).click()
    await page.getByText('5 of 5 shown').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await event.waitFor()
    await page.keyboard.press('Escape')
    await event.waitFor({ state: 'detached' })
  })

  await t.test('a mistake is shown where it is, and the query is searched again when it is mended', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('source.ip:10.1.0.1 and (')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'This query cannot be read' }).waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Query' }).getAttribute('aria-invalid'), 'true')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('source.ip:10.1.0.1 and event.kind:alert')
    await page.keyboard.press('Enter')
    await page.getByText('5 of 5 shown').waitFor()
  })

  await t.test('a range without events says so, and leads to where they are', async () => {
    await page.goto(`${picket.url}/?from=-15m`)
    await page.getByText('What is stored lies outside this time range').waitFor()
    await page.getByRole('button', { name: 'Go there' }).first().click()
    await page.getByText('60 of 60 shown').waitFor()
    await page.getByRole('button', { name: /^Time range/ }).click()
    await page.getByRole('button', { name: 'All time' }).last().click()
    await page.waitForURL(url => !url.searchParams.has('from'))
  })

  await t.test('the ledger holds', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.getByRole('heading', { name: 'Sources & ledger' }).waitFor()
    const totals = page.getByRole('region', { name: 'Totals' })
    await totals.getByText('Every record is accounted for').waitFor()
    assert.deepEqual(
      (await totals.getByRole('definition').allInnerTexts()).map(text => text.trim()),
      ['62', '60', '2', '0', '0']
    )
    await page.getByRole('cell', { name: fileName }).waitFor()
  })

  await t.test('dead letters are shown, selected and replayed', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('x')
    await page.getByText('2 shown, newest first').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'The record' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('x')
    await page.getByRole('button', { name: 'Replay selected (1)' }).click()
    await page.getByText('1 record on the way through the pipeline again').waitFor()
    await page.getByRole('button', { name: 'Replay all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText('on the way through the pipeline again').waitFor()
  })

  await t.test('a token is made, shown once, and revoked', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('u')
    await page.getByRole('link', { name: 'API tokens' }).click()
    await page.getByRole('button', { name: 'New token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('nightly report')
    await dialog.getByRole('button', { name: 'Make the token' }).click()
    await dialog.getByText(/^pkt_/).waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Revoke nightly report' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('There are no tokens.').waitFor()
    await page.getByRole('link', { name: 'Audit trail' }).click()
    await page.getByText('token.revoked').waitFor()
    await page.getByText('all that are shown do').waitFor()
  })

  await t.test('every page fits a telephone', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    for (const path of ['/', '/?q=picket.kind:dns', '/sources', '/dead-letters', '/administration?tab=audit']) {
      await page.goto(picket.url + path)
      await page.waitForLoadState('networkidle')
      assert.ok((await widthBeyond(page)) <= 0, `${path} is wider than the screen`)
    }
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  await t.test('the keys are listed, and signing out ends the session', async () => {
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Signed in as anna' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto(`${picket.url}/dead-letters`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dead letters' }).waitFor()
  })

  assert.deepEqual(faults, [])
})

function widthBeyond(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
}
