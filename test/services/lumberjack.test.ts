/**
 * The client library of Beats, github.com/elastic/go-lumber, sends to a real Picket: windows, compression, TLS with a client certificate.
 * Built here with Go from its module proxy; skipped where neither can be had.
 */

import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { listenLumberjack } from '../../src/sources/lumberjack/lumberjack.ts'

const program = `package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	client "github.com/elastic/go-lumber/client/v2"
)

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	dial := func(network, address string) (net.Conn, error) { return net.Dial(network, address) }
	if len(os.Args) > 3 {
		pair, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
		if err != nil {
			panic(err)
		}
		dial = func(network, address string) (net.Conn, error) {
			return tls.Dial(network, address, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}})
		}
	}
	c, err := client.SyncDialWith(dial, os.Args[1], client.CompressionLevel(3), client.Timeout(20*time.Second))
	if err != nil {
		panic(err)
	}
	acked := 0
	for sent := 0; sent < count; {
		batch := []interface{}{}
		for ; len(batch) < 2048 && sent < count; sent++ {
			batch = append(batch, map[string]interface{}{"@timestamp": "2026-03-02T10:00:00.000Z", "message": fmt.Sprintf("line %d", sent), "agent": map[string]string{"type": "filebeat"}})
		}
		n, err := c.Send(batch)
		if err != nil {
			panic(err)
		}
		acked += n
	}
	c.Close()
	fmt.Print(acked)
}
`

const folder = mkdtempSync(join(tmpdir(), 'picket-lumber-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const reason = build()

function build(): string | false {
  const go = ['go', '/usr/local/go/bin/go'].find(path => spawnSync(path, ['version']).status === 0)
  if (go === undefined) return 'no Go is installed'
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src/main.go'), program)
  writeFileSync(join(folder, 'src/go.mod'), 'module sender\n\ngo 1.21\n')
  const run = (...args: string[]) =>
    spawnSync(go, args, {
      cwd: join(folder, 'src'),
      timeout: 120_000,
      encoding: 'utf8',
      env: {
        ...process.env,
        GOFLAGS: '-mod=mod',
        GOPATH: join(folder, 'go'),
        GOCACHE: join(folder, 'cache'),
        GOTOOLCHAIN: 'local'
      }
    })
  const got = run('get', 'github.com/elastic/go-lumber@v0.1.1')
  if (got.status !== 0) return `go-lumber cannot be had: ${got.stderr.slice(0, 300)}`
  const built = run('build', '-o', '../sender', '.')
  run('clean', '-modcache')
  return built.status === 0 ? false : `the sender cannot be built: ${built.stderr.slice(0, 300)}`
}

function send(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(folder, 'sender'), args)
    let out = ''
    let err = ''
    child.stdout.on('data', part => {
      out += String(part)
    })
    child.stderr.on('data', part => {
      err += String(part)
    })
    child.on('close', code => (code === 0 ? resolve(out) : reject(new Error(err.slice(0, 500)))))
  })
}

test('what Beats speak: 10,000 events in compressed windows are acknowledged and here, in order', {
  skip: reason
}, async () => {
  const intake = testIntake()
  const source = await listenLumberjack(sourceConfig('lumberjack'), intake.context)
  assert.equal(await send(`127.0.0.1:${source.ports[0]}`, '10000'), '10000')
  const messages = intake.records().map(({ parsed }) => parsed.ok && parsed.event['message'])
  assert.equal(messages.length, 10_000)
  assert.ok(messages.every((message, i) => message === `line ${i}`))
  await source.close()
})

test('over TLS, with a certificate that the sender shows', { skip: reason }, async () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=ca'
  )
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`
    )
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.pem`,
      '-days',
      '2'
    )
  }
  const file = (name: string) => join(folder, name)
  const intake = testIntake()
  const tls = { cert: file('server.pem'), key: file('server.key'), clientCa: file('ca.pem') }
  const source = await listenLumberjack(sourceConfig('lumberjack', { tls }), intake.context)
  const address = `127.0.0.1:${source.ports[0]}`
  assert.equal(await send(address, '3', file('client.pem'), file('client.key')), '3')
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'odd.key',
    '-out',
    'odd.pem',
    '-days',
    '2',
    '-subj',
    '/CN=odd'
  )
  await assert.rejects(send(address, '1', file('odd.pem'), file('odd.key')))
  assert.equal(intake.records().length, 3)
  await source.close()
})
