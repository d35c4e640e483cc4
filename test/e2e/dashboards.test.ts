/** Dashboards in a real browser against the real server: ours are shown and copied, panels are added, moved, kept; reports are made. */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { dropFile, openPage, serious, startPicket, whyNot } from './browser.ts'

const reason = whyNot()
const password = 'a long walk by the sea'
const pictures = join(import.meta.dirname, '../../test-artifacts')

/** Suricata's alerts and DNS of the last hours, with text that would like to be markup. */
function eveFile(): string {
  const lines: string[] = []
  const nowMs = Date.now()
  for (let i = 0; i < 400; i++) {
    const head = {
      timestamp: new Date(nowMs - i * 150_000).toISOString().replace('Z', '+0000'),
      flow_id: 1000 + i,
      src_ip: `10.${i % 3}.0.${1 + (i % 9)}`,
      src_port: 40_000 + i,
      dest_ip: i % 5 === 0 ? '192.0.2.53' : `172.16.0.${1 + (i % 4)}`,
      dest_port: [53, 443, 22, 3389][i % 4],
      proto: i % 4 === 0 ? 'UDP' : 'TCP'
    }
    const dns = { type: 'query', id: i, rrname: `host-${i % 7}.example.org`, rrtype: 'A', tx_id: 0, version: 2 }
    const alert = {
      action: 'allowed',
      gid: 1,
      signature_id: 9_000_001 + (i % 5),
      rev: 1,
      signature: `TEST <b>odd</b> name ${i % 5}\u202etxt`,
      category: ['Misc activity', 'Attempted Information Leak'][i % 2],
      severity: 1
    }
    lines.push(
      JSON.stringify(i % 3 === 0 ? { ...head, event_type: 'alert', alert } : { ...head, event_type: 'dns', dns })
    )
  }
  return `${lines.join('\n')}\n`
}

test('dashboards and reports', { skip: reason, timeout: 240_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  mkdirSync(pictures, { recursive: true })
  const picture = (name: string) => page.screenshot({ path: join(pictures, `dashboard-${name}.png`) })
  await page.goto(picket.setupUrl)
  await page.getByLabel('Name').fill('anna')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('Password again').fill(password)
  await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
  await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
  await dropFile(page, 'eve.json', eveFile())
  const imports = page.getByRole('region', { name: 'Imports' })
  await imports.getByText('Every record is accounted for').waitFor()
  await imports.getByRole('button', { name: 'Close the imports' }).click()
  const panel = (name: string) => page.getByRole('region', { name, exact: true })

  await t.test('our dashboards are listed, and shown with what their searches find', async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.getByRole('heading', { name: 'Dashboards', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Suricata' }).click()
    await panel('Alerts').getByText('134', { exact: true }).waitFor()
    await panel('Sources of alerts').getByText('10.0.0.1', { exact: true }).waitFor()
    await panel('DNS questions').getByText('host-0.example.org').waitFor()
    await panel('Alerts over time, by category').getByRole('img').waitFor()
    await panel('HTTP hosts').getByText('Nothing in this range.').waitFor()
    assert.equal(await page.locator('main b').count(), 0, 'markup of an event became markup of the page')
    assert.ok((await panel('Most frequent alerts').getByText('U+202E').count()) > 0)
    await picture('light')
    await page.goto(`${picket.url}/dashboards/network-overview`)
    await panel('Flows between networks').getByRole('img').waitFor()
    await page.waitForLoadState('networkidle')
    await page.emulateMedia({ colorScheme: 'dark' })
    await picture('dark')
    await page.emulateMedia({ colorScheme: 'light' })
  })

  await t.test('one filter and one range for all panels; what is no filter is said at the field', async () => {
    await page.goto(`${picket.url}/dashboards/suricata`)
    await panel('Alerts').getByText('134', { exact: true }).waitFor()
    const filter = page.getByRole('textbox', { name: 'Filter for all panels' })
    await filter.fill('source.ip:(10.0.0.1')
    await filter.press('Enter')
    await page.locator('form').getByRole('alert').waitFor()
    await filter.fill('rule.category:"Misc activity" or source.ip:10.0.0.1')
    await filter.press('Enter')
    await panel('Alerts').getByText('89', { exact: true }).waitFor()
    await page.getByRole('button', { name: /^Time range/ }).click()
    await page.getByRole('button', { name: 'Last 15 minutes' }).click()
    await page.waitForURL(/from=-15m/)
    await panel('Alerts').getByText('134', { exact: true }).waitFor({ state: 'detached' })
    await page.goBack()
    await panel('Alerts').getByText('89', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'What to do with Alerts', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Full screen' }).click()
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'What to do with Alerts', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Open in the search' }).click()
    await page.waitForURL(url => url.pathname === '/' && (url.searchParams.get('q') ?? '').includes('| stats count()'))
  })

  await t.test('a copy is changed: a panel is added with a preview, moved and resized, and kept', async () => {
    await page.goto(`${picket.url}/dashboards/suricata`)
    await page.getByRole('button', { name: 'Copy', exact: true }).click()
    await page.getByRole('dialog').getByLabel('Title').fill('Mine')
    await page.getByRole('dialog').getByRole('button', { name: 'Make the copy' }).click()
    await page.waitForURL(/\/dashboards\/mine\?edit=on/)
    await page.getByRole('button', { name: 'Add a panel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Title').fill('Ports')
    await dialog.getByLabel('Search').fill('| stats broken(')
    await dialog.getByText('This search cannot be read').waitFor()
    await dialog.getByLabel('Search').fill('| top 10 destination.port')
    await dialog.getByLabel('View').selectOption('Bars')
    await dialog.getByText('3389').waitFor()
    await picture('editor')
    await dialog.getByRole('button', { name: 'Add the panel' }).click()
    await panel('Ports').getByText('3389').waitFor()

    const boxOf = async (name: string) => (await panel(name).boundingBox())!
    const before = await boxOf('Ports')
    const handle = page.getByRole('button', { name: /^Move Ports/ })
    await handle.press('ArrowRight')
    await handle.press('Shift+ArrowRight')
    await page.getByText('Ports: column 2, row').waitFor()
    const moved = await boxOf('Ports')
    assert.ok(moved.x > before.x && moved.width > before.width, 'the keyboard neither moved nor resized it')
    const alerts = await boxOf('Alerts')
    const grip = (await page.getByRole('button', { name: /^Move Alerts:/ }).boundingBox())!
    await page.mouse.move(grip.x + 8, grip.y + 8)
    await page.mouse.down()
    await page.mouse.move(grip.x + 8, grip.y + 200, { steps: 5 })
    await page.mouse.up()
    assert.ok((await boxOf('Alerts')).y > alerts.y + 50, 'the pointer did not move it')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Change', exact: true }).waitFor()
    await page.reload()
    await panel('Ports').getByText('3389').waitFor()
    assert.ok((await boxOf('Alerts')).y > alerts.y + 50, 'what was moved was not kept')
  })

  await t.test('a dashboard is exported, removed, and imported again', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export' }).click()
    ])
    const file = readFileSync(await download.path(), 'utf8')
    assert.equal(JSON.parse(file).name, 'mine')
    await page.getByRole('button', { name: 'Remove this dashboard' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('heading', { name: 'Dashboards', exact: true }).waitFor()
    await page
      .getByLabel('A dashboard’s file')
      .setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(file) })
    await panel('Ports').getByText('3389').waitFor()
  })

  await t.test('reports are made, planned and downloaded', async () => {
    for (const format of ['PDF', 'HTML, one file']) {
      await page.getByRole('button', { name: 'Report', exact: true }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Customer').fill('Example Ltd.')
      await dialog.getByLabel('Format').selectOption(format)
      await dialog.getByRole('button', { name: 'Make the report' }).click()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        dialog.getByRole('link', { name: 'Download' }).click()
      ])
      const content = readFileSync(await download.path())
      await download.saveAs(join(pictures, format === 'PDF' ? 'report.pdf' : 'report.html'))
      if (format === 'PDF') assert.equal(content.subarray(0, 5).toString(), '%PDF-')
      else assert.ok(content.toString().includes('Example Ltd.') && !content.toString().includes('<b>odd'))
      await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    }
    await page.getByRole('button', { name: 'Report', exact: true }).click()
    await page.getByRole('dialog').getByLabel('When').selectOption('every Monday at 6:00')
    await page.getByRole('dialog').getByRole('button', { name: 'Plan it' }).click()
    await page.getByText('It is planned').waitFor()
    await page.goto(`${picket.url}/dashboards`)
    const planned = page.getByRole('list', { name: 'Planned reports' })
    await planned.getByText('0 6 * * 1').waitFor()
    assert.equal(await page.getByRole('list', { name: 'Made reports' }).getByRole('listitem').count(), 2)
    await picture('list')
    await planned.getByRole('button', { name: 'No longer make Mine' }).click()
    await planned.waitFor({ state: 'detached' })
  })

  await t.test('a search becomes a report, too', async () => {
    await page.goto(`${picket.url}/?q=${encodeURIComponent('event.kind:alert | stats count() by rule.name')}`)
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: /Report/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Report' })
    await dialog.getByLabel('Title').fill('Alerts by rule')
    await picture('search-report')
    await dialog.getByRole('button', { name: 'Make the report' }).click()
    await dialog.getByText('The report is made.').waitFor()
    const download = page.waitForEvent('download')
    await dialog.getByRole('link', { name: 'Download' }).click()
    const bytes = readFileSync(await (await download).path())
    assert.equal(bytes.subarray(0, 5).toString(), '%PDF-')
    await page.keyboard.press('Escape')
  })

  await t.test('axe finds nothing serious', async () => {
    for (const path of ['/dashboards', '/dashboards/network-overview']) {
      await page.goto(`${picket.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      assert.deepEqual(await serious(page), [], path)
    }
  })

  await t.test('they fit a telephone', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    for (const path of ['/dashboards', '/dashboards/network-overview', '/dashboards/mine?edit=on']) {
      await page.goto(picket.url + path)
      await page.waitForLoadState('networkidle')
      assert.ok((await widthBeyond(page)) <= 0, `${path} is wider than the screen`)
      if (path.endsWith('overview')) await picture('400')
    }
  })

  assert.deepEqual(faults, [])
})

function widthBeyond(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
}
