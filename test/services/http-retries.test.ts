/**
 * Shippers that retry over HTTP, and a Picket that fails under them: killed with -9 in the middle, twice, or without a byte left on its disk
 * for a while. Elastic's Go indexer (documents with ids, and without), OpenTelemetry's Python exporter, and HEC with the same bytes again.
 * Nothing is lost and nothing is there twice, by the store itself (`while-sending.ts`).
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, sleep } from '../faults/lab.ts'
import { type GoProgram, goProgram } from './go.ts'
import { pythonWith, runPython } from './python.ts'
import { diskToFill, eventsAsked, killedAgain, killsFor, paceFor, type Sender, whileSending } from './while-sending.ts'

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

const skip =
  typeof go === 'string'
    ? go
    : typeof python === 'string'
      ? python
      : hasEngine()
        ? false
        : 'the storage engine is not installed'
const events = eventsAsked(80_000)
const kills = killsFor(events)
/** Of each of the four senders. */
const count = Math.ceil(events / 4)
/** Between each hundred of events. */
const paceMs = paceFor(count, kills)

/** With the bulk indexer: a document that is not taken is said. */
async function sendBulk(port: number, token: string, ids: 'ids' | 'none'): Promise<void> {
  const args = [`http://127.0.0.1:${port}`, token, String(count), ids, String(paceMs)]
  const { stdout, stderr } = await run((go as GoProgram).path, args, { timeout: 500_000 })
  assert.equal(stdout, '0', stderr)
}

const senders: readonly Sender[] = [
  { type: 'elasticsearch', name: 'ids', send: (port, token) => sendBulk(port, token, 'ids') },
  { type: 'elasticsearch', name: 'none', send: (port, token) => sendBulk(port, token, 'none') },
  {
    type: 'otlp',
    name: 'otlp',
    send: (port, token) =>
      count > 20_000 || typeof python === 'string'
        ? sendOtlp(`http://127.0.0.1:${port}`, token, count)
        : runPython(python, pythonProgram, [`http://127.0.0.1:${port}`, token, String(count), String(paceMs / 1000)])
  },
  { type: 'hec', name: 'hec', send: (port, token) => sendHec(`http://127.0.0.1:${port}`, token, count) }
]

test('killed with -9 in the middle, again and again: nothing is lost, nothing is there twice', {
  skip,
  timeout: 900_000
}, async t => {
  const data = lab.newFolder('killed')
  await whileSending(lab, t, data, senders, count, killedAgain(lab, t, data, kills))
})

test('not a byte left on the disk for a while: nothing is lost, nothing is there twice', {
  skip,
  timeout: 300_000
}, async t => {
  const disk = diskToFill(lab, t)
  if (disk !== undefined) await whileSending(lab, t, disk.data, senders, count, disk.fill)
})
