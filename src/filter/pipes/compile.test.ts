/** Searches with pipes on the real ClickHouse: that they run, and a few answers that can be checked by eye. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEvent } from '../../testing/filter-arbitraries.ts'
import { hasEngine, type RealStore, realStore } from '../../testing/real-store.ts'
import { compileText, fillEvents, runSearch } from '../../testing/search-store.ts'

const skip = hasEngine() ? false : 'the embedded engine is not installed'
let real: RealStore

before(async () => {
  if (skip) return
  real = await realStore()
  await fillEvents(real.store, fc.sample(arbitraryEvent, { numRuns: 200, seed: 5 }))
})

after(async () => {
  if (!skip) await real[Symbol.asyncDispose]()
})

const runs: readonly string[] = [
  '* | stats count()',
  '* | stats count() by source.ip',
  '* | stats count() as n, dc(source.ip), sum(source.bytes), avg(source.bytes), min(source.port), max(source.port), median(source.bytes), p95(source.bytes), percentile(source.bytes, 99.9), stdev(source.bytes) by destination.port',
  '* | stats first(message), last(user.name), values(user.name) by source.ip',
  '* | stats min(@timestamp), max(@timestamp), first(@timestamp), last(source.ip), values(source.ip), dc(@timestamp), dc(event.category), values(event.category), min(message), max(source.ip), min(event.category) by event.action',
  '* | stats count() by bin(5m)',
  '* | stats count() by bin(1w), user.name',
  '* | stats count() by event.category',
  '* | stats count() by event.category, dns.answers.data',
  '* | stats count() by custom.text, custom.number',
  '* | stats count() by event.duration, network.bytes',
  '* | timechart',
  '* | timechart span=1h count() by user.name limit=3',
  '* | timechart sum(source.bytes)',
  '* | timechart avg(source.bytes) by event.category',
  '* | where source.bytes > 5 and user.name:alpha',
  '* | where lower(user.name) = "alpha" or len(message) > 5',
  '* | eval a = source.bytes + destination.port, b = lower(user.name), c = if(source.port = 22, "ssh", "other")',
  '* | eval a = source.bytes * 2 | stats sum(a) by user.name | sort -user.name | head 3',
  '* | eval x = coalesce(source.ip, client.ip, "none"), y = coalesce(source.port, destination.port) | stats count() by x, y',
  '* | eval x = abs(source.bytes), y = round(source.bytes / 3, 2), z = floor(1.5), c = ceil(source.port), s = sqrt(source.port), p = pow(2, 3), l = log(source.port) | fields x, y, z, c, s, p, l',
  '* | eval x = upper(message), y = trim(message), z = substr(message, 2, 3), q = concat(user.name, "-", source.ip, source.port), r = replace(message, "a", "b"), s = split(message, " ", 1), t = split(message, " ", -1) | fields x,y,z,q,r,s,t',
  '* | eval n = number(custom.number), t = text(source.ip), b = bin(@timestamp, 1h), bb = bin(source.port, 100), nn = now(), h = hour(@timestamp), w = weekday(event.start), d = date(@timestamp), s = strftime(@timestamp, "%H:%M:%S"), e = epoch(@timestamp) | fields n,t,b,bb,nn,h,w,d,s,e',
  '* | eval c = cidr(source.ip, "10.0.0.0/8"), d = cidr(custom.text, "2001:db8::/32"), e = contains(message, "alpha") | fields c, d, e | where c',
  '* | sort -source.bytes, +user.name',
  '* | sort -source.bytes | head 5 | fields source.bytes, source.ip',
  '* | sort @timestamp | head 5',
  '* | head 3',
  '* | tail 3',
  '* | head 10 | tail 3',
  '* | dedup user.name',
  '* | dedup 2 source.ip, user.name',
  '* | dedup event.category',
  '* | fields source.ip, message',
  '* | fields - message',
  '* | rename source.ip as src',
  '* | fields source.ip, message | rename source.ip as "the source" | sort "the source"',
  '* | top 5 user.name',
  '* | top user.name by source.port',
  '* | rare 3 event.category',
  '* | top user.name, source.ip',
  '* | transaction source.ip maxgap=5m',
  '* | transaction source.ip, user.name maxgap=1h | where count > 1',
  '* | pattern',
  '* | pattern user.name 5',
  '* | stats count() by source.address',
  '* | stats count() by suricata.eve.dns.id, url.domain',
  '* | stats count() by network.community_id',
  '* | stats count() by picket.ingested, event.id',
  '* | stats count() by event.start, tls.server.not_before',
  '* | stats count() as c by user.name | where c > 3 | eval d = c * 2 | sort -d | rename d as double | fields user.name, double',
  '* | stats count() by user.name | stats sum(count), dc(user.name), first(user.name), values(user.name)',
  '* | stats count(source.ip), count(source.port = 22)',
  '* | stats count() by hour(@timestamp), weekday(@timestamp)',
  '* | eval user.name = upper(user.name) | stats count() by user.name',
  '* | eval c = event.category | stats count() by c',
  '* | eval c = event.category | fields c',
  '* | where event.category = "alpha" | fields event.category',
  '* | where user.name:al* and not message =~ "x"',
  '* | where user.name = /^al/i | fields user.name',
  '* | stats count() by source.port | sort -source.port',
  '* | stats count() by event.severity, process.pid, source.bytes',
  '* | stats sum(source.bytes) by bin(1d) | where `sum(source.bytes)` > 1',
  '@from:2024-05-06 @to:2024-05-07 | timechart',
  '* | dedup source.ip | stats count()',
  '* | tail 5 | stats count() by user.name',
  '* | stats count() by bin(source.bytes, 100)',
  '* | stats count() as "a b" by user.name | sort -"a b"',
  '* | where @timestamp > "2024-05-06"',
  '* | eval age = epoch(now()) - epoch(@timestamp) | stats max(age)',
  '* | stats values(source.port), values(@timestamp), values(event.category) ',
  '* | eval big = 1e300 * 1e300, z = 1 / 0, m = 5 % 0 | fields big, z, m | head 1'
]

test('searches run', { skip }, async () => {
  for (const text of runs) {
    try {
      await runSearch(real.store, compileText(text))
    } catch (error) {
      assert.fail(`${text}: ${String(error).slice(0, 600)}`)
    }
  }
})

/** Large, deep, or named more than once: refused with a reason, or answered in time. */
const large: readonly string[] = [
  `* | eval a = ${'abs('.repeat(90)}1${')'.repeat(90)}`,
  `* | eval a = ${'split('.repeat(90)}message${', ".", 1)'.repeat(90)}`,
  `* | eval a = ${'1 + '.repeat(900)}1`,
  `* | where ${'not '.repeat(500)}(source.port > destination.bytes)`,
  `* | where ${Array.from({ length: 300 }, (_, i) => `lower(user.name) = "u${i}"`).join(' or ')}`,
  `*${' | timechart avg(source.bytes) by user.name | eval user.name = "x", source.bytes = 1'.repeat(14)}`,
  `*${' | eval a = coalesce(a, b, c, d), b = concat(a, b, a, b)'.repeat(28)}`,
  `*${' | head 10 | sort source.ip'.repeat(15)}`,
  `*${' | where network.community_id:1*'.repeat(30)}`,
  `* | eval x = ${'concat('.repeat(20)}network.community_id${', network.community_id)'.repeat(20)}`,
  `* | stats ${Array.from({ length: 60 }, (_, i) => `values(network.community_id) as n${i}`).join(', ')}`,
  `* | stats ${Array.from({ length: 60 }, (_, i) => `p9${i % 10}(source.bytes) as n${i}`).join(', ')} by ${Array.from({ length: 60 }, (_, i) => `x${i}`).join(', ')}`,
  `* | sort ${Array.from({ length: 60 }, (_, i) => `x${i}`).join(', ')} | tail 5`,
  '* | head 100000 | tail 100000 | dedup 100000 source.ip',
  '* | eval a = pow(10, 400) * 1e308, b = 9e999, c = substr(message, 9e15, 9e15), d = bin(@timestamp, 1e300), e = round(1.5, 400) | stats count() by a, b, c, d, e',
  '* | eval a = strftime(@timestamp, "%Y%q%%%"), b = epoch(1e300), c = hour(1e18), d = strftime(-1e300, "%H") | fields a, b, c, d',
  '* | transaction source.ip maxgap=366d | pattern source.ip 10000'
]

test('large and odd searches are answered or refused with a reason', { skip }, async () => {
  for (const text of large) {
    const started = performance.now()
    try {
      await runSearch(real.store, compileText(text))
    } catch (error) {
      assert.match(String((error as { code?: string }).code), /^search-too-large$/, `${text.slice(0, 100)}: ${error}`)
    }
    assert.ok(performance.now() - started < 15_000, text.slice(0, 100))
  }
})
