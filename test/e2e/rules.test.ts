/** Rules on the page: found, switched, excepted, written and tried, in a real browser against the real server. */

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { dropFile, openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The pages of rules are not tested: ${reason}.`)

const password = 'a long walk by the sea'
const id = '7d9a3c52-4f0e-4b52-9d1c-0f3d4a5b6c7d'
const ssh = `title: Failed SSH logins
id: ${id}
status: stable
description: Somebody tries to sign in over SSH and fails.
references:
  - https://example.org/ssh
logsource:
  product: linux
  service: sshd
detection:
  login:
    event.outcome: failure
    user.name: [root, admin]
  condition: login
falsepositives:
  - A forgotten script
level: medium
tags:
  - attack.t1110.001
picket:
  group_by: [source.ip]
`
const powershell = `title: PowerShell Download
id: 11111111-2222-4333-8444-555555555555
status: test
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\powershell.exe'
    CommandLine|contains: DownloadString
  condition: selection
level: high
tags:
  - attack.t1059.001
`
const broken = `title: Broken
logsource:
  product: linux
detection:
  sel:
    user.name|containz: x
  condition: sel
`

/** Forty failed logins in the last hours, half of them by one user from one address. */
function authFile(fromMs: number): string {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  const lines = Array.from({ length: 40 }, (_, i) => {
    const [, month, day, time] = /^\d+-(\d+)-(\d+)T(.{8})/.exec(new Date(fromMs + i * 60_000).toISOString())!
    const [user, address] = i % 2 === 0 ? ['admin', '198.51.100.9'] : ['root', `192.0.2.${i}`]
    return `${months[Number(month) - 1]} ${day} ${time} web-1 sshd[${1000 + i}]: Failed password for ${user} from ${address} port ${40_000 + i} ssh2`
  })
  return `${lines.join('\n')}\n`
}

test('rules, from the list to an exception', { skip: reason, timeout: 240_000 }, async t => {
  await using picket = await startPicket(async folder => {
    await mkdir(join(folder, 'rules', 'imported', 'some'), { recursive: true })
    await writeFile(join(folder, 'rules', 'ssh.yml'), ssh)
    await writeFile(join(folder, 'rules', 'broken.yml'), broken)
    await writeFile(join(folder, 'rules', 'imported', 'some', 'powershell.yml'), powershell)
  })
  await using browser = await openPage(t)
  const { page, faults } = browser
  const rows = page.getByRole('table', { name: 'Rules' }).locator('tbody tr')
  const words = page.getByLabel('Words in the rules')
  const said = page.locator('[role=status]').filter({ has: page.getByRole('button', { name: 'Dismiss' }) })
  const dialog = page.getByRole('dialog')
  const editor = page.getByRole('textbox', { name: 'Text of the rule (YAML)' })

  await t.test('rules are listed, found by word and tag, and files with mistakes are told', async () => {
    await signUp(page, picket.setupUrl, password)
    await dropFile(page, 'auth.log', authFile(Date.now() - 3_600_000))
    await page.getByRole('link', { name: /^Search auth\.log/ }).waitFor()
    await page.getByRole('button', { name: 'Close the imports' }).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor()
    await words.fill('t1110.001 own/ssh')
    await page.getByText(/^1 of \d+ rules/).waitFor()
    await rows.getByRole('link', { name: 'Failed SSH logins' }).waitFor()
    await rows.getByText('fired 40').waitFor()
    assert.match(page.url(), /q=t1110/)
    await page.getByText('1 mistake in files of rules').click()
    await page.getByText('own/broken.yml:6').waitFor()
    await words.fill('no such rule at all')
    await page.getByRole('heading', { name: 'No rule is like that' }).waitFor()
    await page.getByRole('link', { name: 'Show all rules' }).click()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'rules')
  })

  await t.test('a rule is switched off by keyboard, and on again', async () => {
    await words.fill('powershell download imported')
    await page.getByText(/^1 of \d+ rules/).waitFor()
    await words.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('t')
    await said.getByText('“PowerShell Download” is off.').waitFor()
    const turned = rows.getByRole('switch', { name: 'PowerShell Download is off' })
    assert.equal(await turned.getAttribute('aria-checked'), 'false')
    await said.getByRole('button', { name: 'Undo' }).click()
    await rows.getByRole('switch', { name: 'PowerShell Download is on' }).waitFor()
    await page.getByLabel('From').selectOption('Own')
    await page.getByRole('heading', { name: 'No rule is like that' }).waitFor()
    await page.goto(`${picket.url}/rules`)
  })

  await t.test('one rule has its text, its level and what it is about', async () => {
    await words.fill('failed ssh own/ssh')
    await words.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Failed SSH logins' }).waitFor()
    await editor.getByText('A forgotten script').waitFor()
    await page.getByRole('link', { name: /T1110\.001 Brute Force: Password Guessing/ }).waitFor()
    await page.getByLabel('Level').selectOption('high')
    await said.getByText('The level is changed.').waitFor()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'rule')
  })

  await t.test('a mistake is shown at its line, and cannot be saved; the mended text is in force', async () => {
    await editor.getByText('level: medium').click()
    await page.keyboard.press('End')
    await page.keyboard.type('-rare')
    await page.getByRole('button', { name: /^Line 17 · .*level/ }).waitFor()
    assert.equal(await editor.getAttribute('aria-invalid'), 'true')
    assert.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
    await picture(page, 'rule-mistake')
    await page.getByRole('link', { name: 'Rules', exact: true }).last().click()
    await dialog.getByRole('button', { name: 'Stay' }).click()
    await editor.getByText('level: medium-rare').click()
    await page.keyboard.press('End')
    for (let i = 0; i < '-rare'.length; i++) await page.keyboard.press('Backspace')
    await editor.getByText('description: Somebody').click()
    await page.keyboard.press('End')
    await page.keyboard.type(' Look at who it was.')
    await page.getByText('No mistakes').waitFor()
    await page.keyboard.press('Control+s')
    await said.getByText('The rule is saved, and in force from now on.').waitFor()
    await page.getByText('and fails. Look at who it was.').first().waitFor()
  })

  await t.test('a rule that has fired says so, one without its log source that it cannot', async () => {
    await page.goto(`${picket.url}/rules`)
    const coverage = page.getByRole('region', { name: 'Coverage' })
    await coverage.getByRole('button', { name: /cannot fire/ }).click()
    await words.fill('powershell download imported')
    await rows.getByRole('link', { name: 'PowerShell Download' }).waitFor()
    assert.equal(await rows.getByRole('link', { name: 'Failed SSH logins' }).count(), 0)
    await coverage.getByRole('button', { name: /fired/ }).click()
    await words.fill('failed ssh own/ssh')
    await rows.getByRole('link', { name: 'Failed SSH logins' }).waitFor()
    await picture(page, 'rules-coverage')
    await rows.getByRole('link', { name: 'Failed SSH logins' }).click()
    await page.getByText('Has fired here').waitFor()
  })

  await t.test('it is tried on the past: hits, where they come from, what would silence them', async () => {
    await page.getByRole('tab', { name: 'Try it' }).click()
    const past = page.getByRole('region', { name: 'Back-test' })
    await past.getByRole('button', { name: 'Try it on the past' }).click()
    await past.getByText('40 hits', { exact: true }).waitFor()
    await past.getByRole('region', { name: 'Noisiest values' }).getByRole('link', { name: '198.51.100.9' }).waitFor()
    const silence = past.getByRole('region', { name: 'Exceptions that would help' })
    await silence.getByText('silences 20 of 40 hits; 20 stay').first().waitFor()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'rule-backtest')
    await silence.getByRole('button', { name: 'Except it …' }).first().click()
    await dialog.getByLabel(/^Events that are harmless/).waitFor()
    assert.match(await dialog.getByLabel(/^Events that are harmless/).inputValue(), /:/)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  await t.test('one event is explained, clause by clause', async () => {
    await page.getByRole('button', { name: 'The newest event of its log source' }).click()
    await page.getByText('The rule matches this event').waitFor()
    await page.getByRole('list', { name: 'Clauses' }).getByText('event.outcome is').first().waitFor()
    await page.getByLabel('The event: its id, or the document as JSON').fill('{"user":{"name":"bob"}}')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByText('The rule does not match this event').waitFor()
    await page.getByText('the event has no event.outcome').waitFor()
    await page.getByLabel('The event: its id, or the document as JSON').fill('nonsense')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByText('Give the id of a stored event').waitFor()
    await picture(page, 'rule-explain')
  })

  await t.test('an event of the search is held against a rule', async () => {
    await page.goto(picket.url)
    await page.getByText('40 of 40 shown').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Rule …' }).click()
    await dialog.getByLabel('Find a rule').fill('powershell download')
    await dialog.getByRole('button', { name: /PowerShell Download/ }).click()
    await dialog.getByText('The rule does not match this event').waitFor()
    await dialog.getByRole('link', { name: 'Open the rule with this event' }).click()
    await page.getByText('The rule does not match this event').waitFor()
    await page.goto(`${picket.url}/rules/${id}`)
  })

  await t.test('what is harmless is excepted, with a reason and an end', async () => {
    await page.getByRole('tab', { name: 'Exceptions' }).click()
    await page.getByRole('heading', { name: 'Nothing is excepted' }).waitFor()
    await page.getByRole('button', { name: 'Add an exception' }).click()
    const query = dialog.getByLabel(/^Events that are harmless/)
    await query.fill('source.ip:198.51.100.9 and (')
    await dialog.locator('textarea[aria-invalid=true]').waitFor()
    await query.fill('source.ip:198.51.100.9 and user.name:admin')
    await dialog.getByText('source.ip is “198.51.100.9” and user.name is “admin”').waitFor()
    await dialog.getByLabel('Why is it harmless?').fill('The backup has an old password')
    await dialog.getByLabel('30 days').check()
    await picture(page, 'rule-exception')
    await dialog.getByRole('button', { name: 'Except it' }).click()
    await said.getByText('The exception is in force.').waitFor()
    const list = page.getByRole('list', { name: 'Exceptions' })
    await list.getByText('The backup has an old password').waitFor()
    await list.getByText(/^until \d{4}-/).waitFor()
    await list.getByRole('button', { name: 'Review …' }).click()
    await dialog.getByLabel('1 year').check()
    await dialog.getByRole('button', { name: 'Keep it' }).click()
    await list.getByText(/looked at by anna/).waitFor()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'rule-exceptions')
  })

  await t.test('what came after the exception does not match any more', async () => {
    await page.goto(picket.url)
    await dropFile(page, 'later.log', authFile(Date.now() - 1_800_000))
    await page.getByRole('link', { name: /^Search later\.log/ }).waitFor()
    await page.goto(`${picket.url}/alerts?entity=198.51.100.9&state=all`)
    await page
      .getByText('20 events', { exact: false })
      .or(page.getByRole('cell', { name: '20', exact: true }))
      .first()
      .waitFor()
  })

  await t.test('all of it stands in the history', async () => {
    await page.goto(`${picket.url}/rules/${id}?tab=history`)
    const history = page.getByRole('tabpanel')
    for (const text of ['set its level to high', 'has another text', 'added the exception', 'and kept it'])
      await history.getByText(text).first().waitFor()
    await picture(page, 'rule-history')
  })

  await t.test('a rule of one’s own is written, and removed', async () => {
    await page.goto(`${picket.url}/rules`)
    await page.getByRole('link', { name: 'New rule' }).click()
    await page.getByText('No mistakes').waitFor()
    await picture(page, 'rule-new')
    await page.getByRole('radio', { name: /^Many events/ }).check()
    await editor.getByText('type: event_count').waitFor()
    await page.getByText('No mistakes').waitFor()
    await page.getByRole('region', { name: 'Back-test' }).getByRole('button', { name: 'Try it on the past' }).click()
    await page
      .getByText('Nothing would have matched')
      .or(page.getByText(/^\d+ hits?$/))
      .first()
      .waitFor()
    await page.getByRole('radio', { name: /^One event/ }).check()
    await editor.getByText('user.name: root').waitFor()
    await page.getByText('No mistakes').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Login as root over SSH' }).waitFor()
    await page.getByRole('button', { name: 'Remove …' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await said.getByText('“Login as root over SSH” is removed.').waitFor()
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor()
  })

  await t.test('every page fits a telephone, light and dark', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const path of [
        '/rules',
        '/rules/new',
        `/rules/${id}`,
        `/rules/${id}?tab=exceptions`,
        `/rules/${id}?tab=try`
      ]) {
        await page.goto(picket.url + path)
        await page.locator('main h1').first().waitFor()
        await page.locator('main [role=status]').filter({ hasText: 'Loading' }).waitFor({ state: 'detached' })
        assert.ok((await widthBeyond(page)) <= 0, `${path} is wider than the screen`)
        assert.deepEqual(await serious(page), [], `${path}, ${colorScheme}`)
        await picture(page, `telephone-${colorScheme}${path.replaceAll(/[/?=]/g, '-').slice(0, 14)}${path.slice(-6)}`)
      }
    }
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  assert.deepEqual(faults, [])
})
