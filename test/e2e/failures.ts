/**
 * What a test of the page prints when it fails: the page's address, what it should never have done, what it showed as text, and where
 * a picture of it is. The output of CI is all there is to understand a failure on another machine.
 */

import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'

const textMax = 3000
/** What fails after these fails because of them, as a rule. */
const tellMax = 3
const failedMax = 20
const lookMs = 10_000

/**
 * Tells of each part of the test that fails, and of the test itself if none of its parts did. To be called before the page closes: by
 * the time that a test is known to have failed, its page is gone.
 */
export function tellOfFailures(t: TestContext, page: Page, faults: readonly string[]): () => Promise<void> {
  const failed: string[] = []
  page.on('requestfailed', request => {
    const why = request.failure()?.errorText ?? ''
    // What a page that is left no longer waits for. ERR_NETWORK_CHANGED: an interface of the machine came or went, whoever's it was.
    if (why !== 'net::ERR_ABORTED' && failed.length < failedMax) failed.push(`${request.url().slice(0, 200)} ${why}`)
  })
  let told = 0
  let last: string | undefined
  const tell = async (what: string) => {
    if (++told > tellMax) return
    console.log(`\n‘${what}’ failed. ${last ?? (await shown(page, faults, failed, what))}\n`)
  }
  t.afterEach(async part => {
    if ('passed' in part && !part.passed) await tell(part.name)
  })
  t.after(async () => {
    if (!t.passed && told === 0) await tell(t.name)
  })
  return async () => {
    if (told === 0) last = await shown(page, faults, failed, t.name)
  }
}

/** The page as text that says enough, within bounds. A page that cannot be looked at says why: the test has failed of something else. */
async function shown(page: Page, faults: readonly string[], failed: readonly string[], name: string): Promise<string> {
  const or = (error: unknown) => `(not to be had: ${String(error).slice(0, 200)})`
  const text = await page.locator('body').ariaSnapshot({ timeout: lookMs }).catch(or)
  const focus = await page.evaluate('document.activeElement?.outerHTML.slice(0, 200)').catch(or)
  return [
    `The page at ${page.url()} showed:`,
    text.length > textMax ? `${text.slice(0, textMax)}\n… and ${text.length - textMax} more characters` : text,
    `The focus was at: ${focus}`,
    `Faults of the page: ${faults.length === 0 ? 'none' : `\n${faults.join('\n').slice(0, textMax)}`}`,
    `Requests without an answer: ${failed.length === 0 ? 'none' : `\n${failed.join('\n')}`}`,
    `A picture of it: ${await pictureOf(page, name).catch(or)}`
  ].join('\n')
}

async function pictureOf(page: Page, name: string): Promise<string> {
  const folder = process.env['PICKET_SHOTS'] ?? join(tmpdir(), 'picket-failures')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `failed-${name.replaceAll(/[^\w]+/g, '-').slice(0, 60)}.png`)
  await page.screenshot({ path, timeout: lookMs })
  return path
}
