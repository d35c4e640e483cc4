/**
 * The exporters of OpenTelemetry's Python and Go SDKs send logs to a real source: protobuf over HTTP with gzip, retries while Picket says
 * that it is busy. From PyPI and the Go module proxy; skipped where they cannot be had.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { EcsEvent } from '../../src/core/parser.ts'
import { forEachRecord } from '../../src/parsers/parse-chunk.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { listenOtlp } from '../../src/sources/otlp/otlp.ts'
import { type GoProgram, goProgram } from './go.ts'
import { type Python, pythonWith, runPython } from './python.ts'

const run = promisify(execFile)
const count = 5000

const python = pythonWith(['opentelemetry-sdk==1.45.2', 'opentelemetry-exporter-otlp-proto-http==1.45.2'])
const pythonProgram = `
import logging, sys
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

provider = LoggerProvider(resource=Resource.create({"service.name": "shop", "host.name": "web-1", "weird": [1.5, 2.5]}))
exporter = OTLPLogExporter(endpoint=sys.argv[1], headers={"authorization": "Bearer pkt_good"}, compression=Compression.Gzip)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=100000))
log = logging.getLogger("shop.cart")
log.addHandler(LoggingHandler(logger_provider=provider))
log.setLevel(logging.INFO)
for i in range(int(sys.argv[2])):
    log.warning("order %d refused ü", i, extra={"user.name": "alice", "source.ip": "203.0.113.7", "big": 2**62, "negative": -5, "price": 0.5, "vip": False})
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it broke")
provider.shutdown()
`

test('the Python SDK: every record is here, once and whole', {
  skip: typeof python === 'string' && python
}, async t => {
  const intake = testIntake()
  const source = await listenOtlp(sourceConfig('otlp'), intake.context)
  t.after(() => source.close())
  await runPython(python as Python, pythonProgram, [`http://127.0.0.1:${source.ports[0]}/v1/logs`, String(count)])
  const events = intake.records().map(({ parsed }) => (parsed.ok ? parsed.event : undefined))
  assert.equal(events.length, count + 1)
  assert.deepEqual(
    events.slice(0, count).map(event => event?.['message']),
    Array.from({ length: count }, (_, i) => `order ${i} refused ü`)
  )
  // biome-ignore lint/suspicious/noExplicitAny: what the event holds is what is tested
  const first = events[0] as any
  assert.ok(Math.abs(Date.parse(first['@timestamp']) - Date.now()) < 60_000)
  assert.equal(first.log.level, 'WARN')
  assert.equal(first.log.logger, 'shop.cart')
  assert.equal(first.service.name, 'shop')
  assert.equal(first.host.name, 'web-1')
  assert.equal(first.user.name, 'alice')
  assert.equal(first.source.ip, '203.0.113.7')
  assert.deepEqual(first.otlp.resource.weird, [1.5, 2.5])
  const { big, negative, price, vip } = first.otlp.attributes
  assert.deepEqual([big, negative, price, vip], [String(2n ** 62n), -5, 0.5, false])
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const last = events.at(-1) as any
  assert.equal(last.error.type, 'ZeroDivisionError')
  assert.match(last.error.stack_trace, /division by zero/)
})

const go = goProgram(
  `package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
)

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	ctx := context.Background()
	exporter, err := otlploghttp.New(ctx, otlploghttp.WithEndpoint(os.Args[1]), otlploghttp.WithInsecure(),
		otlploghttp.WithCompression(otlploghttp.GzipCompression), otlploghttp.WithHeaders(map[string]string{"Authorization": "Bearer pkt_good"}))
	if err != nil {
		panic(err)
	}
	provider := sdk.NewLoggerProvider(sdk.WithProcessor(sdk.NewBatchProcessor(exporter, sdk.WithMaxQueueSize(100000))))
	logger := provider.Logger("shop")
	for i := 0; i < count; i++ {
		var record log.Record
		record.SetTimestamp(time.Now())
		record.SetSeverity(log.SeverityInfo)
		record.SetBody(log.MapValue(log.Int("order", i), log.Slice("tags", log.StringValue("a"), log.Bool("b", true).Value), log.Bytes("raw", []byte{1, 2})))
		record.AddAttributes(log.Float64("price", 0.25))
		logger.Emit(ctx, record)
	}
	if err := provider.Shutdown(ctx); err != nil {
		panic(err)
	}
	fmt.Print(count)
}
`,
  [
    'go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp@v0.16.0',
    'go.opentelemetry.io/otel/sdk/log@v0.16.0',
    'go.opentelemetry.io/otel/log@v0.16.0'
  ]
)

test('the Go SDK: structured bodies; requests that are sent again since their answer was lost are the same records', {
  skip: typeof go === 'string' && go
}, async t => {
  const intake = testIntake()
  const source = await listenOtlp(sourceConfig('otlp'), intake.context)
  // Takes the first request to Picket, but says that it could not.
  let lost = 1
  const between = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const answer = await fetch(`http://127.0.0.1:${source.ports[0]}${request.url}`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: Object.fromEntries(
        ['authorization', 'content-type', 'content-encoding'].map(name => [name, String(request.headers[name])])
      )
    })
    const isLost = answer.status === 200 && lost-- > 0
    response.writeHead(isLost ? 503 : answer.status, isLost ? { 'retry-after': '1' } : {})
    response.end()
  })
  between.listen(0, '127.0.0.1')
  await once(between, 'listening')
  t.after(async () => {
    between.close()
    await source.close()
  })
  await run((go as GoProgram).path, [`127.0.0.1:${(between.address() as AddressInfo).port}`, String(count)], {
    timeout: 60_000
  })
  const ids = new Map<string, number>()
  let records = 0
  for (const chunk of intake.chunks)
    forEachRecord(chunk, (index, _start, _end, _text, _json, parsed) => {
      records++
      const { event } = parsed as { event: EcsEvent }
      const { otlp, message } = event as { otlp: { body: { order: number } }; message: string }
      assert.equal(message, `{"order":${otlp.body.order},"tags":["a",true],"raw":"AQI="}`)
      const id = `${chunk.headers.prefix} ${index}`
      assert.equal(ids.get(id) ?? otlp.body.order, otlp.body.order)
      ids.set(id, otlp.body.order)
    })
  assert.ok(records > count, 'some were sent again')
  assert.equal(ids.size, count)
  assert.equal(new Set(ids.values()).size, count)
})
