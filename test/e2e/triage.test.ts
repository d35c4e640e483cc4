/** From events that match a rule to alerts that are finished, by keyboard, in a real browser against the real server. */

import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { dropFile, openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The pages of alerts are not tested: ${reason}.`)

const password = 'a long walk by the sea'
const hidden = '\u202e'
/** None of the rules that come with Picket finds these events: the alerts are those of this one. */
const ruleFile = `title: SSH logins of <b>backup</b>
id: 7d9a3c52-4f0e-4b52-9d1c-0f3d4a5b6c7d
status: stable
description: The account of the backup is used over SSH.
logsource:
  product: linux
  service: sshd
detection:
  login:
    event.outcome: success
    user.name: backup
  condition: login
level: high
tags:
  - attack.credential-access
  - attack.t1110.001
picket:
  group_by: [source.ip]
`

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function line(ms: number, user: string, address: string, number: number): string {
  const [, month, day, time] = /^\d+-(\d+)-(\d+)T(.{8})/.exec(new Date(ms).toISOString())!
  const said = `Accepted publickey for ${user} from ${address} port ${30_000 + number} ssh2`
  return `${months[Number(month) - 1]} ${day} ${time} web-1 sshd[${number}]: ${said}`
}

/** Twelve logins from each of six addresses, in the last hour; one user's name has a change of direction in it. */
function authFile(fromMs: number): string {
  const lines = Array.from({ length: 72 }, (_, i) =>
    line(fromMs + i * 40_000, i % 12 === 11 ? `bo${hidden}b` : 'backup', `192.0.2.${1 + (i % 6)}`, 1000 + i)
  )
  return `${lines.join('\n')}\n`
}

/** 130 addresses, each once: more than a rule makes alerts of in an hour. */
function floodFile(fromMs: number): string {
  const lines = Array.from({ length: 130 }, (_, i) => line(fromMs + i * 1000, 'oracle', `198.18.0.${i + 1}`, 2000 + i))
  return `${lines.join('\n')}\n`
}

test('alerts, from the event to the end', { skip: reason, timeout: 240_000 }, async t => {
  await using picket = await startPicket(async folder => {
    await mkdir(join(folder, 'rules'), { recursive: true })
    await writeFile(join(folder, 'rules', 'ssh-backup.yml'), ruleFile)
    const other = ruleFile.replace('<b>backup</b>', 'oracle').replace('user.name: backup', 'user.name: oracle')
    await writeFile(join(folder, 'rules', 'ssh-oracle.yml'), other.replace(/^id: 7/m, 'id: 8'))
  })
  await using browser = await openPage(t)
  const { page, faults } = browser
  const rows = page.getByRole('table', { name: 'Alerts' }).locator('tbody tr')
  const said = page.locator('[role=status]').filter({ has: page.getByRole('button', { name: 'Dismiss' }) })
  const dialog = page.getByRole('dialog')

  await t.test('without alerts, the page says what to do', async () => {
    await signUp(page, picket.setupUrl, password)
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.getByRole('heading', { name: 'Nothing needs you' }).waitFor()
    await page.getByText('add a source or import a file').waitFor()
    await picture(page, 'alerts-none')
  })

  await t.test('events that match appear as alerts by themselves, one for each address', async () => {
    await dropFile(page, 'auth.log', authFile(Date.now() - 3_600_000))
    await rows.nth(5).waitFor()
    const imports = page.getByRole('region', { name: 'Imports' })
    await imports.getByRole('button', { name: 'Close the imports' }).click()
    assert.equal(await rows.count(), 6)
    assert.equal(await page.locator('main b').count(), 0, 'markup of a rule became markup of the page')
    assert.match((await rows.first().textContent()) ?? '', /high[\s\S]*source\.ip 192\.0\.2\.\d[\s\S]*new[\s\S]*nobody/)
    await page
      .getByRole('link', { name: /Alerts.*6 new alerts/ })
      .first()
      .waitFor()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'alerts')
  })

  await t.test('a row is selected by keyboard, Shift goes on, and many are acknowledged at once', async () => {
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('Shift+J')
    await page.getByText('2 selected').waitFor()
    await picture(page, 'alerts-selected')
    await page.keyboard.press('a')
    await said.getByText('2 alerts acknowledged.').waitFor()
    await page.getByText('6 alerts').waitFor()
    assert.equal(await rows.getByRole('cell', { name: 'acknowledged', exact: true }).count(), 2)
  })

  await t.test('a key without a selection works on the row that it stands at', async () => {
    await page.keyboard.press('j')
    await page.keyboard.press('i')
    await said.getByText('1 alert assigned.').waitFor()
    await rows.nth(2).getByRole('cell', { name: 'anna', exact: true }).waitFor()
  })

  await t.test('an alert is closed with a resolution and a reason, and taken back', async () => {
    await page.keyboard.press('e')
    await dialog.getByRole('radio', { name: /False positive/ }).waitFor()
    await picture(page, 'alert-close')
    await page.keyboard.press('3')
    assert.ok(await dialog.getByRole('radio', { name: /Benign/ }).isChecked())
    await dialog.getByLabel('Reason').fill('The scanner of the house')
    await page.keyboard.press('Enter')
    await said.getByText('1 alert closed.').waitFor()
    await page.getByText('5 alerts').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('6 alerts').waitFor()
    await rows.nth(5).waitFor()
  })

  await t.test('filters stand in the address', async () => {
    await page.getByLabel('State').selectOption('Acknowledged')
    await page.getByText('2 alerts').waitFor()
    assert.match(page.url(), /state=acknowledged/)
    await page.reload()
    await page.getByText('2 alerts').waitFor()
    await page.getByLabel('Words in the alerts').fill('192.0.2.77')
    await page.getByRole('heading', { name: 'No alert is like that' }).waitFor()
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await page.getByText('6 alerts').waitFor()
    await page.getByLabel('Assigned to').selectOption('Mine')
    await page.getByText('1 alert', { exact: true }).waitFor()
    await page.goto(`${picket.url}/alerts`)
  })

  await t.test('one alert says what happened, with its events and what belongs to it', async () => {
    await rows.nth(5).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'SSH logins of <b>backup</b>' }).waitFor()
    const story = page.getByRole('region', { name: 'What happened' })
    await story.getByText('The rule matched').waitFor()
    await story.getByText('The account of the backup is used over SSH.').first().waitFor()
    await story.getByText('Why it matched').waitFor()
    await story.getByText('user.name is').waitFor()
    await story.getByRole('link', { name: /T1110\.001 Brute Force: Password Guessing/ }).waitFor()
    await page
      .getByRole('region', { name: 'Related alerts' })
      .getByText(/both .*host\.name web-1/)
      .first()
      .waitFor()
    const events = page.getByRole('region', { name: 'Events of the alert' })
    await events.getByRole('button').filter({ hasText: 'Accepted publickey' }).first().click()
    await events.getByRole('tab', { name: 'Surrounding' }).click()
    await events.getByRole('list', { name: 'Surrounding events' }).getByRole('listitem').nth(5).waitFor()
    await events.getByRole('tab', { name: 'Fields' }).click()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'alert')
  })

  await t.test('a comment is written by keyboard', async () => {
    await page.keyboard.press('c')
    await dialog.getByLabel('Comment').fill('Is this ours, @anna?')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: 'Timeline' }).getByText('Is this ours, @anna?').waitFor()
  })

  await t.test('j goes on in the list; snoozing leads to the next one', async () => {
    const at = page.getByRole('navigation', { name: 'In the list' })
    await at.getByText('1 of 6').waitFor()
    await page.keyboard.press('j')
    await at.getByText('2 of 6').waitFor()
    await page.keyboard.press('s')
    await dialog.getByRole('button', { name: '4 hours' }).click()
    await said.getByText('1 alert snoozed.').waitFor()
    await at.getByText('2 of 5').waitFor()
    await page.keyboard.press('u')
    await page.getByText('5 alerts').waitFor()
    await page.getByLabel('State').selectOption('Snoozed')
    await page.getByText('1 alert', { exact: true }).waitFor()
    await page.goto(`${picket.url}/alerts`)
  })

  await t.test('the search around an alert finds its events', async () => {
    await rows.first().getByRole('link').click()
    await page.getByRole('link', { name: 'Search these events' }).click()
    await page.getByText(/^1[0-2] of 1[0-2] shown$/).waitFor()
    await page.goBack()
  })

  await t.test('selected alerts become a case, with a note, a file and a signed archive', async () => {
    await page.goto(`${picket.url}/alerts`)
    await rows.nth(4).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('Shift+J')
    await page.keyboard.press('m')
    await dialog.getByRole('radio', { name: 'A new case' }).waitFor()
    await dialog.getByLabel('Its title').fill('Somebody uses the backup')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Open the case' }).click()
    await page.getByRole('heading', { name: 'Somebody uses the backup' }).waitFor()
    await page.keyboard.press('c')
    await page.keyboard.type('Asked the provider')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: 'Notes and history' }).getByText('Asked the provider').waitFor()
    await page.getByLabel('Files to attach').setInputFiles({
      name: 'answer.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('It was them.')
    })
    await page.getByRole('link', { name: 'answer.txt' }).waitFor()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'case')
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export, signed' }).click()
    const archive = await readFile(await (await saved).path())
    assert.ok(archive.includes('answer.txt') && archive.length > 10_000, 'the archive holds the case')
    await page.keyboard.press('Escape')
    await page.getByRole('list', { name: 'Cases' }).getByText('2 alerts, 2 open').waitFor()
  })

  await t.test('a case is closed with its alerts', async () => {
    await page.getByRole('link', { name: 'Somebody uses the backup' }).click()
    await page.getByRole('heading', { name: 'Somebody uses the backup' }).waitFor()
    await page.keyboard.press('e')
    await dialog.getByRole('radio', { name: /True positive/ }).waitFor()
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await page.getByRole('button', { name: 'Open again' }).waitFor()
    await page.getByRole('region', { name: 'Alerts of the case' }).getByText('true positive').nth(1).waitFor()
  })

  await t.test('the metrics count what was done', async () => {
    await page.getByRole('link', { name: 'Alerts', exact: false }).first().click()
    await page.getByRole('link', { name: 'Metrics' }).click()
    await page.getByText('Time to acknowledge').waitFor()
    const noise = page.getByRole('region', { name: 'Table of noise by rule' })
    await noise.getByText('2 true').waitFor()
    assert.deepEqual(await serious(page), [])
    await picture(page, 'alert-metrics')
  })

  await t.test('a flood becomes a storm, and all that a filter finds are closed at once', async () => {
    await page.goto(`${picket.url}/alerts`)
    await rows.first().waitFor()
    await dropFile(page, 'flood.log', floodFile(Date.now() - 3_600_000))
    await page
      .getByRole('region', { name: 'Imports' })
      .getByRole('link', { name: /^Search flood/ })
      .waitFor()
    await page.getByRole('region', { name: 'Imports' }).getByRole('button', { name: 'Close the imports' }).click()
    await page.goto(`${picket.url}/alerts?severity=high`)
    await page.getByText(/^100 of 10\d alerts$/).waitFor()
    await page.keyboard.press('*')
    await page.getByRole('button', { name: /^Select all 10\d that are like this$/ }).click()
    await page.getByText(/^All 10\d selected$/).waitFor()
    await page.keyboard.press('e')
    await dialog.getByText(/^Close 10\d alerts$/).waitFor()
    await page.keyboard.press('3')
    await page.keyboard.press('Enter')
    await said.getByText(/^10\d alerts closed\.$/).waitFor()
    await page.getByRole('heading', { name: 'No alert is like that' }).waitFor()
    await page.goto(`${picket.url}/alerts?state=closed&q=oracle`)
    await rows
      .filter({ hasText: /\d+ entities/ })
      .first()
      .getByRole('link')
      .click()
    const storm = page.getByRole('region', { name: 'Entities of the storm' })
    await storm.getByText('198.18.').first().waitFor()
    await picture(page, 'alert-storm')
  })

  await t.test('a severity is set by hand', async () => {
    await page.getByRole('region', { name: 'Facts' }).getByRole('button', { name: 'Change …' }).click()
    await dialog.getByLabel('Severity').selectOption('critical')
    await dialog.getByLabel('Reason').fill('The whole network')
    await dialog.getByRole('button', { name: 'Set it' }).click()
    await page.getByRole('region', { name: 'Timeline' }).getByText('set the severity from high to critical').waitFor()
  })

  await t.test('who may only look finds nothing to press', async part => {
    await page.goto(`${picket.url}/administration?tab=users`)
    await page.getByRole('button', { name: 'Add a user' }).click()
    await dialog.getByLabel('Name').fill('vera')
    await dialog.getByLabel('Password').fill(password)
    await dialog.getByLabel('Role').selectOption('viewer')
    await dialog.getByRole('button', { name: 'Add the user' }).click()
    await page.getByText('vera').first().waitFor()
    await using other = await openPage(part)
    await other.page.goto(`${picket.url}/login?next=${encodeURIComponent('/alerts?state=all')}`)
    await other.page.getByLabel('Name').fill('vera')
    await other.page.getByLabel('Password').fill(password)
    await other.page.getByRole('button', { name: 'Sign in' }).click()
    const theirs = other.page.getByRole('table', { name: 'Alerts' }).locator('tbody tr')
    await theirs.first().waitFor()
    for (const key of ['j', 'x', 'e', 'a']) await other.page.keyboard.press(key)
    assert.equal(await other.page.getByRole('dialog').count(), 0)
    assert.equal(await other.page.getByRole('checkbox').count(), 0)
    assert.equal(await other.page.getByRole('group', { name: 'What to do' }).count(), 0)
    await other.page.keyboard.press('Enter')
    await other.page.getByRole('region', { name: 'What happened' }).waitFor()
    assert.equal(await other.page.getByRole('group', { name: 'What to do' }).count(), 0)
    assert.deepEqual(other.faults, [])
  })

  await t.test('every page fits a telephone, light and dark', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const path of [
        '/alerts',
        '/alerts?state=all',
        '/alerts/1',
        '/alerts/metrics',
        '/cases?state=all',
        '/cases/1'
      ]) {
        await page.goto(picket.url + path)
        await page.locator('main h1, main [role=table], main table').first().waitFor({ state: 'attached' })
        await page.locator('main [role=status]').filter({ hasText: 'Loading' }).waitFor({ state: 'detached' })
        assert.ok((await widthBeyond(page)) <= 0, `${path} is wider than the screen`)
        assert.deepEqual(await serious(page), [], `${path}, ${colorScheme}`)
        await picture(page, `telephone-${colorScheme}${path.replaceAll(/[/?=]/g, '-')}`)
      }
    }
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  assert.deepEqual(faults, [])
})
