/** Notifications in a real browser against the real server, to a real peer: set up, tested, failing, dead, sent again. */

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isSigned } from '../../src/actions/signature.ts'
import { startPeer, until } from '../../src/testing/notify-lab.ts'
import { dropFile, openPage, serious, startPicket, whyNot } from './browser.ts'

const reason = whyNot()
const password = 'a long walk by the sea'
const pictures = join(import.meta.dirname, '../../test-artifacts')

const ruleFile = `title: Failed SSH logins of <b>root</b>
id: 7d9a3c52-4f0e-4b52-9d1c-0f3d4a5b6c7d
status: stable
logsource:
  product: linux
  service: sshd
detection:
  login:
    event.outcome: failure
    user.name: root
  condition: login
level: high
tags:
  - attack.t1110.001
picket:
  group_by: [source.ip]
`

test('notifications', { skip: reason, timeout: 240_000 }, async t => {
  await using peer = await startPeer()
  await using picket = await startPicket(async folder => {
    await mkdir(join(folder, 'rules'), { recursive: true })
    await writeFile(join(folder, 'rules', 'ssh-root.yml'), ruleFile)
  })
  await using browser = await openPage(t)
  const { page, faults } = browser
  mkdirSync(pictures, { recursive: true })
  const picture = (name: string) =>
    page.screenshot({ path: join(pictures, `notifications-${name}.png`), fullPage: true })
  await page.goto(picket.setupUrl)
  await page.getByLabel('Name').fill('anna')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('Password again').fill(password)
  await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
  await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
  const dialog = page.getByRole('dialog')
  const destinations = page.getByRole('list', { name: 'Destinations' })
  let signingKey = ''

  await t.test('at first there is nothing, and it says so', async () => {
    await page.goto(`${picket.url}/administration?tab=notifications`)
    await page.getByText('There are no destinations: nobody is told of alerts.').waitFor()
    await picture('empty')
  })

  await t.test('a webhook is added with its route; its key is shown once', async () => {
    await page.getByRole('button', { name: 'Add a destination' }).click()
    await dialog.getByLabel('Kind').selectOption('webhook')
    await dialog.getByLabel('Name').fill('Our hook')
    await dialog.getByLabel('URL').fill(peer.url)
    await dialog.getByText('Quiet hours, digests, limits').click()
    await dialog.getByLabel('Quiet hours').check()
    await dialog.getByRole('button', { name: 'Sunday' }).click()
    await dialog.getByText('Mon–Sat 22:00–07:00').waitFor()
    await picture('destination')
    await dialog.getByLabel('Quiet hours').uncheck()
    await dialog.getByRole('button', { name: 'Add the destination' }).click()
    await dialog.getByText('Copy it now').waitFor()
    signingKey = (await dialog.locator('code').textContent()) ?? ''
    assert.match(signingKey, /^whsec_/)
    await dialog.getByRole('button', { name: 'Done' }).click()
    const row = destinations.getByRole('listitem', { name: 'Our hook' })
    await row.getByText('closed: works').waitFor()
    await page.getByRole('list', { name: 'Routes' }).getByText('medium or worse to Our hook').waitFor()
    await page.reload()
    await row.waitFor()
    assert.ok(!(await page.content()).includes(signingKey))
  })

  await t.test('a test arrives, signed; one that fails says why', async () => {
    await page.getByRole('button', { name: 'Send a test to Our hook' }).click()
    await page.getByText('The test was sent: answered 200').waitFor()
    const { headers, body } = peer.received[0]!
    assert.ok(isSigned(signingKey, headers, body, Date.now()))
    peer.answers.push({ status: 410, headers: {}, body: 'gone <b>for good</b>\u202e' })
    await page.getByRole('button', { name: 'Send a test to Our hook' }).click()
    await page.getByText('The test was not sent: answered 410: gone <b>for good</b>').waitFor()
    await page.getByRole('list', { name: 'Attempts' }).getByText('cannot be sent').waitFor()
  })

  await t.test('what cannot be sent is a dead letter with its reason, and is sent again', async () => {
    // Mail without a server: no attempt can go well.
    await page.getByRole('button', { name: 'Add a destination' }).click()
    await dialog.getByLabel('Kind').selectOption('mail')
    await dialog.getByText('No mail server is set up yet').waitFor()
    await dialog.getByLabel('To', { exact: true }).fill('anna@example.org, not an address')
    await dialog.getByRole('button', { name: 'Add the destination' }).click()
    await dialog.getByRole('alert').getByText('must be a mail address').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.goto(`${picket.url}/dashboards/authentication`)
    await page.goto(`${picket.url}/administration?tab=notifications`)
    await page.getByRole('button', { name: 'Set it up' }).click()
    await dialog.getByLabel('Server').fill('127.0.0.1')
    await dialog.getByLabel('Security').selectOption('none')
    await dialog.getByLabel('Port').fill('1')
    await dialog.getByLabel('Sender').fill('Picket <picket@example.org>')
    await dialog.getByRole('button', { name: 'Keep the mail server' }).click()
    await page.getByText('127.0.0.1:1', { exact: true }).waitFor()
    const session = (await page.evaluate(async () => (await fetch('/api/session')).json())) as { csrf: string }
    const report = { query: '*', title: 'All of it', format: 'html', mailTo: ['anna@example.org'] }
    const made = await page.evaluate(
      async ([body, csrf]) => {
        const headers = { 'content-type': 'application/json', 'x-picket-csrf': csrf! }
        return (await fetch('/api/reports', { method: 'POST', headers, body: body! })).status
      },
      [JSON.stringify(report), session.csrf]
    )
    assert.equal(made, 200)
    await page.getByRole('list', { name: 'Attempts' }).getByText('failed for now').first().waitFor()
    await page.getByRole('button', { name: 'Remove the mail server' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    const letters = page.getByRole('list', { name: 'Dead letters' })
    await letters.getByText('no mail server is set up').waitFor()
    await picture('dead')
    await page.getByRole('button', { name: /^Send again: All of it/ }).click()
    await letters.getByText('no mail server is set up').waitFor()
    await page.getByRole('button', { name: /^Give up: All of it/ }).click()
    await letters.waitFor({ state: 'detached' })
  })

  await t.test('a template is written with a preview of every kind, and taken by a route', async () => {
    await page.getByRole('button', { name: 'Add a template' }).click()
    const form = page.getByRole('form', { name: 'Template' })
    await form.getByLabel('Name').fill('Short')
    await form.getByLabel('Title').fill('{{severty}}: {{title}}')
    await form.getByText('Did you mean {{severity}}?').waitFor()
    assert.ok(await form.getByRole('button', { name: 'Keep the template' }).isDisabled())
    await form.getByLabel('Title').fill('{{severity}}: {{title}}')
    const preview = page.getByRole('region', { name: 'Preview' })
    await preview.getByText('high: Many failed logins').waitFor()
    await preview.getByLabel('Preview as').selectOption('teams')
    await preview.getByText('"AdaptiveCard"').waitFor()
    await picture('template')
    await form.getByRole('button', { name: 'Keep the template' }).click()
    await page.getByRole('list', { name: 'Templates' }).getByText('Short').waitFor()
    await page.getByRole('button', { name: /^Change the route/ }).click()
    await dialog.getByLabel('Template').selectOption('Short')
    await dialog.getByLabel('Tags').fill('attack.t1110')
    await dialog.getByLabel('When').selectOption('outside')
    await picture('route')
    await dialog.getByRole('button', { name: 'Keep the route' }).click()
    await page.getByText('tags attack.t1110 · outside of Mon–Fri 08:00–18:00').waitFor()
    await page.getByText('template Short').waitFor()
  })

  await t.test('a peer that is away opens the breaker, which is seen; when it is back, it closes', async () => {
    peer.always = 503
    for (let failure = 1; failure <= 5; failure++) {
      await page.getByRole('button', { name: 'Send a test to Our hook' }).click()
      await until(() => peer.received.length === 2 + failure)
    }
    await page.getByText('open: left alone').waitFor()
    await page.getByText(/5 attempts failed; the last said: answered 503/).waitFor()
    await picture('breaker')
    await page.emulateMedia({ colorScheme: 'dark' })
    await picture('dark')
    await page.emulateMedia({ colorScheme: 'light' })
    peer.always = 200
    await page.getByRole('button', { name: 'Send a test to Our hook' }).click()
    await page.getByText('closed: works').waitFor()
    await page.setViewportSize({ width: 390, height: 800 })
    await picture('narrow')
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'it is too wide')
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  await t.test('nothing is wrong with it for those who cannot see or point', async () => {
    assert.deepEqual(await serious(page), [])
  })

  await t.test('an alert is told in the words of its route, and its page says to whom and why', async () => {
    await page.getByRole('button', { name: /^Change the route/ }).click()
    await dialog.getByLabel('When').selectOption('')
    await dialog.getByRole('button', { name: 'Keep the route' }).click()
    await page.getByText('reopened · tags attack.t1110 →').waitFor()
    await page.getByRole('button', { name: 'Add a route' }).click()
    await dialog.getByLabel('Name').fill('The worst')
    await dialog.getByLabel('From this severity on').selectOption('critical')
    await dialog.getByRole('button', { name: 'Keep the route' }).click()
    await page.getByText('critical or worse').waitFor()
    peer.received.length = 0
    await page.goto(picket.url)
    await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
    const stamp = new Date(Date.now() - 60_000).toUTCString().split(' ')
    const line = `${stamp[2]} ${stamp[1]} ${stamp[4]} web-1 sshd[1000]: Failed password for root from 192.0.2.1 port 40000 ssh2\n`
    await dropFile(page, 'auth.log', line.repeat(3))
    await until(() => peer.received.length === 1)
    assert.equal(peer.received[0]!.json.data.title, 'high: Failed SSH logins of <b>root</b>')
    await page.goto(peer.received[0]!.json.data.alerts[0].url)
    const told = page.getByRole('region', { name: 'Notifications' })
    await told.getByText('told', { exact: true }).waitFor()
    await told.getByText('Our hook').first().waitFor()
    await told.getByText('Routes').click()
    await told.getByText('does not fit: high is below critical').waitFor()
    await told.getByText('fits: Our hook').waitFor()
    assert.deepEqual(await serious(page), [])
    await picture('told')
    await page.goto(`${picket.url}/administration?tab=notifications`)
    await page.getByRole('button', { name: 'Remove the route The worst' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
  })

  await t.test('a removed destination leaves its route, and the tab says that nobody is told', async () => {
    await page.getByRole('button', { name: 'Remove Our hook' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('There are no destinations: nobody is told of alerts.').waitFor()
    await page.getByText('→ nowhere').waitFor()
  })

  assert.deepEqual(faults, [])
})
