/** A capture on the page: dropped as a file, and kept by a source so that an event leads back to its packets. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { asciiBytes } from '../../src/packets/octets.ts'
import { pcapFile, tcpConversation } from '../../src/testing/pcap-writer.ts'
import { openPage, picture, serious, signUp, startPicket, whyNot } from './browser.ts'

const reason = whyNot()
const able = spawnSync('tcpdump', ['--version']).status === 0 && process.getuid?.() === 0
const cannot = able ? reason : 'needs tcpdump and its rights'

test('a capture dropped on the page becomes events; without a kept capture the button says so', {
  skip: reason,
  timeout: 120_000
}, async t => {
  await using picket = await startPicket()
  await using browser = await openPage(t)
  const { page, faults } = browser
  await signUp(page, picket.setupUrl, 'a long walk by the sea')
  const frames = tcpConversation({ from: [10, 0, 0, 5], to: [192, 0, 2, 10], ports: [51_000, 80] }, [
    asciiBytes('GET /page HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test\r\n\r\n'),
    asciiBytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  ])
  const seconds = Math.floor(Date.now() / 1000) - 60
  const file = pcapFile(frames.map((bytes, i) => ({ bytes, seconds, nanos: i * 1e6 })))
  const transfer = await page.evaluateHandle(
    `(() => { const transfer = new DataTransfer(); const bytes = Uint8Array.from(atob(${JSON.stringify(Buffer.from(file).toString('base64'))}), c => c.charCodeAt(0)); transfer.items.add(new File([bytes], 'a.pcap')); return transfer })()`
  )
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
  const imports = page.getByRole('region', { name: 'Imports' })
  await imports.getByText('Every record is accounted for').waitFor()
  // Installed or not, it is said.
  await imports
    .getByText(/Suricata/)
    .first()
    .waitFor()
  await picture(page, 'packets-dropped')
  await page.goto(`${picket.url}/?q=event.dataset%3Apackets.http`)
  const row = page.getByText('www.example.com').first()
  await row.waitFor()
  await picture(page, 'packets-found')
  await row.click()
  await page.getByRole('button', { name: 'Packets', exact: true }).click()
  await page.getByText(/No packets are kept: no capture is configured/).waitFor()
  await picture(page, 'packets-none')
  assert.deepEqual(await serious(page), [])
  assert.deepEqual(faults, [])
})

test('an event leads back to its packets', { skip: cannot, timeout: 120_000 }, async t => {
  const web = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1')
  await new Promise(resolve => web.once('listening', resolve))
  const { port } = web.address() as AddressInfo
  try {
    await using picket = await startPicket(async folder => {
      await writeFile(
        join(folder, 'picket.yaml'),
        `sources:\n  - { type: capture, name: loop, interface: lo, keep: 5MB, decode: true, filter: tcp port ${port} }\n`
      )
    })
    await using browser = await openPage(t)
    const { page, faults } = browser
    await signUp(page, picket.setupUrl, 'a long walk by the sea')
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, path: '/secret-place', agent: false }, response =>
          response.resume().once('end', resolve)
        )
        asked.on('error', reject).end()
      })
    const found = page.getByText('/secret-place').first()
    for (let tries = 0; tries < 30; tries++) {
      await ask()
      await page.goto(`${picket.url}/?q=event.dataset%3Apackets.http`)
      if (
        await found.waitFor({ timeout: 2000 }).then(
          () => true,
          () => false
        )
      )
        break
    }
    await found.click()
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Packets', exact: true }).click()
    const download = await saving
    assert.match(download.suggestedFilename(), /^picket-[0-9a-f]{16}\.pcap$/)
    const saved = await readFile((await download.path())!)
    assert.equal(saved.readUInt32LE(0), 0xa1b2c3d4)
    assert.ok(saved.includes('GET /secret-place'))
    assert.equal(saved.toString('latin1').split('GET /secret-place').length, 2, 'one conversation, not the others')
    await page.getByText(/^\d+ packets$/).waitFor()
    await picture(page, 'packets-saved')
    await page.goto(`${picket.url}/sources`)
    await page.getByText(/^lo \(\d+\.\d MB kept\)$/).waitFor()
    await picture(page, 'packets-source')
    assert.deepEqual(faults, [])
  } finally {
    web.close()
  }
})
