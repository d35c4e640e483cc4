/**
 * Real rsyslog (`omelasticsearch`) and real syslog-ng (`elasticsearch-http()`) send to a real source, with the
 * configuration of docs/sources/. Unpacked from Debian's packages; skipped where they cannot be had.
 */

import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EcsEvent } from '../../src/core/parser.ts'
import { BatchWorker } from '../../src/pipeline/worker.ts'
import { listenElasticsearch } from '../../src/sources/elasticsearch/elasticsearch.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { Rsyslog, skipRsyslog } from './rsyslog.ts'
import { skipSyslogNg, startSyslogNg } from './syslog-ng.ts'

const count = 5000
const lines = Array.from({ length: count }, (_, i) => `line ${i} says "hello" \\ ü`)

async function until(isSo: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  for (const endMs = performance.now() + withinMs; !isSo(); await sleep(50))
    if (performance.now() > endMs) throw new Error(`${what} within ${withinMs} ms`)
}

test('rsyslog: every line is here once, also where answers were lost', { skip: skipRsyslog }, async t => {
  const intake = testIntake()
  let source = await listenElasticsearch(sourceConfig('elasticsearch'), intake.context)
  t.after(() => source.close())
  const port = source.ports[0]!
  await using rsyslog = new Rsyslog()
  rsyslog.configure(`
module(load="omelasticsearch")
template(name="picket" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host.name" name="hostname" format="jsonf")
  property(outname="process.name" name="programname" format="jsonf")
  property(outname="log.syslog.facility.name" name="syslogfacility-text" format="jsonf")
  property(outname="log.level" name="syslogseverity-text" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
template(name="picket-id" type="string" string="%uuid%")
action(type="omelasticsearch" server="127.0.0.1" serverport="${port}" uid="picket" pwd="pkt_good"
       bulkmode="on" template="picket" searchIndex="syslog" searchType=""
       writeoperation="create" bulkid="picket-id" dynbulkid="on"
       action.resumeRetryCount="-1" action.resumeInterval="1"
       queue.type="LinkedList" queue.size="100000" queue.dequeueBatchSize="500")
`)
  await rsyslog.start()
  rsyslog.write(lines.slice(0, count / 2))
  await until(() => intake.records().length >= 500, `rsyslog has sent nothing: ${rsyslog.output}`)
  // Gone for a while, in the middle.
  await source.close()
  await sleep(1500)
  source = await listenElasticsearch(sourceConfig('elasticsearch', { port }), intake.context)
  rsyslog.write(lines.slice(count / 2))
  const stored = () => {
    const reply = new BatchWorker().run({ number: 1, chunks: intake.chunks, known: new Uint32Array(0) })
    return reply.rows
  }
  await until(() => stored() >= count, `not ${count} lines: ${rsyslog.output}`)
  await sleep(300)
  assert.equal(stored(), count)
  const first = intake.records()[0]!.parsed as { event: EcsEvent }
  assert.equal(first.event['message'], lines[0])
  assert.deepEqual(first.event['process'], { name: 'app' })
  await rsyslog.stop()
})

test('syslog-ng: every line is here, in order, after 401 and a while without anybody', {
  skip: skipSyslogNg
}, async t => {
  const intake = testIntake()
  let tokens = 0
  const source = await listenElasticsearch(sourceConfig('elasticsearch'), {
    ...intake.context,
    // Not known yet at first, as a token that is just being made.
    isIngestToken: secret => secret === 'pkt_good' && ++tokens > 2
  })
  t.after(() => source.close())
  const folder = mkdtempSync(join(tmpdir(), 'picket-syslog-ng-'))
  t.after(async () => rmSync(folder, { recursive: true, force: true }))
  const syslogNg = await startSyslogNg(
    folder,
    `elasticsearch-http(
      url("http://127.0.0.1:${source.ports[0]}/_bulk") user("picket") password("pkt_good")
      index("syslog") type("") custom-id("$UNIQID")
      template("$(format-json --scope none @timestamp=$ISODATE host.name=$HOST process.name=$PROGRAM log.level=$LEVEL message=$MESSAGE)")
      batch-lines(500) workers(1) time-reopen(1) retries(100)
    );`
  )
  t.after(() => syslogNg.stop())
  appendFileSync(join(folder, 'app.log'), lines.map(line => `${line}\n`).join(''))
  await until(() => intake.records().length >= count, `syslog-ng: ${syslogNg.output()}`)
  assert.deepEqual(
    intake.records().map(({ parsed }) => parsed.ok && parsed.event['message']),
    lines
  )
})
