/**
 * The client library of Beats, github.com/elastic/go-lumber, sends to a real Picket: windows, compression, TLS with a client certificate.
 * Built here with Go from its module proxy; skipped where neither can be had.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { listenLumberjack } from '../../src/sources/lumberjack/lumberjack.ts'
import { certificates, skipOpenssl } from './certificates.ts'
import { type GoProgram, goProgram } from './go.ts'

const run = promisify(execFile)

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
const sender = goProgram(program, ['github.com/elastic/go-lumber@v0.1.1'])
const reason = typeof sender === 'string' ? sender : false

async function send(...args: string[]): Promise<string> {
  const { stdout } = await run((sender as GoProgram).path, args, { timeout: 60_000 })
  return stdout
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

test('over TLS, with a certificate that the sender shows', { skip: reason || skipOpenssl }, async () => {
  const { ca, pair } = certificates(folder, ['server', 'client'])
  const [server, client] = [pair('server'), pair('client')]
  mkdirSync(join(folder, 'other'))
  const odd = certificates(join(folder, 'other'), ['odd']).pair('odd')
  const intake = testIntake()
  const tls = { cert: server.cert, key: server.key, clientCa: ca }
  const source = await listenLumberjack(sourceConfig('lumberjack', { tls }), intake.context)
  const address = `127.0.0.1:${source.ports[0]}`
  assert.equal(await send(address, '3', client.cert, client.key), '3')
  await assert.rejects(send(address, '1', odd.cert, odd.key))
  assert.equal(intake.records().length, 3)
  assert.equal(source.figures().refused, 1)
  assert.match(intake.warnings[0]!, /a TLS connection was not accepted/)
  await source.close()
})
