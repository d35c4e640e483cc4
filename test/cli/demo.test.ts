/** `picket demo` as somebody meets it who has just cloned: attacks are played, alerts come, the link signs in. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const picket = join(import.meta.dirname, '..', '..', 'bin', 'picket.js')

test('an hour in ten seconds: alerts, the page by its link, nothing left behind', { timeout: 120_000 }, async () => {
  const args = [picket, 'demo', '--port', '0', '--speed', '360', '--no-open']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  let errors = ''
  child.stderr.on('data', part => (errors += part))
  let output = ''
  try {
    let link: string | undefined
    for await (const line of createInterface({ input: child.stdout })) {
      output += `${line}\n`
      link ??= /http:\/\/\S+\/demo\/enter\?token=\S+/.exec(line)?.[0]
      if (/ALERT critical: Log4Shell/.test(output) && /ALERT high: CloudTrail was stopped/.test(output)) break
    }
    assert.ok(link !== undefined, output + errors)
    const wrong = await fetch(`${link.split('=')[0]}=guess`, { redirect: 'manual' })
    assert.equal(wrong.status, 403)
    const entered = await fetch(link, { redirect: 'manual' })
    assert.equal(entered.status, 302)
    assert.equal(entered.headers.get('location'), '/alerts')
    const [cookie] = entered.headers.getSetCookie()
    assert.match(cookie ?? '', /^picket=.*HttpOnly.*SameSite=Strict/)
    const origin = new URL(link).origin
    const value = cookie!.split(';')[0]!
    const session = await fetch(`${origin}/api/session`, { headers: { cookie: value } })
    assert.equal(((await session.json()) as { user: { name: string } }).user.name, 'demo')
    const ledger = await fetch(`${origin}/api/ledger`, { headers: { cookie: value } })
    const { totals } = (await ledger.json()) as { totals: { received: number; deadLettered: number } }
    assert.ok(totals.received > 1000)
    assert.equal(totals.deadLettered, 0)
  } finally {
    child.kill('SIGINT')
    await ended
  }
  const folder = /data in (\S+),/.exec(output)?.[1]
  assert.equal(existsSync(folder ?? '/'), false)
})
