/** What the tests of the page stand on: a real Picket on a folder of its own, and a real Chromium. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page, type Request } from 'playwright-core'
import { tellOfFailures } from './failures.ts'

const root = join(import.meta.dirname, '../..')
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable'
]
const chromiumArgs = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** Where Chromium is: `PICKET_CHROMIUM`, or where Linux distributions put it. */
export function chromiumPath(): string | undefined {
  return [process.env['PICKET_CHROMIUM'], ...places].find(path => path !== undefined && existsSync(path))
}

/** Why the page cannot be tested here, or false. */
export function whyNot(): string | false {
  if (chromiumPath() === undefined) return 'no Chromium was found (apt-get install chromium, or set PICKET_CHROMIUM)'
  if (!existsSync(join(root, 'web/dist/index.html'))) return 'the page is not built (node web/build.js)'
  return false
}

export type RunningPicket = AsyncDisposable & {
  readonly folder: string
  readonly url: string
  readonly setupUrl: string
}

/**
 * Starts `picket serve` on an empty folder and any free port; `prepare` may put something into the folder before. Stopped, and the
 * folder removed, at the end.
 */
export async function startPicket(prepare?: (folder: string) => Promise<void>): Promise<RunningPicket> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-page-'))
  await prepare?.(folder)
  const child = spawn(process.execPath, [join(root, 'bin/picket.js'), 'serve', '--data', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const dispose = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const setupUrl = await printed(child, /(http:\/\/\S+\/setup\?token=\S+)/)
    return { folder, url: new URL(setupUrl).origin, setupUrl, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

const startMs = 60_000

function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`Picket did not start in ${startMs} ms:\n${text}`)), startMs)
    const read = (chunk: Buffer) => {
      text += chunk.toString()
      const found = pattern.exec(text)
      // The link is printed before the line that says that all is ready.
      if (found === null || !text.includes('ready after')) return
      clearTimeout(timer)
      resolve(found[1]!)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', code => {
      clearTimeout(timer)
      reject(new Error(`Picket ended with ${code}:\n${text}`))
    })
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(timer)
}

export type OpenPage = AsyncDisposable & { readonly page: Page; readonly faults: string[] }

/**
 * A page in a browser of its own. `faults` collects what the page should never do: exceptions and breaches of its CSP. When the test
 * or a part of it fails, what the page showed then is printed. `PICKET_SLOWER=8` makes the page as slow as on a machine of an eighth
 * of this one's speed: what is steady there is steady on a busy machine, too.
 */
export async function openPage(t: TestContext | undefined, size = { width: 1280, height: 860 }): Promise<OpenPage> {
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs })
  // What still moves cannot be pressed: Playwright scrolls to it again and again, and what hangs on it moves once more.
  const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults: string[] = []
  page.on('pageerror', error => faults.push(error.message))
  page.on('console', message => {
    // A reply of 400 or 401 is the browser's complaint, not the page's fault.
    if (message.type() === 'error' && !message.text().includes('Failed to load resource')) faults.push(message.text())
  })
  page.on('request', request => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') faults.push(`asked elsewhere: ${request.url()}`)
  })
  steadyThroughChanges(page)
  const slower = Number(process.env['PICKET_SLOWER'])
  if (slower > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: slower })
  const closing = t && tellOfFailures(t, page, faults)
  return {
    page,
    faults,
    [Symbol.asyncDispose]: async () => {
      await closing?.()
      await browser.close()
    }
  }
}

/** Chromium gives up what it is loading, from loopback too, when an interface of the machine comes or goes, as in tests that run beside this one. */
function steadyThroughChanges(page: Page): void {
  const goto = page.goto.bind(page)
  page.goto = async (url, options) => {
    for (let tries = 1; ; tries++) {
      let isChanged = false
      const look = (request: Request): void => {
        isChanged ||= request.failure()?.errorText === 'net::ERR_NETWORK_CHANGED'
      }
      page.on('requestfailed', look)
      try {
        const response = await goto(url, options)
        if (!isChanged || tries === 5) return response
      } catch (error) {
        if (!isChanged || tries === 5) throw error
      } finally {
        page.off('requestfailed', look)
      }
    }
  }
}

/** From the setup link to the page that says that nothing is stored. */
export async function signUp(page: Page, setupUrl: string, password: string): Promise<void> {
  await page.goto(setupUrl)
  await page.getByLabel('Name').fill('anna')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('Password again').fill(password)
  await page.getByRole('button', { name: 'Make administrator and sign in' }).click()
  await page.getByRole('heading', { name: 'Nothing is stored yet' }).waitFor()
}

/** Acts on a page whose frames come late, as on a busy machine: what is done in the next frame has not been done at the end of it. */
export async function withLateFrames(page: Page, act: () => Promise<void>): Promise<void> {
  await page.evaluate(
    'window.inTime = requestAnimationFrame; window.requestAnimationFrame = f => setTimeout(() => inTime(f), 1000); undefined'
  )
  await act()
  await page.evaluate('window.requestAnimationFrame = inTime; undefined')
}

/** How far the page is wider than the screen. */
export function widthBeyond(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
}

/** For those who look at the pages: `PICKET_SHOTS=folder` keeps a picture of each step. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICKET_SHOTS']
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** Drops a file on the page, as somebody dragging it from a folder does. */
export async function dropFile(page: Page, name: string, text: string, onto = 'body'): Promise<void> {
  const transfer = await page.evaluateHandle(
    `(() => { const transfer = new DataTransfer(); transfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)})); return transfer })()`
  )
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
  await page.getByText('Drop the files to bring them in').waitFor()
  await page.dispatchEvent(onto, 'drop', { dataTransfer: transfer })
}

/** What stands in the query, once its editor is there. */
export async function queryText(page: Page): Promise<string> {
  return (await page.locator('.cm-content[aria-label="Query"] .cm-line').allInnerTexts()).join('\n')
}

/** What axe finds that is serious or worse, once nothing is dimmed for being renewed, and what was to change has been drawn. */
export async function serious(page: Page): Promise<string[]> {
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
  await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
  // Through the debugger: the page's own policy lets no script in.
  if (!(await page.evaluate('"axe" in window')))
    await page.evaluate(await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'))
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
  }
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary.slice(0, 200)}`)
}
