/**
 * Clients of Splunk's HTTP Event Collector to Picket: splunk-handler and splunk_hec_handler from PyPI, and splunk-hec-go, which asks for
 * acknowledgements, from Go's module proxy. Each is skipped where it cannot be had.
 */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listenHec } from '../../src/sources/hec/hec.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { certificates, skipOpenssl } from './certificates.ts'
import { pythonWith, runPython } from './python.ts'

const python = pythonWith(['splunk-handler==3.0.0', 'splunk-hec-handler==1.2.0'])
const skip = typeof python === 'string' ? python : false

const program = `
import logging, sys
which, port, count, verify = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
secure = verify != 'plain'
if which == 'splunk-handler':
    from splunk_handler import SplunkHandler
    handler = SplunkHandler(host='localhost', port=port, token='pkt_good', index='main', hostname='web-1', source='app.py',
        sourcetype='app', protocol='https' if secure else 'http', verify=verify if secure else False, flush_interval=0.2, retry_count=2)
else:
    from splunk_hec_handler import SplunkHecHandler
    handler = SplunkHecHandler('localhost', 'pkt_good', port=port, proto='https' if secure else 'http', ssl_verify=verify if secure else False,
        hostname='web-1', source='app.py', sourcetype='_json')
log = logging.getLogger('app')
log.setLevel(logging.INFO)
log.addHandler(handler)
for i in range(count):
    log.warning('event %d' % i if which == 'splunk-handler' else {'message': 'event %d' % i, 'fields': {'customer': 'ada'}})
logging.shutdown()
`

function messagesOf(intake: ReturnType<typeof testIntake>): unknown[] {
  return intake.records().map(({ parsed, text }) => {
    assert.ok(parsed.ok, text.slice(0, 200))
    assert.deepEqual((parsed.event['host'] as { name?: string } | undefined)?.name, 'web-1', text)
    return parsed.event['message']
  })
}

for (const [which, count, secure] of [
  ['splunk-handler', 3000, false],
  ['splunk-handler', 500, true],
  ['splunk-hec-handler', 200, false],
  ['splunk-hec-handler', 50, true]
] as const)
  test(`${which}${secure ? ' over TLS' : ''}: ${count} events`, { skip: skip || (secure && skipOpenssl) }, async t => {
    if (typeof python === 'string') return
    const folder = mkdtempSync(join(tmpdir(), 'picket-hec-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const made = secure ? certificates(folder, ['localhost']) : undefined
    const intake = testIntake()
    const source = await listenHec(
      sourceConfig('hec', made === undefined ? {} : { tls: made.pair('localhost') }),
      intake.context
    )
    t.after(() => source.close())
    await runPython(python, program, [which, String(source.ports[0]), String(count), made?.ca ?? 'plain'])
    assert.deepEqual(
      messagesOf(intake),
      Array.from({ length: count }, (_, i) => `event ${i}`)
    )
  })

const sender = `package main

import (
	"fmt"
	"os"

	hec "github.com/fuyufjh/splunk-hec-go"
)

func main() {
	client := hec.NewClient(os.Args[1], "pkt_good")
	client.SetMaxRetry(2)
	events := []*hec.Event{}
	for i := 0; i < 5000; i++ {
		event := hec.NewEvent(map[string]string{"message": fmt.Sprintf("event %d", i)})
		event.SetHost("web-1")
		events = append(events, event)
	}
	if err := client.WriteBatch(events); err != nil {
		panic(err)
	}
	if err := client.WaitForAcknowledgement(); err != nil {
		panic(err)
	}
	fmt.Print("acknowledged")
}
`

test('splunk-hec-go: a batch, and its acknowledgement asked for', { timeout: 240_000 }, async t => {
  const go = ['go', '/usr/local/go/bin/go'].find(path => spawnSync(path, ['version']).status === 0)
  if (go === undefined) return t.skip('no Go is installed')
  const folder = mkdtempSync(join(tmpdir(), 'picket-hec-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src/main.go'), sender)
  writeFileSync(join(folder, 'src/go.mod'), 'module sender\n\ngo 1.21\n')
  const run = (...args: string[]) =>
    spawnSync(go, args, {
      cwd: join(folder, 'src'),
      timeout: 120_000,
      encoding: 'utf8',
      env: {
        ...process.env,
        GOFLAGS: '-mod=mod -modcacherw',
        GOPATH: join(folder, 'go'),
        GOCACHE: join(folder, 'cache'),
        GOTOOLCHAIN: 'local'
      }
    })
  const got = run('get', 'github.com/fuyufjh/splunk-hec-go@v0.4.0')
  if (got.status !== 0) return t.skip(`splunk-hec-go cannot be had: ${got.stderr.slice(0, 300)}`)
  const built = run('build', '-o', '../sender', '.')
  assert.equal(built.status, 0, built.stderr)

  const intake = testIntake()
  const source = await listenHec(sourceConfig('hec'), intake.context)
  t.after(() => source.close())
  const child = spawn(join(folder, 'sender'), [`http://127.0.0.1:${source.ports[0]}`])
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', part => {
      output += String(part)
    })
  const code = await new Promise(resolve => child.on('close', resolve))
  assert.deepEqual([code, output], [0, 'acknowledged'])
  assert.deepEqual(
    messagesOf(intake),
    Array.from({ length: 5000 }, (_, i) => `event ${i}`)
  )
})
