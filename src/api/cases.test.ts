import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyCase } from '../pipeline/case-verify.ts'
import { readTar, tarEnd, tarHeader, tarPadding } from '../platform/tar.ts'
import { useRuleTexts as giveRuleTexts } from '../state/alert-rules.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { readAudit } from '../state/audit.ts'
import type { Credentials } from './test-server.ts'
import { groupOf, startMs, withAlerts } from './triage-test-server.ts'

type Server = Awaited<ReturnType<typeof withAlerts>>

/** Bodies that are not JSON, both ways. */
function exchange(server: Server, method: string, path: string, who: Credentials, body?: Buffer) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const outgoing = request(
      new URL(path, server.address),
      {
        method,
        agent: false,
        headers: {
          cookie: who.cookie!,
          'x-picket-csrf': who.csrf!,
          ...(body && { 'content-type': 'application/octet-stream', 'content-length': body.length })
        }
      },
      response => {
        const parts: Buffer[] = []
        response.on('data', part => parts.push(part))
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) })
        )
      }
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

test('a case: alerts are merged into it, notes taken, it is closed with its alerts; only by those who may', async () => {
  await using server = await withAlerts([1, 2, 3].map(i => groupOf(`192.0.2.${i}`)))
  const anna = await server.signIn('anna')
  const vera = await server.signIn('vera')
  const call = async (method: string, path: string, body?: unknown, who = anna) => server.call(method, path, body, who)
  assert.equal((await call('POST', '/api/cases', { title: 'x' }, vera)).status, 403)
  assert.equal((await call('POST', '/api/cases', { title: ' ' })).status, 400)
  const made = await call('POST', '/api/cases', { title: 'Guessing from one network', alerts: [1, 2], assignee: 'me' })
  assert.deepEqual(
    [made.json.id, made.json.alerts, made.json.openAlerts, made.json.severity, made.json.assignee],
    [1, 2, 2, 'high', 'anna']
  )
  assert.equal((await call('POST', '/api/cases/1/alerts', { ids: [2, 3] })).json.alerts, 3)
  assert.equal((await call('GET', '/api/alerts/3', undefined, vera)).json.case, 1)
  // One alert is in one case.
  await call('POST', '/api/cases', { title: 'Another', alerts: [3] })
  assert.equal((await call('GET', '/api/cases/1')).json.alerts, 2)
  assert.equal((await call('DELETE', '/api/cases/1/alerts/3')).status, 404)
  assert.equal((await call('DELETE', '/api/cases/2/alerts/3')).json.alerts, 0)
  assert.equal((await call('POST', '/api/cases/1/notes', { text: 'Called the office.' })).json.notes, 1)
  assert.equal((await call('PATCH', '/api/cases/1', { title: 'Guessing', assignee: '' })).json.assignee, undefined)
  const closed = await call('POST', '/api/cases/1/close', { resolution: 'true_positive', reason: 'blocked' })
  assert.deepEqual([closed.json.state, closed.json.openAlerts], ['closed', 0])
  assert.equal((await call('POST', '/api/cases/1/close', { resolution: 'benign' })).status, 409)
  const { json } = await call('GET', '/api/cases/1', undefined, vera)
  assert.deepEqual(
    json.history.map((entry: { kind: string }) => entry.kind),
    ['created', 'alerts-added', 'alerts-added', 'noted', 'renamed', 'assigned', 'closed']
  )
  assert.deepEqual(
    json.members.map((alert: { state: string; resolution: string; reason: string }) => [
      alert.state,
      alert.resolution,
      alert.reason
    ]),
    Array(2).fill(['closed', 'true_positive', 'blocked'])
  )
  const ids = async (query: string) =>
    (await call('GET', `/api/cases?${query}`, undefined, vera)).json.cases.map((each: { id: number }) => each.id)
  assert.deepEqual(await ids(''), [2])
  assert.deepEqual(await ids('state=all&q=guess'), [1])
  assert.deepEqual(await ids('state=closed&assignee=none'), [1])
  assert.equal((await call('POST', '/api/cases/1/reopen')).json.state, 'open')
  const trail = readAudit(server.state, 100).rows.map(row => `${row.action} ${row.object}`)
  for (const entry of [
    'case.opened case:1',
    'alert.put-into-case alert:1',
    'case.noted case:1',
    'alert.closed alert:2'
  ])
    assert.ok(trail.includes(entry), entry)
})

test('evidence: files are kept, bounded, given back as they were; events by id', async () => {
  const asked: unknown[] = []
  const document = { message: 'from the store', event: { original: 'x' } }
  const store = {
    async search(condition: { params: Record<string, unknown> }) {
      asked.push(condition.params['caseIds'])
      const row = { id: '00000000000000bb', timeUs: 5, document, original: Buffer.from('the record') }
      return { rows: [row], isLast: true } as never
    }
  }
  await using server = await withAlerts([groupOf('192.0.2.1')], store as never)
  const anna = await server.signIn('anna')
  const vera = await server.signIn('vera')
  await server.call('POST', '/api/cases', { title: 'x', alerts: [1] }, anna)
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))
  const name = encodeURIComponent('mémoire dump.bin')
  const put = (who: Credentials, file: string, body: Buffer) =>
    exchange(server, 'POST', `/api/cases/1/files?name=${file}`, who, body)
  assert.equal((await put(vera, name, content)).status, 403)
  assert.equal((await put(anna, encodeURIComponent('../../etc/passwd'), content)).status, 400)
  const added = JSON.parse(String((await put(anna, name, content)).body))
  assert.deepEqual([added.bytes, added.sha256], [content.length, createHash('sha256').update(content).digest('hex')])
  assert.equal((await put(anna, 'same.bin', content)).status, 200)
  const back = await exchange(server, 'GET', '/api/cases/1/files/1', vera)
  assert.ok(back.body.equals(content))
  assert.match(
    String(back.headers['content-disposition']),
    /^attachment; .*filename\*=UTF-8''m%C3%A9moire%20dump\.bin$/
  )
  assert.equal(back.headers['content-type'], 'application/octet-stream')
  const folder = join(server.folder, 'evidence')
  assert.deepEqual(readdirSync(folder), [added.sha256])
  assert.equal(statSync(join(folder, added.sha256)).mode & 0o777, 0o600)
  assert.equal((await put(anna, 'fat.bin', Buffer.alloc((10 << 20) + 1))).status, 413)
  assert.deepEqual(readdirSync(folder), [added.sha256])
  await server.call('DELETE', '/api/cases/1/files/1', undefined, anna)
  assert.ok(existsSync(join(folder, added.sha256)))
  await server.call('DELETE', '/api/cases/1/files/2', undefined, anna)
  assert.deepEqual(readdirSync(folder), [])

  const attach = (ids: string[]) => server.call('POST', '/api/cases/1/events', { ids }, anna)
  // The first is kept with the alert: the store is not asked for it.
  const answer = await attach(['00000000000000aa', '00000000000000bb', '00000000000000cc'])
  assert.deepEqual([answer.json.events, answer.json.missing], [2, ['00000000000000cc']])
  assert.deepEqual(asked, [['187', '204']])
  const { evidence } = (await server.call('GET', '/api/cases/1', undefined, vera)).json
  assert.equal(evidence.events[0].event.event.original, 'the record')
  assert.equal((await attach(['x'])).status, 400)
  assert.equal((await server.call('DELETE', '/api/cases/1/events/00000000000000bb', undefined, anna)).json.events, 1)
})

async function exported() {
  const server = await withAlerts([])
  giveRuleTexts(server.state, ({ id }) => `title: the text of ${id}\n`)
  raiseAlerts(server.state, [groupOf('192.0.2.1', { count: 5 }), groupOf('192.0.2.2', { samples: [] })], startMs)
  const anna = await server.signIn('anna')
  await server.call('POST', '/api/alerts/1/actions', { action: 'acknowledge' }, anna)
  await server.call('POST', '/api/cases', { title: 'A case', alerts: [1, 2] }, anna)
  await server.call('POST', '/api/cases/1/notes', { text: 'A note' }, anna)
  await exchange(server, 'POST', '/api/cases/1/files?name=mail.eml', anna, Buffer.from('From: x\n'))
  const answer = await exchange(server, 'POST', '/api/cases/1/export', anna)
  assert.equal(answer.status, 200, String(answer.body))
  return { server, anna, archive: answer.body, headers: answer.headers }
}

/** The archive again, with other contents. */
function packed(files: Iterable<readonly [string, Buffer]>): Buffer {
  const parts: Buffer[] = []
  for (const [name, content] of files)
    parts.push(tarHeader(name, content.length, 0), content, tarPadding(content.length))
  return Buffer.concat([...parts, tarEnd])
}

test('an export verifies offline, with Picket and without, and tampering shows', async () => {
  const { server, anna, archive, headers } = await exported()
  await using _ = server
  assert.match(String(headers['content-disposition']), /case-1-2025-06-15\.tar/)
  const key = (await server.call('GET', '/api/cases/key', undefined, anna)).json
  const good = verifyCase(archive, key.pem)
  assert.deepEqual(good.problems, [])
  assert.deepEqual(
    [good.ok, good.title, good.fingerprint, good.keyWasGiven, good.exportedBy],
    [true, 'A case', key.fingerprint, true, 'user:anna']
  )
  assert.ok(good.auditEntries >= 6)
  assert.equal(verifyCase(archive, undefined).ok, true)

  const files = readTar(archive)
  const text = (name: string) => String(files.get(`case-1/${name}`))
  assert.equal(text('rules/1.yml'), 'title: the text of r1\n')
  assert.equal(JSON.parse(text('events/00000000000000aa.json')).source.ip, '192.0.2.1')
  assert.equal(JSON.parse(text('alerts/1.json')).state, 'acknowledged')
  assert.equal(text('files/1-mail.eml'), 'From: x\n')
  assert.match(text('audit.ndjson'), /"action":"alert.acknowledged"/)

  // With nothing but tar, sha256sum and openssl.
  const folder = mkdtempSync(join(tmpdir(), 'picket-case-'))
  writeFileSync(join(folder, 'case.tar'), archive)
  execFileSync('tar', ['xf', 'case.tar'], { cwd: folder })
  const inside = { cwd: join(folder, 'case-1'), encoding: 'utf8' } as const
  execFileSync('sha256sum', ['-c', '--strict', '--quiet', 'SHA256SUMS'], inside)
  const openssl = 'pkeyutl -verify -pubin -inkey signing-key.pub.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig'
  assert.match(execFileSync('openssl', openssl.split(' '), inside), /Verified Successfully/)
  rmSync(folder, { recursive: true })

  const problems = (change: (copy: Map<string, Buffer>) => void, publicKey = key.pem as string | 'in it') => {
    const copy = new Map(files)
    change(copy)
    return verifyCase(packed(copy), publicKey === 'in it' ? undefined : publicKey).problems.join('; ')
  }
  const alter = (name: string) => (copy: Map<string, Buffer>) =>
    void copy.set(`case-1/${name}`, Buffer.from(text(name).replace(/[a-z]/, 'X')))
  assert.equal(
    problems(() => {}),
    ''
  )
  assert.equal(problems(alter('alerts/1.json')), 'alerts/1.json was changed')
  assert.match(problems(alter('case.json')), /case.json was changed/)
  assert.equal(problems(alter('files/1-mail.eml')), 'files/1-mail.eml was changed')
  assert.match(problems(alter('audit.ndjson')), /audit.ndjson was changed.*hash does not hold/)
  assert.equal(
    problems(copy => void copy.delete('case-1/events/00000000000000aa.json')),
    'events/00000000000000aa.json is missing'
  )
  assert.match(
    problems(copy => void copy.set('case-1/files/2-planted', Buffer.from('x'))),
    /files\/2-planted was added/
  )
  // Somebody who makes the sums anew has not the key.
  const forged = (copy: Map<string, Buffer>) => {
    const other = Buffer.from('From: y\n')
    copy.set('case-1/files/1-mail.eml', other)
    const sum = (content: Buffer) => createHash('sha256').update(content).digest('hex')
    const sums = text('SHA256SUMS').replace(sum(files.get('case-1/files/1-mail.eml')!), sum(other))
    copy.set('case-1/SHA256SUMS', Buffer.from(sums))
  }
  assert.equal(problems(forged), 'the signature is not by the key given, or the list of sums was changed')
  assert.match(problems(forged, 'in it'), /not by the key in the archive/)
  for (let at = 0; at < archive.length; at += 4099) {
    const damaged = Buffer.from(archive)
    damaged[at]! ^= 1
    // The padding and the owner's fields are nobody's words; everything else is signed.
    const same = [...readTarSafely(damaged)].every(([name, content]) => files.get(name)?.equals(content))
    assert.equal(verifyCase(damaged, key.pem).ok, same && readTarSafely(damaged).size === files.size, `byte ${at}`)
  }
  assert.equal(verifyCase(Buffer.from('not a tar'), undefined).ok, false)
  assert.equal(verifyCase(archive.subarray(0, archive.length - 2000), key.pem).ok, false)
})

function readTarSafely(archive: Buffer): Map<string, Buffer> {
  try {
    return readTar(archive)
  } catch {
    return new Map()
  }
}

test('evidence that was changed on the disk is not exported as if nothing were', async () => {
  const { server, anna } = await exported()
  await using _ = server
  const [name] = readdirSync(join(server.folder, 'evidence'))
  writeFileSync(join(server.folder, 'evidence', name!), 'something else')
  const answer = await exchange(server, 'POST', '/api/cases/1/export', anna)
  assert.equal(answer.status, 409)
  assert.match(String(answer.body), /is not what it was/)
})
