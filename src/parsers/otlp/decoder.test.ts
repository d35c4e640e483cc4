import assert from 'node:assert/strict'
import { test } from 'node:test'
import { otlpLogs } from './decoder.ts'

const record = (body: string) => `{"timeUnixNano":"1735689600000000000","body":{"stringValue":${JSON.stringify(body)}}}`
const document = (service: string, ...bodies: string[]) =>
  `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"${service}"}}]},` +
  `"scopeLogs":[{"scope":{"name":"s"},"logRecords":[${bodies.map(record).join(',')}]}]}]}`

async function decode(text: string, size: number): Promise<string[]> {
  const out: string[] = []
  async function* pieces() {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  for await (const records of otlpLogs.decode(pieces())) out.push(...records)
  return out
}

test('each record becomes a document with its resource and scope, wherever the bytes are cut', async () => {
  const text =
    document('a', 'one } "', 'two') + '\n' + JSON.stringify(JSON.parse(document('b', 'drei ü')), undefined, 2)
  for (const size of [1, 7, 1000]) {
    const records = await decode(text, size)
    assert.deepEqual(records, [document('a', 'one } "'), document('a', 'two'), document('b', 'drei ü')])
  }
})

test('what is cut off is told at the end', async () => {
  await assert.rejects(decode(document('a', 'one') + '{"resourceLogs":[', 50), /1 document is no OTLP logs, or cut off/)
})

test('claims logs only', () => {
  assert.equal(otlpLogs.claims(Buffer.from('{ "resourceLogs": [ {')), true)
  assert.equal(otlpLogs.claims(Buffer.from('{"resourceSpans":[{')), false)
})
