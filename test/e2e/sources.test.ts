/** The page of sources: those of the configuration, what works and what does not. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPage, picture, serious, signUp, startPicket, whyNot, widthBeyond } from './browser.ts'

const reason = whyNot()
if (reason !== false) console.log(`The page of sources is not tested: ${reason}.`)

test('sources of the configuration, working and not', { skip: reason, timeout: 120_000 }, async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  try {
    await using picket = await startPicket(async folder => {
      await writeFile(
        join(folder, 'picket.yaml'),
        `sources:
  - { type: syslog, name: routers, host: 127.0.0.1, port: 0, transports: [tcp] }
  - { type: gelf, name: containers, host: 127.0.0.1, port: ${port}, transports: [tcp] }
  - { type: http, name: app }
  - { type: files, name: web, paths: [${join(folder, 'nothing')}] }
`
      )
    })
    await using browser = await openPage(t)
    const { page, faults } = browser
    await signUp(page, picket.setupUrl, 'a long walk by the sea')
    await page.goto(`${picket.url}/sources`)
    const list = page.getByRole('region', { name: 'Sources in picket.yaml' })
    await list.getByText('4 sources in picket.yaml').waitFor()
    const rows = (await list.getByRole('listitem').allTextContents()).map(text => text.replace(/\s+/g, ' '))
    assert.match(rows[0]!, /works.*routers.*syslog.*127\.0\.0\.1:\d+.*0 records/)
    assert.match(rows[1]!, new RegExp(`problem.*containers.*TCP port ${port} of 127\\.0\\.0\\.1 is taken`))
    assert.match(rows[2]!, /waits.*app.*POST \/api\/ingest\/app/)
    assert.match(rows[3]!, /web.*nothing/)
    await picture(page, 'sources')
    assert.deepEqual(await serious(page), [])
    await page.setViewportSize({ width: 390, height: 800 })
    assert.ok((await widthBeyond(page)) <= 0)
    // The port becomes free: it is tried again by itself.
    taken.close()
    await list.getByText('1 problem').waitFor({ state: 'hidden', timeout: 30_000 })
    assert.deepEqual(faults, [])
  } finally {
    taken.close()
  }
})
