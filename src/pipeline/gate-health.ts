/** What supervisors and monitoring ask of a gatekeeper, on loopback: `/healthz`, `/readyz`, `/metrics`. And its figures. */

import type { Metrics } from '../platform/metrics.ts'
import { type HttpAnswer, type HttpListener, listenHttp } from '../sources/listen/http.ts'
import type { ListenLog } from '../sources/listen/source.ts'
import type { Forwarding } from './gate-forward.ts'
import type { Spool } from './gate-spool.ts'

type Parts = { readonly spool: Spool; readonly forwarding: Forwarding }

export function listenHealth(
  port: number,
  { spool, forwarding }: Parts,
  metrics: Metrics,
  log: ListenLog
): Promise<HttpListener> {
  return listenHttp({
    host: '127.0.0.1',
    port,
    log,
    connectionsMax: () => 16,
    bodyBytesMax: () => 1024,
    isAllowed: address => address === '127.0.0.1',
    async answer({ method, path }) {
      if (method === 'GET' && path === '/healthz') return json(200, { ok: true })
      if (method === 'GET' && path === '/readyz') {
        // The main Picket may be away: that is what a spool is for.
        const { waitingBytes, full } = spool
        const reason = full
          ? `the spool is full: ${forwarding.problem ?? 'the main Picket is behind'}`
          : forwarding.problem
        return json(full ? 503 : 200, { ready: !full, waitingBytes, ...(reason === undefined ? {} : { reason }) })
      }
      if (method === 'GET' && path === '/metrics')
        return {
          status: 200,
          text: await metrics.registry.metrics(),
          headers: { 'content-type': metrics.registry.contentType }
        }
      return json(404, { error: { code: 'not-found', message: 'GET /healthz, /readyz, /metrics' } })
    }
  })
}

export function observeGate({ spool, forwarding }: Parts, metrics: Metrics): void {
  const total = (name: string, help: string, value: () => number): void => {
    metrics.gauge(name, help, [], gauge => gauge.set(value()))
  }
  total('picket_gate_records', 'Records taken since the gate began', () => spool.records)
  total(
    'picket_gate_waiting_bytes',
    'Bytes in the spool that the main Picket has not taken yet',
    () => spool.waitingBytes
  )
  total('picket_gate_full', '1 while sources are held back: what waits has reached its bound', () =>
    spool.full ? 1 : 0
  )
  total('picket_gate_problem', '1 while the main Picket takes nothing; the log says why', () =>
    forwarding.problem === undefined ? 0 : 1
  )
  total('picket_gate_handed_over_chunks', 'Chunks handed over since the gate began', () => forwarding.handedOver.chunks)
  total('picket_gate_handed_over_bytes', 'Their bytes', () => forwarding.handedOver.bytes)
  total('picket_gate_damaged_bytes', 'Bytes of the spool that could not be read', () => forwarding.damagedBytes)
}

function json(status: number, value: object): HttpAnswer {
  return { status, text: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}
