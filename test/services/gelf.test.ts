/** Libraries that send GELF, from PyPI, to Picket: graypy (UDP in chunks, TCP, HTTP) and pygelf (UDP, TCP, HTTP). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenGelf } from '../../src/sources/gelf/gelf.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { pythonWith, runPython } from './python.ts'

const python = pythonWith(['graypy==2.1.0', 'pygelf==0.4.3'])
const skip = typeof python === 'string' ? python : false

const program = `
import logging, sys
import graypy, pygelf
how, port, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
host = '127.0.0.1'
handler = {
    'graypy-udp': lambda: graypy.GELFUDPHandler(host, port),
    'graypy-udp-plain': lambda: graypy.GELFUDPHandler(host, port, compress=False),
    'graypy-tcp': lambda: graypy.GELFTCPHandler(host, port),
    'graypy-http': lambda: graypy.GELFHTTPHandler(host, port),
    'pygelf-udp': lambda: pygelf.GelfUdpHandler(host=host, port=port, include_extra_fields=True),
    'pygelf-tcp': lambda: pygelf.GelfTcpHandler(host=host, port=port, include_extra_fields=True),
    'pygelf-http': lambda: pygelf.GelfHttpHandler(host=host, port=port, include_extra_fields=True),
}[how]()
log = logging.getLogger('app')
log.setLevel(logging.INFO)
log.addHandler(handler)
for i in range(count):
    log.warning('event %d %s', i, 'x' * size, extra={'customer': 'ada', 'number': i})
handler.close()
`

for (const [how, count, size] of [
  ['graypy-udp', 200, 10],
  ['graypy-udp-plain', 50, 5000],
  ['graypy-tcp', 2000, 10],
  ['graypy-http', 100, 10],
  ['pygelf-udp', 100, 3000],
  ['pygelf-tcp', 2000, 10],
  ['pygelf-http', 100, 10]
] as const)
  test(`${how}: ${count} messages with their fields`, { skip }, async t => {
    if (typeof python === 'string') return
    const intake = testIntake()
    const transports = [how.endsWith('http') ? 'http' : how.endsWith('tcp') ? 'tcp' : 'udp']
    const source = await listenGelf(sourceConfig('gelf', { transports }), intake.context)
    t.after(() => source.close())
    await runPython(python, program, [how, String(source.ports[0]), String(count), String(size)])
    await intake.until(count)
    const events = intake.records().map(({ parsed, text }) => {
      assert.ok(parsed.ok, text.slice(0, 200))
      return parsed.event
    })
    const messages = events.map(event => event['message'] as string)
    const expected = Array.from({ length: count }, (_, i) => `event ${i} ${'x'.repeat(size)}`)
    // Requests overtake each other.
    if (transports[0] === 'http') messages.sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1]))
    assert.deepEqual(messages, expected)
    const text = JSON.stringify(events[0])
    assert.match(text, /"customer":"ada"/)
    assert.match(text, /warning/i)
  })
