/**
 * The search page in a real browser against the real server: writing, filtering, columns, commands, charts, live, saving, exporting;
 * by role and visible label. Screenshots stay in test-artifacts/, outside of git.
 */

import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { dropFile, openPage, queryText, serious, startPicket, whyNot } from './browser.ts'

const reason = whyNot()
const root = join(import.meta.dirname, '../..')
const shots = join(root, 'test-artifacts')

const kinds = ['dns', 'http', 'alert'] as const
const odd = '=HYPERLINK("http://example.com")<img src=x>\u202e'

/** Events a second apart; each third of another kind. */
function eveFile(count: number, startMs: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const head = {
      timestamp: new Date(startMs + i * 1000).toISOString().replace('Z', '+0000'),
      flow_id: startMs + i,
      src_ip: `10.1.0.${1 + (i % 7)}`,
      src_port: 40_000 + i,
      dest_ip: i % 2 === 0 ? '192.0.2.53' : '198.51.100.7',
      dest_port: i % 2 === 0 ? 53 : 8080,
      proto: 'TCP'
    }
    const kind = kinds[i % 3]!
    if (kind === 'dns')
      return { ...head, event_type: kind, dns: { type: 'query', id: i, rrname: `h${i % 5}.example.org`, rrtype: 'A' } }
    if (kind === 'http')
      return {
        ...head,
        event_type: kind,
        http: { hostname: 'www.example.org', url: `/page/${i}`, http_method: 'GET', status: 200, length: i }
      }
    const alert = { action: 'allowed', gid: 1, signature_id: 9, rev: 1, signature: odd, category: 'Misc', severity: 1 }
    return { ...head, event_type: kind, alert }
  })
  return `${lines.map(line => JSON.stringify(line)).join('\n')}\n`
}

async function shot(page: Page, name: string): Promise<void> {
  await mkdir(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `search-${name}.png`) })
}

test('the page that is loaded first is small', { skip: reason }, async () => {
  const html = await readFile(join(root, 'web/dist/index.html'), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(match => match[1]!)
  let bytes = 0
  for (const file of files) bytes += gzipSync(await readFile(join(root, 'web/dist', file))).length
  assert.ok(files.length >= 2)
  assert.ok(bytes < 350_000, `${bytes} bytes, compressed`)
})

test('searching', { skip: reason, timeout: 300_000 }, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  const query = page.getByRole('textbox', { name: 'Query' })

  const go = async (q: string, rest = '') => {
    await page.goto(`${picket.url}/?q=${encodeURIComponent(q)}${rest}`)
    await page.locator('.cm-content').waitFor()
  }

  await page.goto(picket.setupUrl)
  await page.getByLabel('Name').fill('anna')
  await page.getByLabel('Password', { exact: true }).fill('a long walk by the sea')
  await page.getByLabel('Password again').fill('a long walk by the sea')
  await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
  await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
  await dropFile(page, 'eve.json', eveFile(300, Date.UTC(2026, 2, 4, 5)))
  await page.getByRole('region', { name: 'Imports' }).getByText('Every record is accounted for').waitFor()
  await page.getByRole('button', { name: 'Close the imports' }).click()
  const paths = Object.keys(
    (
      (await page.evaluate('fetch("/api/openapi.json").then(reply => reply.json()).catch(() => ({}))')) as {
        paths?: object
      }
    ).paths ?? {}
  )
  const without = (path: string) => (paths.includes(path) ? false : `this server has no ${path}`)

  await t.test('a field is completed, and typing goes on', async () => {
    await go('')
    await page.keyboard.press('/')
    await page.keyboard.type('source.i')
    await page
      .locator('.cm-tooltip-autocomplete')
      .getByRole('option', { name: /source\.ip/ })
      .first()
      .waitFor()
    await page.keyboard.press('Tab')
    assert.match(await queryText(page), /^source\.ip/)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('picket.kind:dns')
    await page.keyboard.press('Enter')
    await page.getByText('100 of 100 shown').waitFor()
    await page.getByText('picket.kind is').waitFor()
  })

  await t.test('a mistyped field has a suggestion to click, and earlier queries come back', async () => {
    await page.keyboard.press('Control+a')
    await page.keyboard.type('soruce.ip:10.1.0.1')
    await page.getByRole('button', { name: 'Use source.ip' }).click()
    assert.equal(await queryText(page), 'source.ip:10.1.0.1')
    await page.keyboard.press('Enter')
    await page.getByText('43 of 43 shown').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    assert.equal(await queryText(page), 'picket.kind:dns')
  })

  await t.test('columns are chosen, moved and widened, and stand in the address', async () => {
    await go('picket.kind:http')
    await page.getByText('100 of 100 shown').waitFor()
    await page.getByRole('button', { name: 'Columns', exact: true }).click()
    await page.getByRole('checkbox', { name: /^source\.ip/ }).check()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: /source\.ip/ }).waitFor()
    await page.getByRole('button', { name: 'Column source.ip' }).click()
    await page.getByRole('menuitem', { name: 'Move left' }).click()
    await page.getByRole('separator', { name: 'Width of source.ip' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(url => /source\.ip~16\d,_ends/.test(url.searchParams.get('cols') ?? ''))
    await page.reload()
    await page.getByRole('columnheader', { name: /source\.ip/ }).waitFor()
    await shot(page, 'columns')
  })

  await t.test('a column is dragged to another place', async () => {
    await page
      .getByRole('columnheader', { name: /source\.ip/ })
      .dragTo(page.getByRole('columnheader', { name: /^Column Time/ }))
    await page.waitForURL(url => (url.searchParams.get('cols') ?? '').startsWith('source.ip'))
  })

  await t.test('a value has a menu', async () => {
    await page.getByRole('button', { name: '10.1.0.2', exact: true }).first().click()
    await page.getByRole('menuitem', { name: 'Everywhere it occurs (pivot)' }).hover()
    await page.mouse.move(5, 5)
    await shot(page, 'value-menu')
    assert.equal(await page.getByRole('menu').count(), 1, 'it closes as the mouse leaves it')
    await page.getByRole('menuitem', { name: 'Only this value' }).click()
    await page.waitForURL(url => url.searchParams.get('q') === 'picket.kind:http and source.ip:10.1.0.2')
    await page.goto(`${picket.url}/`)
  })

  await t.test('the histogram is stacked, zoomed by dragging, and zoomed back', async () => {
    await go('', '&by=picket.kind')
    const bars = page.getByRole('img', { name: /^300 events/ })
    await bars.waitFor()
    const box = (await bars.boundingBox())!
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 8 })
    await page.mouse.up()
    await page.waitForURL(url => url.searchParams.has('from') && url.searchParams.has('to'))
    await shot(page, 'zoomed')
    await page.getByRole('button', { name: 'Zoom back' }).click()
    await page.waitForURL(url => !url.searchParams.has('from'))
  })

  await t.test('facets are searched and pinned', async () => {
    await go('')
    await page.getByText('300 shown').waitFor()
    await page.getByRole('button', { name: 'Search inside source.ip' }).click()
    await page.getByLabel('Values of source.ip with').fill('0.7')
    await page.getByRole('button', { name: /^Only source\.ip 10\.1\.0\.7/ }).click()
    await page.getByText('42 of 42 shown').waitFor()
    await page.getByRole('button', { name: 'Pin destination.port for me' }).click()
    await page.getByText('pinned', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Pin destination.port for everybody' }).click()
    await page.getByRole('button', { name: 'Unpin destination.port' }).click()
  })

  const noCommands = without('/api/query')
  await t.test('commands make a table that is sorted, and a chart of it', { skip: noCommands }, async () => {
    await go('* | stats count() as n by destination.port')
    const table = page.getByRole('table', { name: 'Table' })
    await table.getByRole('cell', { name: '8080' }).waitFor()
    await table.getByRole('button', { name: 'destination.port' }).click()
    await page.waitForURL(url => url.searchParams.get('sort') === '-destination.port')
    assert.deepEqual(await table.getByRole('cell').allInnerTexts(), ['8080', '150', '53', '150'])
    await page.getByRole('button', { name: 'Chart', exact: true }).click()
    await page.getByRole('list', { name: 'n by destination.port' }).waitFor()
    await shot(page, 'ranking')
    await page.getByRole('button', { name: '8080', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Show these events' }).click()
    await page.getByText('150 shown').waitFor()
  })

  await t.test('a chart over time is drawn in each shape', { skip: noCommands }, async () => {
    await go('* | timechart span=30s count() by picket.kind')
    await page.getByRole('img', { name: /count.*over time, 3 series/ }).waitFor()
    for (const shape of ['Lines', 'Areas', 'Bars']) {
      await page.getByRole('button', { name: shape, exact: true }).click()
      await shot(page, `timechart-${shape.toLowerCase()}`)
    }
    assert.deepEqual(await serious(page), [])
  })

  await t.test('all of time is cut into steps that fit what is stored', { skip: noCommands }, async () => {
    await go('* | timechart count()')
    await page.getByRole('button', { name: 'Table', exact: true }).click()
    await page.getByRole('table', { name: 'Table' }).getByRole('row').nth(20).waitFor()
  })

  await t.test('a search under way is cancelled, and begun again', { skip: noCommands }, async () => {
    // The answer is held back, as a busy engine would.
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    await page.route('**/api/query', async route => {
      await held
      await route.continue().catch(() => undefined)
    })
    await go('* | stats dc(source.ip)')
    await page.getByRole('progressbar', { name: 'The search' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('The search was cancelled.').waitFor()
    letGo()
    await page.getByRole('button', { name: 'Search again' }).click()
    await page.getByRole('cell', { name: '7', exact: true }).waitFor()
    await page.unroute('**/api/query')
  })

  await t.test('a CSV file becomes a lookup table that a search joins', { skip: without('/api/lookups') }, async () => {
    await page.goto(`${picket.url}/administration?tab=lookups`)
    await page.getByLabel('CSV file').setInputFiles({
      name: 'owners.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('address,owner\n10.1.0.1,anna\n10.1.0.2,=bob\n')
    })
    await page.getByRole('button', { name: 'Keep the table' }).click()
    await page.getByRole('list', { name: 'Lookup tables' }).getByText('2 rows').waitFor()
    await go('* | join owners on source.ip=address | stats count() by owner')
    await page.getByRole('cell', { name: 'anna' }).waitFor()
  })

  await t.test('patterns group what matches', { skip: noCommands }, async () => {
    await go('picket.kind:http', '&as=patterns')
    await page.getByLabel('Patterns of').selectOption('url.original')
    await page.getByRole('list', { name: 'Patterns' }).getByText('/page/').first().waitFor()
    await shot(page, 'patterns')
  })

  await t.test('what surrounds an event is shown', { skip: without('/api/events/{id}/around') }, async () => {
    await go('picket.kind:alert')
    await page.getByText('100 of 100 shown').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('tab', { name: 'Surrounding' }).click()
    const around = page.getByRole('list', { name: 'Surrounding events' })
    await around.getByRole('listitem').nth(5).waitFor()
    await shot(page, 'surrounding')
  })

  await t.test('a search is kept under a name and opened again', { skip: without('/api/saved-searches') }, async () => {
    await go('picket.kind:alert')
    await page.getByRole('button', { name: 'Saved searches' }).click()
    await page.getByLabel('Name of this search').fill('all alerts')
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.getByRole('button', { name: 'Delete all alerts' }).waitFor()
    await go('')
    await page.getByRole('button', { name: 'Saved searches' }).click()
    await page.getByRole('button', { name: /^all alerts/ }).click()
    await page.waitForURL(url => url.searchParams.get('q') === 'picket.kind:alert')
  })

  await t.test('what was found is saved as a file, formulas disarmed', { skip: without('/api/export') }, async () => {
    await go('picket.kind:alert', '&cols=@timestamp,rule.name')
    await page.getByText('100 of 100 shown').waitFor()
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /^CSV/ }).click()
    ])
    const text = await readFile(await download.path(), 'utf8')
    assert.equal(text.trim().split('\n').length, 101)
    assert.ok(text.includes("'=HYPERLINK"), text.slice(0, 300))
  })

  await t.test('live shows what arrives, and rests while one reads', { skip: without('/api/tail') }, async () => {
    await go('', '&live=on')
    await page.getByText('300 shown').waitFor()
    await dropFile(page, 'live.json', eveFile(3, Date.now() - 10_000))
    await page.getByRole('region', { name: 'Imports' }).getByText('Every record is accounted for').waitFor()
    await page.getByText('303 shown').waitFor()
    await page.getByRole('button', { name: 'Close the imports' }).click()
    await page.evaluate('window.scrollTo(0, 900)')
    await page.getByText('Live is paused while you read').waitFor()
    await dropFile(page, 'live-2.json', eveFile(2, Date.now() - 5000))
    await page.getByText(': 2 new events').waitFor()
    await shot(page, 'live-paused')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('305 shown').waitFor()
    await page.getByRole('button', { name: 'Close the imports' }).click()
  })

  await t.test('axe finds nothing serious, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await go('picket.kind:alert', '&by=picket.kind&cols=@timestamp,_kind,source.ip~150,_event')
      await page.getByText(/^\d+ of \d+ shown/).waitFor()
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: 'Event', exact: true }).waitFor()
      await shot(page, colorScheme)
      assert.deepEqual(await serious(page), [])
      await page.getByRole('button', { name: /^Time range/ }).click()
      await shot(page, `time-${colorScheme}`)
      assert.deepEqual(await serious(page), [])
      await page.keyboard.press('Escape')
    }
    await page.emulateMedia({ colorScheme: 'light' })
  })

  await t.test('it fits a telephone', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    const piped = noCommands === false ? ['* | stats count(), avg(source.port) by source.ip, destination.ip'] : []
    for (const [at, q] of ['picket.kind:alert', ...piped].entries()) {
      await go(q)
      await page.waitForLoadState('networkidle')
      await shot(page, `400-${at}`)
      assert.ok(((await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')) as number) <= 0, q)
    }
    assert.deepEqual(await serious(page), [])
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  assert.ok(await query.count())
  assert.deepEqual(faults, [])
})
