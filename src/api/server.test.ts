import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as tlsConnect } from 'node:tls'
import { callServer } from '../cli/server-client.ts'
import { PicketError } from '../core/errors.ts'
import { dataPaths } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { testServer } from './test-server.ts'

function webFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-web-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>the page</title>')
  writeFileSync(join(folder, 'assets', 'app-1a2b3c.js'), 'export {}')
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>')
  return folder
}

test('the page, its files, and its views', async () => {
  const folder = webFolder()
  await using server = await testServer({ webFolder: folder })
  for (const path of ['/', '/index.html', '/setup?token=x', '/search', '/alerts/123']) {
    const answer = await server.call('GET', path)
    assert.deepEqual([answer.status, answer.text], [200, '<!doctype html><title>the page</title>'], path)
    assert.equal(answer.headers['cache-control'], 'no-cache')
  }
  const script = await server.call('GET', '/assets/app-1a2b3c.js')
  assert.match(script.headers['content-type']!, /^(text|application)\/javascript/)
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal((await server.call('GET', '/favicon.svg')).text, '<svg/>')
  for (const path of ['/assets/missing.js', '/%2e%2e/package.json', '/api/x', '/metrics/x'])
    assert.equal((await server.call('GET', path)).status, 404, path)
  for (const path of ['/..%2f..%2f..%2f..%2fetc%2fpasswd', '/assets/..%2f..%2f..%2f..%2fetc%2fpasswd', '/%00'])
    assert.match((await server.call('GET', path)).text, /the page|"error"/, path)
  rmSync(folder, { recursive: true })
})

test('without a built page, the way to build it', async () => {
  await using server = await testServer()
  const answer = await server.call('GET', '/')
  assert.equal(answer.status, 503)
  assert.match(answer.text, /npm ci/)
})

test('every answer carries the security headers, errors too', async () => {
  await using server = await testServer()
  for (const path of ['/', '/api/session', '/api/nothing', '/healthz']) {
    const { headers } = await server.call('GET', path)
    const policy = headers['content-security-policy'] as string
    assert.match(policy, /default-src 'self'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.equal(headers['cache-control'], path.startsWith('/api/') ? 'no-store' : headers['cache-control'])
  }
})

test('names that are not ours are refused (DNS rebinding), on every route', async () => {
  await using server = await testServer({ publicUrl: 'https://picket.example.org', allowedHosts: ['nas.local'] })
  const status = async (host: string, path = '/healthz') =>
    (await server.call('GET', path, undefined, {}, { host })).status
  for (const host of [
    'localhost',
    'localhost:1',
    '127.0.0.1',
    '[::1]:8642',
    '192.168.1.5:8642',
    'picket.example.org',
    'NAS.local:1'
  ])
    assert.equal(await status(host), 200, host)
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'evil.example:8642',
    'a b',
    '[::1',
    'x@localhost'
  ])
    assert.ok([400, 421].includes(await status(host)), host)
  for (const path of ['/', '/api/session', '/api/setup', '/unknown'])
    assert.equal(await status('evil.example', path), 421, path)
})

test('ready or not, with the reason; metrics count requests', async () => {
  let ready = false
  await using server = await testServer({
    ready: () => (ready ? { ready } : { ready, reason: 'the store is starting' })
  })
  const not = await server.call('GET', '/readyz')
  assert.deepEqual([not.status, not.json], [503, { ready: false, reason: 'the store is starting' }])
  ready = true
  assert.equal((await server.call('GET', '/readyz')).status, 200)
  const { token } = readServerFile(server.folder)!
  const metrics = (await server.call('GET', '/metrics', undefined, { bearer: token })).text
  assert.match(metrics, /picket_http_request_seconds_count\{method="GET",route="\/readyz",status="503"\} 1/)
})

test('the OpenAPI document names the routes and their schemas', async () => {
  await using server = await testServer()
  const { token } = readServerFile(server.folder)!
  const { json } = await server.call('GET', '/api/openapi.json', undefined, { bearer: token })
  assert.equal(json.openapi, '3.1.0')
  assert.deepEqual(Object.keys(json.paths['/api/session']).sort(), ['delete', 'get', 'post'])
  assert.ok(json.paths['/api/tokens'].post.requestBody.content['application/json'].schema.properties.scopes)
  assert.equal(json.paths['/*'], undefined)
})

test('bodies are bounded, and what is not HTTP or JSON does no harm', async () => {
  await using server = await testServer()
  const big = await server.call('POST', '/api/session', JSON.stringify({ name: 'x'.repeat(1 << 20), password: 'x' }))
  assert.deepEqual([big.status, big.json.error.code], [413, 'too-large'])
  const broken = await server.call('POST', '/api/session', '{"name":')
  assert.deepEqual([broken.status, broken.json.error.code], [400, 'invalid'])
  const polluting = await server.call('POST', '/api/session', '{"__proto__":{"a":1},"name":"x","password":"y"}')
  assert.equal(polluting.status, 400)
  const xml = await server.call('POST', '/api/session', '<x/>', {}, { 'content-type': 'application/xml' })
  assert.equal(xml.status, 415)
  const port = Number(new URL(server.address).port)
  const answer = await new Promise<string>(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.end('NONSENSE\r\n\r\n'))
    socket.on('data', part => (text += String(part))).on('close', () => resolve(text))
  })
  assert.match(answer, /^HTTP\/1\.1 400/)
  assert.equal((await server.call('GET', '/healthz')).status, 200)
})

test('a taken port is said plainly', async () => {
  await using server = await testServer()
  const port = Number(new URL(server.address).port)
  await assert.rejects(
    testServer({ port }),
    (error: PicketError) => error.code === 'port-taken' && error.message.includes(String(port))
  )
})

test('run/server.json is for its owner only', async () => {
  await using server = await testServer()
  assert.equal(statSync(dataPaths(server.folder).serverFile).mode & 0o777, 0o600)
  assert.equal(statSync(dataPaths(server.folder).runFolder).mode & 0o777, 0o700)
})

test('a server file of a process that is gone is no server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-file-'))
  mkdirSync(dataPaths(folder).runFolder)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(dataPaths(folder).serverFile, JSON.stringify({ pid, url: 'http://127.0.0.1:1', token: 'x' }))
  assert.equal(readServerFile(folder), undefined)
  writeFileSync(dataPaths(folder).serverFile, '{"pid":')
  assert.equal(readServerFile(folder), undefined)
  rmSync(folder, { recursive: true })
})

const openssl = spawnSync('openssl', ['version']).status === 0

function certificate(folder: string, name: string): void {
  const key = join(folder, 'key.pem')
  const cert = join(folder, 'cert.pem')
  const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...how, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' })
}

function servedName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('TLS: served, insisted on by the CLI, and renewed without a restart', { skip: !openssl }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-tls-'))
  certificate(folder, 'first')
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  await using server = await testServer({ tls, tlsCheckMs: 20 })
  assert.match(server.address, /^https:/)
  const port = Number(new URL(server.address).port)
  assert.equal(await servedName(port), 'first')
  const file = readServerFile(server.folder)!
  assert.deepEqual(await callServer(file, 'GET', '/api/users'), { users: [] })
  const setup = {
    token: new URL(server.setupUrl!).searchParams.get('token'),
    name: 'anna',
    password: 'correct horse battery'
  }
  assert.equal((await callServer<{ user: { name: string } }>(file, 'POST', '/api/setup', setup)).user.name, 'anna')

  // A pair that does not fit is left alone; the next that does is taken.
  const key = readFileSync(tls.keyFile)
  certificate(folder, 'second')
  const second = readFileSync(tls.keyFile)
  writeFileSync(tls.keyFile, key)
  await wait(100)
  assert.equal(await servedName(port), 'first')
  writeFileSync(tls.keyFile, second)
  utimesSync(tls.keyFile, new Date(), new Date(Date.now() + 5000))
  await wait(150)
  assert.equal(await servedName(port), 'second')

  const impostor = mkdtempSync(join(tmpdir(), 'picket-tls-'))
  certificate(impostor, 'impostor')
  const fooled = callServer({ ...file, certFile: join(impostor, 'cert.pem') }, 'GET', '/api/users')
  await assert.rejects(fooled, { code: 'server-unreachable' })
  for (const each of [folder, impostor]) rmSync(each, { recursive: true })
})

test('with TLS the cookie is Secure and bound to the host', { skip: !openssl }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-tls-'))
  certificate(folder, 'x')
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  await using server = await testServer({ tls })
  const { sendRequest } = await import('../cli/server-client.ts')
  await server.addTestUser('anna', 'viewer')
  const body = JSON.stringify({ name: 'anna', password: 'correct horse battery' })
  const file = readServerFile(server.folder)!
  const answer = await sendRequest(file, 'POST', '/api/session', body, { 'content-type': 'application/json' })
  answer.resume()
  assert.match(answer.headers['set-cookie']![0]!, /^__Host-picket=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  rmSync(folder, { recursive: true })
})

test('a certificate that cannot be used is said at start', async () => {
  const tls = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' }
  await assert.rejects(
    testServer({ tls }),
    (error: unknown) => error instanceof PicketError && error.code === 'tls-files'
  )
})
