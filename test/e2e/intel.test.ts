/** Threat intelligence in a real browser against the real server: a feed, a file, a look-up, an allow list, and a peer. */

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answeringServer, collectionOf, sendJson } from '../../src/testing/answering-server.ts'
import { dropFile, openPage, startPicket, whyNot, withLateFrames } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page of threat intelligence is not tested: ${reason}.`)

const password = 'a long walk by the sea'
/** Where pictures are kept to be looked at, if somebody wants to. */
const pictures = process.env['PICKET_PICTURES']

test('threat intelligence', { skip: reason, timeout: 240_000 }, async t => {
  let works = true
  const serve = collectionOf({ count: () => 250, pageSize: 100, names: true })
  await using server = await answeringServer((asked, response) =>
    works ? serve(asked, response) : sendJson(response, { title: 'maintenance' }, {}, 403)
  )
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  const shoot = async (name: string) => {
    if (pictures === undefined) return
    mkdirSync(pictures, { recursive: true })
    await page.waitForTimeout(250)
    await page.screenshot({ path: join(pictures, `${name}.png`) })
  }
  const tab = (name: string) =>
    page
      .getByRole('navigation', { name: 'Parts of threat intelligence' })
      .getByRole('link', { name, exact: true })
      .click()

  await t.test('it says what it is for while there is nothing', async () => {
    await page.goto(picket.setupUrl)
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Password again').fill(password)
    await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
    await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('i')
    await page.getByRole('heading', { name: 'There are no feeds yet' }).waitFor()
    await shoot('1-empty')
  })

  await t.test('a TAXII feed is added, runs, fails visibly, and keeps what it brought', async () => {
    await page.getByRole('button', { name: 'Add a feed' }).click()
    await page.getByText('abuse.ch URLhaus').waitFor()
    await shoot('2-catalogue')
    await page.getByRole('button', { name: 'By its address' }).click()
    await page.getByLabel('Name').fill('Friends')
    await page.getByLabel('Kind').selectOption('taxii')
    await page.getByLabel('Address').fill(`${server.url}/taxii2/`)
    await page.getByLabel('Credentials').selectOption('token')
    await page.getByLabel('Token').fill('very secret')
    await shoot('3-feed-form')
    await page.getByRole('button', { name: 'Add the feed' }).click()
    await page.getByText('250 indicators in force, of 1 feed').waitFor()
    assert.equal(server.asked.at(-1)!.headers.authorization, 'Bearer very secret')
    works = false
    await page.getByRole('button', { name: 'Run Friends now' }).click()
    await page.getByText('answered 403').waitFor()
    await page.getByText('What it brought before stays in force').waitFor()
    await page.getByText('250 indicators in force').waitFor()
    await shoot('4-failing')
    works = true
    await page.getByRole('button', { name: 'Run Friends now' }).click()
    await page.getByText('answered 403').waitFor({ state: 'detached' })
  })

  await t.test('a file that is dropped is shown before it is kept, and is not imported as records', async () => {
    await tab('Indicators')
    await page.getByRole('button', { name: 'Bring in a file' }).click()
    const report =
      'Seen: evil[.]com, 198.51.100.7 and hxxps://bad[.]net/login\nhash d41d8cd98f00b204e9800998ecf8427e in the mail of today\n'
    await dropFile(page, 'report.txt', report, 'fieldset[aria-label="Where the file is dropped"]')
    const recognised = page.getByRole('list', { name: 'Recognised' })
    await recognised.getByText('evil.com').waitFor()
    assert.equal(await recognised.getByRole('listitem').count(), 4)
    assert.equal(await page.getByRole('region', { name: 'Imports' }).count(), 0)
    await shoot('5-preview')
    await page.getByRole('button', { name: 'Keep 4 indicators' }).click()
    await page.getByText('4 new indicators').waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByLabel('Look a value up').fill('www.evil[.]com')
    await page.getByRole('button', { name: 'Look up' }).click()
    const known = page.getByRole('list', { name: 'Indicators that mean it' })
    await known.getByText('evil.com').waitFor()
    await shoot('6-looked-up')
    await page.getByLabel('Look a value up').fill('harmless.org')
    await page.getByRole('button', { name: 'Look up' }).click()
    await page.getByText('No feed knows it').waitFor()
  })

  await t.test('indicators are added by hand, and what is not understood is said', async () => {
    await page.getByRole('button', { name: 'Add by hand' }).click()
    await page.getByLabel('Values, one a line').fill('10.9.8.7\nthis is nothing')
    await page.getByLabel('Why').fill('seen in the mail to the mayor')
    await page.getByRole('button', { name: 'Add 2 indicators' }).click()
    await page.getByText('These were not understood').waitFor()
    assert.equal(await page.getByLabel('Values, one a line').inputValue(), 'this is nothing')
    await page.keyboard.press('Escape')
    await page.getByRole('list', { name: 'Indicators', exact: true }).getByText('10.9.8.7').waitFor()
    await page.getByRole('button', { name: 'Remove 10.9.8.7' }).click()
    await page
      .getByRole('list', { name: 'Indicators', exact: true })
      .getByText('10.9.8.7')
      .waitFor({ state: 'detached' })
  })

  await t.test('an allow list wins', async () => {
    await tab('Allow lists')
    await page.getByRole('button', { name: 'New allow list' }).click()
    await page.getByLabel('Name').fill('Our names')
    await page.getByLabel('Entries, one a line').fill('evil.com')
    await page.getByRole('button', { name: 'Keep the list' }).click()
    await page.getByRole('list', { name: 'Allow lists' }).getByText('Our names').waitFor()
    await withLateFrames(page, () => page.getByRole('button', { name: 'New allow list' }).click())
    assert.equal(await page.evaluate('document.activeElement.labels?.[0].textContent'), 'Name')
    await page.getByLabel('Entries, one a line').fill('{"name": "DNS", "type": "cidr", "list": ["8.8.8.8"]}')
    await page.getByLabel('A warninglist of MISP').waitFor()
    await page.getByRole('button', { name: 'Keep the list' }).click()
    await page.getByRole('list', { name: 'Allow lists' }).getByText('DNS').waitFor()
    await shoot('7-allow')
    await page.goto(`${picket.url}/intel?tab=indicators&q=evil.com`)
    await page.getByText('it never counts as a hit').waitFor()
    await tab('Sightings')
    await page.getByText('No indicator was seen here').waitFor()
  })

  await t.test('an event that comes in with a value that is known to be bad is a sighting', async () => {
    const flow = {
      timestamp: new Date().toISOString(),
      flow_id: 7,
      event_type: 'flow',
      src_ip: '10.0.0.7',
      src_port: 5555,
      dest_ip: '198.51.100.7',
      dest_port: 443,
      proto: 'TCP',
      flow: { pkts_toserver: 1, pkts_toclient: 1, bytes_toserver: 10, bytes_toclient: 10, state: 'closed' }
    }
    await dropFile(page, 'eve.json', `${JSON.stringify(flow)}\n`)
    const seen = page.getByRole('list', { name: 'Sightings' })
    await seen.getByText('198.51.100.7').first().waitFor()
    await seen.getByText('destination.ip').waitFor()
    await shoot('11-sightings')
    await seen.getByRole('link', { name: '198.51.100.7' }).click()
    await page.getByText('10.0.0.7').first().waitFor()
    // From an event back to what is known of its values.
    await page
      .getByRole('button', { name: /^Event at/ })
      .first()
      .click()
    const more = page.getByRole('button', { name: 'More for destination.ip 198.51.100.7' })
    await more.hover()
    await more.click()
    await page.getByRole('menuitem', { name: 'Look up in threat intelligence' }).click()
    await page.getByRole('list', { name: 'Indicators that mean it' }).getByText('198.51.100.7').waitFor()
    await page.getByRole('heading', { name: 'Seen here' }).waitFor()
  })

  await t.test('a collection is shared with a peer, who can read it with the token that is shown once', async () => {
    await tab('Sharing')
    await page.getByRole('heading', { name: 'Nothing is shared' }).waitFor()
    await page.getByLabel('Peers know you as').fill('Village A')
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.getByRole('button', { name: 'New collection' }).click()
    await page.getByLabel('Title').fill('For friends')
    await page.getByRole('checkbox', { name: /Own indicators/ }).check()
    await page.getByRole('button', { name: 'Make the collection' }).click()
    await page.getByRole('button', { name: 'Add a peer' }).click()
    await page.getByLabel('Who').fill('village-b')
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.getByText('The token is shown this once').waitFor()
    await shoot('8-peer')
    const [address, secret] = await page.getByRole('dialog').locator('code').allInnerTexts()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('list', { name: 'Peers of For friends' }).getByText('village-b').waitFor()
    const objects = async () => {
      const reply = await fetch(`${address}objects/`, { headers: { authorization: `Bearer ${secret}` } })
      return ((await reply.json()) as { objects?: { type: string; pattern?: string; count?: number }[] }).objects ?? []
    }
    let shared = await objects()
    for (let tries = 0; shared.length < 5 && tries < 100; tries++) {
      await page.waitForTimeout(100)
      shared = await objects()
    }
    // evil.com is on an allow list: it is not told.
    assert.deepEqual(shared.flatMap(({ pattern }) => pattern ?? []).sort(), [
      "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']",
      "[ipv4-addr:value = '198.51.100.7']",
      "[url:value = 'https://bad.net/login']"
    ])
    assert.equal(shared.find(({ type }) => type === 'sighting')?.count, 1)
    assert.ok(!JSON.stringify(shared).includes('10.0.0.7'), 'where it was seen stays here')
    await page.getByText('5 objects').waitFor()
    await shoot('9-sharing')
    await page.getByRole('button', { name: 'Shut village-b out' }).click()
    await page.getByRole('button', { name: 'Shut out', exact: true }).click()
    await page.getByText('No peer may see it yet').waitFor()
    assert.equal((await fetch(`${address}objects/`, { headers: { authorization: `Bearer ${secret}` } })).status, 401)
  })

  await t.test('it fits a telephone, and a feed is removed with all that it brought', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await tab('Feeds')
    await page.getByRole('list', { name: 'Feeds' }).getByText('Friends').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(wide) <= 390, `${wide} pixels wide`)
    await shoot('10-telephone')
    await page.getByRole('button', { name: 'Remove Friends' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('list', { name: 'Feeds' }).getByText('Friends').waitFor({ state: 'detached' })
  })

  assert.deepEqual(faults, [])
})
