/**
 * `node bench/intake-bulk.ts [--events N] [--connections N] [--ids] [--gzip] [--plain]`: Elasticsearch's bulk requests of 1,000 events each over many
 * connections, from the first byte sent to everything searchable. 1,000,000 events of
 * Filebeat over 16 connections, unless told otherwise; `--plain`: events of a program, without an envelope.
 */

import { Agent, createServer, request } from 'node:http'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { benchIntake } from './intake.ts'
import { beatsEvent, eventBatch, plainEvent } from './intake-events.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '0' },
    connections: { type: 'string', default: '16' },
    ids: { type: 'boolean', default: false },
    gzip: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
    send: { type: 'string' },
    token: { type: 'string', default: '' },
    ceiling: { type: 'boolean' }
  }
})
const events = Number(values.events)
const from = Number(values.from)
const connections = Number(values.connections)
const perRequest = 1000

if (values.ceiling === true) forget()
else if (values.send !== undefined) await send(Number(values.send), values.token)
else {
  const program = import.meta.filename
  const rest = [
    `--connections=${connections}`,
    ...['ids', 'gzip', 'plain'].filter(name => values[name as 'ids']).map(name => `--${name}`)
  ]
  await benchIntake({
    name: `intake-bulk, ${connections} connections${values.ids ? ', ids' : ''}${values.gzip ? ', gzip' : ''}${values.plain ? ', plain' : ''}`,
    unit: 'events',
    events,
    source: { type: 'elasticsearch', name: 'bench', connectionsMax: Math.max(256, connections) },
    sender: (port, token) => [program, `--send=${port}`, `--token=${token}`, ...rest],
    ceiling: [program, '--ceiling']
  })
}

async function send(port: number, token: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const authorization = `Basic ${Buffer.from(`bench:${token}`).toString('base64')}`
  const end = from + events
  let next = from
  const lane = async (): Promise<void> => {
    const ids = values.ids ? '"_id":"0000000000"' : ''
    const batch = eventBatch(
      perRequest,
      () => Buffer.from(`{"create":{${ids}}}\n`),
      '\n',
      values.plain ? plainEvent : beatsEvent
    )
    while (next < end) {
      const first = next
      next += perRequest
      batch.renew(first)
      if (values.ids)
        for (const [i, { start }] of batch.places.entries())
          batch.bytes.write(String(first + i).padStart(10, '0'), start - 14, 'latin1')
      const count = Math.min(perRequest, end - first)
      const whole = batch.bytes.subarray(0, batch.places[count - 1]!.end + 1)
      const body = values.gzip ? gzipSync(whole, { level: 1 }) : whole
      while (!(await post(body))) await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  /** False: to be sent again. */
  const post = (body: Buffer): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          agent,
          path: '/logs/_bulk?filter_path=errors,items.*.error,items.*.status',
          method: 'POST',
          headers: {
            authorization,
            'content-type': 'application/x-ndjson',
            'content-length': body.length,
            ...(values.gzip ? { 'content-encoding': 'gzip' } : {})
          }
        },
        answer => {
          let text = ''
          answer.setEncoding('latin1').on('data', part => {
            text += part
          })
          answer.on('end', () => {
            if (answer.statusCode === 429) resolve(false)
            else if (answer.statusCode === 200 && !text.includes('"errors":true')) resolve(true)
            else reject(new Error(`${answer.statusCode}: ${text.slice(0, 300)}`))
          })
        }
      )
      sent.on('error', reject)
      sent.end(body)
    })
  await Promise.all(Array.from({ length: connections }, lane))
  agent.destroy()
}

/** The ceiling: bodies are read, and that is all. */
function forget(): void {
  const server = createServer((incoming, answer) => {
    incoming.resume()
    incoming.on('end', () => answer.end('{"errors":false,"items":[]}'))
  })
  server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))
}
