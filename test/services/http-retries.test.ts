/**
 * Shippers that retry over HTTP, and a Picket that fails under them: killed with -9 in the middle, twice, or without a byte left on its disk
 * for a while. Elastic's Go indexer (documents with ids, and without), OpenTelemetry's Python exporter, and HEC with the same bytes again.
 * Nothing is lost and nothing is there twice, by the store itself. A million events, and a kill for each 50,000:
 * `PICKET_TEST_EVENTS=1000000 node --test test/services/http-retries.test.ts`.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { hasEngine } from '../../src/testing/real-store.ts'
import { fillDisk, freeDisk } from '../faults/disk-full.ts'
import { Lab, type Running, Skipped, sleep } from '../faults/lab.ts'
import { settledLedger } from '../faults/sender.ts'
import { type GoProgram, goProgram } from './go.ts'
import { pythonWith, runPython } from './python.ts'

const run = promisify(execFile)
const lab = new Lab()
after(() => lab.close({ keep: false }))

const go = goProgram(
  `package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esutil"
)

// url token count ids|none pace: documents over some seconds, sent again until they are acknowledged
func main() {
	count, _ := strconv.Atoi(os.Args[3])
	pace, _ := strconv.Atoi(os.Args[5])
	es, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{os.Args[1]}, Username: "picket", Password: os.Args[2],
		CompressRequestBody: true, RetryOnStatus: []int{429, 502, 503}, MaxRetries: 1000,
		RetryOnError: func(request *http.Request, err error) bool { return true },
		RetryBackoff: func(attempt int) time.Duration { return 100 * time.Millisecond },
		Transport:    &http.Transport{ResponseHeaderTimeout: 10 * time.Second, MaxIdleConnsPerHost: 8}})
	if err != nil {
		panic(err)
	}
	indexer, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{Client: es, Index: "logs", NumWorkers: 6, FlushBytes: 50000,
		FlushInterval: 200 * time.Millisecond, OnError: func(_ context.Context, err error) { fmt.Fprintln(os.Stderr, err) }})
	if err != nil {
		panic(err)
	}
	failed := 0
	for i := 0; i < count; i++ {
		if i%100 == 0 {
			time.Sleep(time.Duration(pace) * time.Millisecond)
		}
		now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
		document := fmt.Sprintf("{\\"@timestamp\\":%q,\\"message\\":\\"document %d\\"}", now, i)
		item := esutil.BulkIndexerItem{Action: "index", Body: bytes.NewReader([]byte(document)),
			OnFailure: func(_ context.Context, _ esutil.BulkIndexerItem, response esutil.BulkIndexerResponseItem, err error) {
				if err != nil || response.Status != 409 {
					failed++
					fmt.Fprintln(os.Stderr, response, err)
				}
			}}
		if os.Args[4] == "ids" {
			item.Action = "create"
			item.DocumentID = "d" + strconv.Itoa(i)
		}
		if err := indexer.Add(context.Background(), item); err != nil {
			panic(err)
		}
	}
	if err := indexer.Close(context.Background()); err != nil {
		panic(err)
	}
	fmt.Print(failed)
}
`.replace('"fmt"\n', '"fmt"\n\t"net/http"\n'),
  ['github.com/elastic/go-elasticsearch/v8@v8.19.0']
)
const python = pythonWith(['opentelemetry-sdk==1.45.2', 'opentelemetry-exporter-otlp-proto-http==1.45.2'])
const pythonProgram = `
import logging, sys, time
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
exporter = OTLPLogExporter(endpoint=sys.argv[1] + "/v1/logs", headers={"authorization": "Bearer " + sys.argv[2]}, timeout=60)
provider = LoggerProvider()
provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=1000000, schedule_delay_millis=200))
log = logging.getLogger("shop")
log.addHandler(LoggingHandler(logger_provider=provider))
log.setLevel(logging.INFO)
for i in range(int(sys.argv[3])):
    if i % 100 == 0:
        time.sleep(float(sys.argv[4]))
    log.info("document %d", i)
provider.shutdown()
`

/** Sends bodies of a hundred events until each is acknowledged, the same bytes again where there was no answer. */
async function sendBodies(
  url: string,
  authorization: string,
  count: number,
  bodyOf: (first: number) => string
): Promise<void> {
  const post = async (body: string): Promise<void> => {
    for (let tries = 0; ; tries++) {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: { authorization, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(10_000)
      }).catch(() => undefined)
      await answer?.body?.cancel().catch(() => {})
      if (answer?.status === 200) return
      if (tries > 600) throw new Error(`events are not acknowledged: ${answer?.status}`)
      await sleep(100)
    }
  }
  const posts: Promise<void>[] = []
  for (let i = 0; i < count; i += 100) {
    posts.push(post(bodyOf(i)))
    await sleep(paceMs)
  }
  await Promise.all(posts)
}

const hundred = <T>(eventOf: (n: number) => T): T[] => Array.from({ length: 100 }, (_, n) => eventOf(n))

const sendHec = (url: string, token: string, count: number): Promise<void> =>
  sendBodies(`${url}/services/collector`, `Splunk ${token}`, count, first =>
    hundred(n => JSON.stringify({ time: Date.now() / 1000 + n / 1e6, event: `document ${first + n}` })).join('\n')
  )

/** As a Collector does, that never gives up: the SDK's exporter drops what it could not send for a minute. */
const sendOtlp = (url: string, token: string, count: number): Promise<void> =>
  sendBodies(`${url}/v1/logs`, `Bearer ${token}`, count, first => {
    const logRecords = hundred(n => ({
      timeUnixNano: `${Date.now()}${String(n + 1).padStart(6, '0')}`,
      body: { stringValue: `document ${first + n}` }
    }))
    return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  })

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as { port: number }).port)
  }
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

const skip =
  typeof go === 'string'
    ? go
    : typeof python === 'string'
      ? python
      : hasEngine()
        ? false
        : 'the storage engine is not installed'
/** Of each of the four senders. */
const count = Math.ceil(Number(process.env['PICKET_TEST_EVENTS'] ?? 80_000) / 4)
const kills = Math.max(2, Math.floor(count / 12_500))
/** Between each hundred of events. */
const paceMs = count > 20_000 ? 8 : 25

/** All of them send while `harm` is done; then everything is counted in the store. */
async function whileSending(t: TestContext, data: string, harm: (picket: Running) => Promise<Running>): Promise<void> {
  if (typeof go === 'string' || typeof python === 'string') return
  const sources = ['elasticsearch', 'elasticsearch', 'otlp', 'hec'] as const
  const names = ['ids', 'none', 'otlp', 'hec']
  const ports = await freePorts(sources.length)
  const lines = sources.map(
    (type, i) => `  - { type: ${type}, name: ${names[i]}, host: 127.0.0.1, port: ${ports[i]} }\n`
  )
  mkdirSync(data, { recursive: true })
  writeFileSync(`${data}/picket.yaml`, `sources:\n${lines.join('')}`)
  let picket = await lab.serve(data)
  const { stdout } = await lab.run(['token', 'create', 'shippers', '--scope', 'ingest', '--data', data])
  const token = stdout.trim()
  const [ids, none, otlp, hec] = ports.map(port => `http://127.0.0.1:${port}`) as [string, string, string, string]
  const limits = { timeout: 500_000 }
  const program = (go as GoProgram).path
  const sending = Promise.all([
    run(program, [ids, token, String(count), 'ids', String(paceMs)], limits),
    run(program, [none, token, String(count), 'none', String(paceMs)], limits),
    count > 20_000
      ? sendOtlp(otlp, token, count)
      : runPython(python, pythonProgram, [otlp, token, String(count), String(paceMs / 1000)]),
    sendHec(hec, token, count)
  ])
  sending.catch(() => {})
  await sleep(1500)
  picket = await harm(picket)
  const [withIds, without] = await sending
  assert.equal(withIds.stdout, '0', withIds.stderr)
  assert.equal(without.stdout, '0', without.stderr)
  const totals = await settledLedger(data)
  assert.equal((await lab.stop(picket)).code, 0)
  const rows = await lab.inspect(data, ({ store }) =>
    store.query<{ source: string; rows: string; messages: string }>(
      `SELECT picket_source AS source, toString(count()) AS rows, toString(uniqExact(message)) AS messages
        FROM picket.events WHERE message LIKE 'document %' GROUP BY source ORDER BY source`
    )
  )
  t.diagnostic(`${totals.received} received, ${totals.stored} stored, ${totals.duplicates} came again`)
  assert.deepEqual(
    rows.map(row => ({ ...row })),
    [...names].sort().map(source => ({ source, rows: String(count), messages: String(count) }))
  )
  assert.equal(totals.received, totals.stored + totals.duplicates)
  assert.equal(totals.stored, count * sources.length)
}

test(
  'killed with -9 in the middle, again and again: nothing is lost, nothing is there twice',
  { skip, timeout: 600_000 },
  t =>
    whileSending(t, lab.newFolder('killed'), async first => {
      let picket = first
      for (let kill = 0; kill < kills; kill++) {
        picket.child.kill('SIGKILL')
        await picket.ended
        picket = await lab.serve(lab.path('killed'))
        await sleep(1200)
      }
      return picket
    })
)

test('not a byte left on the disk for a while: nothing is lost, nothing is there twice', {
  skip,
  timeout: 300_000
}, async t => {
  let disk: string
  try {
    disk = lab.mount('disk', 1200)
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    t.skip(error.message)
    return
  }
  await whileSending(t, `${disk}/data`, async picket => {
    // Longer than the clients wait for an answer.
    for (const endMs = performance.now() + 12_000; performance.now() < endMs; await sleep(200)) fillDisk(disk, 0)
    assert.ok(!picket.hasEnded, picket.stderr.slice(-2000))
    freeDisk(disk)
    return picket
  })
})
