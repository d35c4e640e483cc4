import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeEvent } from '../../core/event.ts'
import type { JsonObject } from '../../core/parser.ts'
import { decoderOf } from '../decoders.ts'
import { eventsDocument } from './events-document.ts'
import { windowsJson } from './windows.ts'

const event = (id: number, name: string) =>
  `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Service Control Manager'/>` +
  `<EventID Qualifiers='16384'>${id}</EventID><Channel>System</Channel></System><EventData><Data Name='param1'>${name}</Data>` +
  `<Data Name='param2'>&lt;2&gt;</Data></EventData><RenderingInfo Culture='en-US'><Message>It runs.</Message></RenderingInfo></Event>`
const document = `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Events>${event(7036, 'a')}${event(7045, 'ü')}</Events>`

async function decodeAll(
  bytes: Uint8Array,
  size: number
): Promise<{ readonly records: string[]; readonly problem: string }> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const records: string[] = []
  let problem = ''
  try {
    for await (const batch of eventsDocument.decode(pieces())) records.push(...batch)
  } catch (error) {
    problem = (error as Error).message
  }
  return { records, problem }
}

test('a document of one line is cut into events, in any encoding Windows writes', async () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(document, 'utf16le')])
  for (const [bytes, size] of [
    [Buffer.from(document), 1 << 20],
    [Buffer.from(document), 600],
    [utf16, 701]
  ] as const) {
    assert.equal(decoderOf(bytes.subarray(0, 512)), eventsDocument)
    const { records, problem } = await decodeAll(bytes, size)
    assert.equal(problem, '')
    const parse = windowsJson.open({ receivedMs: 0 })
    const events = records.map(one => {
      const parsed = parse(one, JSON.parse(one) as JsonObject)
      assert.ok(typeof parsed === 'object' && parsed.ok)
      return completeEvent(parsed.event) as {
        message?: string
        event?: { action?: string }
        winlog?: { event_data?: unknown }
      }
    })
    assert.deepEqual(
      events.map(({ message, event, winlog }) => [message, event?.action, winlog?.event_data]),
      [
        ['It runs.', 'service-state-changed', { param1: 'a', param2: '<2>' }],
        ['It runs.', 'service-installed', { param1: 'ü', param2: '<2>' }]
      ]
    )
  }
})

test('events that are broken or cut off are told', async () => {
  const { records, problem } = await decodeAll(
    Buffer.from(`<Events>${event(1, 'a')}<Event><System></Event>${event(2, 'b')}<Event>`),
    4096
  )
  assert.equal(records.length, 2)
  assert.equal(problem, '1 events are not well formed; the document ends within an event')
})

test('other documents are left alone', () => {
  for (const text of [
    '<?xml version="1.0"?><Other><Events/></Other>',
    '<html>',
    `${event(1, 'a')}\n`,
    '',
    '<EventsOther>'
  ])
    assert.equal(eventsDocument.claims(Buffer.from(text)), false, text)
})
