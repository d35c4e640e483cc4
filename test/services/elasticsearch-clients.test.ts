/**
 * Elastic's own clients send to a real source: JavaScript (`helpers.bulk`), Python (`helpers.streaming_bulk`) and Go (`esutil.BulkIndexer`,
 * which Beats-like programs use). Documents with ids twice over, so that the second time is 409; and while Picket says 429.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Client } from '@elastic/elasticsearch'
import type { Chunk } from '../../src/core/chunk.ts'
import { BatchWorker } from '../../src/pipeline/worker.ts'
import { listenElasticsearch } from '../../src/sources/elasticsearch/elasticsearch.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { type GoProgram, goProgram } from './go.ts'
import { type Python, pythonWith, runPython } from './python.ts'

const run = promisify(execFile)
const count = 5000

async function started(t: { after(fn: () => Promise<void>): void }) {
  const intake = testIntake()
  const source = await listenElasticsearch(sourceConfig('elasticsearch'), intake.context)
  t.after(() => source.close())
  return { intake, url: `http://127.0.0.1:${source.ports[0]}` }
}

/** What would be stored of the chunks, and what is there already. */
function counted(chunks: readonly Chunk[]): { rows: number; duplicates: number } {
  const reply = new BatchWorker().run({ number: 1, chunks, known: new Uint32Array(0) })
  return { rows: reply.rows, duplicates: reply.outcomes.reduce((sum, outcome) => sum + outcome.duplicates, 0) }
}

const documents = Array.from({ length: count }, (_, i) => ({
  '@timestamp': new Date(Date.UTC(2026, 5, 1) + i).toISOString(),
  id: `d${i}`,
  message: `document ${i} ü`
}))

test('JavaScript: info, helpers.bulk, and what a program sets up first', async t => {
  const { intake, url } = await started(t)
  const client = new Client({ node: url, auth: { apiKey: 'pkt_good' }, compression: true, sniffOnStart: true })
  t.after(() => client.close())
  assert.equal((await client.info()).version.number[0], '8')
  assert.equal(await client.indices.exists({ index: 'logs' }), false)
  assert.equal((await client.indices.create({ index: 'logs' })).acknowledged, true)
  const send = async (action: 'create' | 'index') => {
    const dropped: number[] = []
    const stats = await client.helpers.bulk({
      datasource: documents,
      onDocument: ({ id }) =>
        action === 'create' ? { create: { _index: 'logs', _id: id } } : { index: { _index: 'logs', _id: id } },
      onDrop: ({ status }) => void dropped.push(status),
      refreshOnCompletion: true,
      flushBytes: 200_000
    })
    return { stats, dropped }
  }
  const first = await send('create')
  assert.deepEqual([first.stats.total, first.stats.successful, first.stats.failed], [count, count, 0])
  const second = await send('create')
  assert.deepEqual([second.stats.failed, new Set(second.dropped).size, second.dropped[0]], [count, 1, 409])
  assert.deepEqual(counted(intake.chunks), { rows: count, duplicates: 0 })
  // Several requests were under way at once.
  const messages = intake.records().map(({ parsed }) => parsed.ok && parsed.event['message'])
  assert.deepEqual(new Set(messages), new Set(documents.map(({ message }) => message)))
  assert.equal((await client.index({ index: 'logs', document: { message: 'one more' } })).result, 'created')
  await assert.rejects(client.create({ index: 'logs', id: 'd7', document: { message: 'again' } }), {
    name: 'ResponseError'
  })
})

test('JavaScript: 429 is waited out, nothing is lost', async t => {
  const { intake, url } = await started(t)
  const client = new Client({ node: url, auth: { username: 'elastic', password: 'pkt_good' } })
  t.after(() => client.close())
  const release = intake.hold()
  setTimeout(release, 1500)
  // More than may wait for the disk at once.
  const big = { '@timestamp': '2026-06-01T00:00:00.5Z', message: 'x'.repeat(900_000) }
  const stats = await client.helpers.bulk({
    datasource: Array.from({ length: 60 }, (_, i) => ({ ...big, i })),
    onDocument: () => ({ index: { _index: 'logs' } }),
    flushBytes: 2_000_000,
    concurrency: 30,
    retries: 10,
    wait: 300
  })
  assert.deepEqual([stats.successful, stats.failed], [60, 0])
  assert.deepEqual(counted(intake.chunks), { rows: 60, duplicates: 0 })
})

const python = pythonWith(['elasticsearch==8.19.0'])

test('Python: streaming_bulk with ids, then again', { skip: typeof python === 'string' && python }, async t => {
  const { intake, url } = await started(t)
  const program = `
import sys
from elasticsearch import Elasticsearch, helpers
es = Elasticsearch(sys.argv[1], basic_auth=("picket", "pkt_good"), http_compress=True)
assert es.info()["version"]["number"][0] == "8"
assert es.cluster.health()["status"] == "green"
def docs():
    for i in range(int(sys.argv[2])):
        yield {"_op_type": "create", "_index": "logs-%d" % (i % 3), "_id": "d%d" % i, "@timestamp": "2026-06-01T00:00:%02d.5Z" % (i % 60), "message": "document %d" % i}
first = [next(iter(item.values()))["status"] for ok, item in helpers.streaming_bulk(es, docs())]
second = [next(iter(item.values()))["status"] for ok, item in helpers.streaming_bulk(es, docs(), raise_on_error=False)]
print(len(first), set(first), len(second), set(second))
`
  assert.equal(
    (await runPython(python as Python, program, [url, String(count)])).trim(),
    `${count} {201} ${count} {409}`
  )
  assert.deepEqual(counted(intake.chunks), { rows: count, duplicates: 0 })
})

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

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	es, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{os.Args[1]}, APIKey: "cGlja2V0OnBrdF9nb29k",
		CompressRequestBody: true, RetryOnStatus: []int{429, 502, 503}, MaxRetries: 20,
		RetryBackoff: func(attempt int) time.Duration { return 100 * time.Millisecond }, DiscoverNodesOnStart: true})
	if err != nil {
		panic(err)
	}
	if info, err := es.Info(); err != nil || info.IsError() {
		panic(fmt.Sprint(info, err))
	}
	indexer, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{Client: es, Index: "logs", NumWorkers: 4, FlushBytes: 100000})
	if err != nil {
		panic(err)
	}
	for i := 0; i < count; i++ {
		document := fmt.Sprintf("{\\"@timestamp\\":\\"2026-06-01T00:00:00.%06dZ\\",\\"message\\":\\"document %d\\"}", i, i)
		item := esutil.BulkIndexerItem{Action: "create", DocumentID: "d" + strconv.Itoa(i), Body: bytes.NewReader([]byte(document)),
			OnFailure: func(_ context.Context, _ esutil.BulkIndexerItem, response esutil.BulkIndexerResponseItem, err error) {
				if err != nil || response.Status != 409 {
					fmt.Fprintln(os.Stderr, response, err)
				}
			}}
		if err := indexer.Add(context.Background(), item); err != nil {
			panic(err)
		}
	}
	if err := indexer.Close(context.Background()); err != nil {
		panic(err)
	}
	stats := indexer.Stats()
	fmt.Print(stats.NumCreated, " ", stats.NumFailed)
}
`,
  ['github.com/elastic/go-elasticsearch/v8@v8.19.0']
)

test('Go: esutil.BulkIndexer, then again', { skip: typeof go === 'string' && go }, async t => {
  const { intake, url } = await started(t)
  const send = async () => (await run((go as GoProgram).path, [url, String(count)], { timeout: 60_000 })).stdout
  assert.equal(await send(), `${count} 0`)
  assert.equal(await send(), `0 ${count}`)
  assert.deepEqual(counted(intake.chunks), { rows: count, duplicates: 0 })
})
