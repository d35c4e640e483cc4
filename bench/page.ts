/**
 * `npm run bench page`: the built page in a real Chromium against a real server with 110,000 events: its first paint, what typing costs, and
 * how smoothly 100,000 loaded rows scroll (the time between frames). The ceiling is an empty page of the same browser.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { openPage, startPicket, whyNot } from '../test/e2e/browser.ts'
import { eveLines, writeCorpus } from './corpus.ts'
import type { Row } from './search.ts'

const root = join(import.meta.dirname, '..')
const rows = 100_000

export async function benchPage(folder: string, row: Row): Promise<void> {
  const reason = whyNot()
  if (reason !== false) {
    row('page', `not measured: ${reason}`)
    return
  }
  row('page: what is loaded first, gzipped', `${(bundleBytes() / 1000).toFixed(0)} kB`)
  const file = join(folder, 'page.json')
  writeCorpus(eveLines(), rows * 1.1, file)
  await using picket = await startPicket()
  await using browser = await openPage(undefined)
  const { page } = browser
  await page.goto(picket.setupUrl)
  await page.getByLabel('Name').fill('anna')
  await page.getByLabel('Password', { exact: true }).fill('a long walk by the sea')
  await page.getByLabel('Password again').fill('a long walk by the sea')
  await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
  await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
  spawnSync(process.execPath, [join(root, 'bin/picket.js'), 'import', '--data', picket.folder, file])

  const paints: number[] = []
  for (let i = 0; i < 9; i++) {
    await page.goto(`${picket.url}/?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z`)
    await page.locator('.cm-content').waitFor()
    paints.push(
      Number(await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0'))
    )
  }
  row('page: first contentful paint', `${middle(paints).toFixed(0)} ms`)

  await page.keyboard.press('/')
  const typed: number[] = []
  for (const key of 'event.dataset:suricata.eve and dns.question.na') {
    const fromMs = performance.now()
    await page.keyboard.type(key)
    await page.evaluate('new Promise(done => requestAnimationFrame(() => done()))')
    typed.push(performance.now() - fromMs)
  }
  row(
    'page: a key typed, to the next frame',
    `${middle(typed).toFixed(1)} ms (95th percentile ${late(typed).toFixed(1)})`
  )
  await page.keyboard.press('Escape')
  await page.goto(`${picket.url}/?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z`)
  await page
    .getByRole('region', { name: 'Results' })
    .getByText(/ shown/)
    .waitFor()

  const loadingMs = performance.now()
  for (;;) {
    await page.evaluate('window.scrollTo(0, document.documentElement.scrollHeight)')
    await page.waitForTimeout(30)
    const shown = await page
      .getByRole('region', { name: 'Results' })
      .getByText(/ shown/)
      .textContent()
    if (Number(/^[\d,]+/.exec(shown ?? '')?.[0].replaceAll(',', '')) >= rows) break
    if (performance.now() - loadingMs > 600_000) {
      row('page: 100,000 rows', `not reached in ten minutes: ${shown}`)
      return
    }
  }
  row('page: 100,000 rows loaded by scrolling', `${((performance.now() - loadingMs) / 1000).toFixed(0)} s`)
  const scrolled = await frames(page, 5)
  await page.goto('about:blank')
  await page.setContent('<div style="height:4000000px;background:linear-gradient(red,blue)"></div>')
  const empty = await frames(page, 5)
  const figure = (list: number[]) => `${middle(list).toFixed(1)} ms a frame (95th percentile ${late(list).toFixed(1)})`
  row(
    'page: scrolling through them',
    figure(scrolled),
    `${figure(empty)}: an empty page`,
    (middle(scrolled) / middle(empty)).toFixed(2)
  )
}

/** The times between frames while it scrolls by 400 pixels a frame. */
async function frames(page: Page, seconds: number): Promise<number[]> {
  return (await page.evaluate(`new Promise(done => {
    const times = []; let last = performance.now(); const end = last + ${seconds * 1000}; let step = -400
    const frame = now => {
      times.push(now - last); last = now
      if (window.scrollY <= 0) step = 400
      window.scrollBy(0, step)
      if (now < end) requestAnimationFrame(frame); else done(times.slice(2))
    }
    requestAnimationFrame(frame)
  })`)) as number[]
}

function bundleBytes(): number {
  const html = readFileSync(join(root, 'web/dist/index.html'), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(match => match[1]!)
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(root, 'web/dist', file))).length, 0)
}

const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b)
const middle = (list: readonly number[]): number => sorted(list)[Math.floor(list.length / 2)] ?? 0
const late = (list: readonly number[]): number => sorted(list)[Math.floor(list.length * 0.95)] ?? 0
