/** Envoy's and Istio's access logs: first stage of the pipeline, line → ECS event. */

import type { FormatDescription, Parser, Sample } from '../../core/parser.ts'
import { envoyEvent, envoyFields } from './envoy-event.ts'

const description: FormatDescription = {
  reads: 'Envoy’s access log in its default format (HTTP and TCP), and Istio’s default text format.',
  from: 'Standard output of Envoy or of the `istio-proxy` container; `access_log` in Envoy’s configuration, `meshConfig.accessLogFile: /dev/stdout` for Istio.',
  specifications: [
    'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string',
    'https://istio.io/latest/docs/tasks/observability/logs/access-log/',
    'Elastic integrations envoyproxy (log) and istio (access_logs)'
  ],
  sample:
    '[2026-03-14T09:26:53.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "192.0.2.7" "curl/8.5.0" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "www.example.com" "10.0.2.1:80"',
  mapping: [
    ['@timestamp', 'START_TIME'],
    ['source.*', 'X-FORWARDED-FOR (Envoy), DOWNSTREAM_REMOTE_ADDRESS (Istio)'],
    ['destination.*', 'UPSTREAM_HOST'],
    ['http.request.method, url.*, http.version', 'the request'],
    ['url.domain, url.port', ':AUTHORITY'],
    ['http.response.status_code', 'RESPONSE_CODE'],
    [
      'http.request.body.bytes, http.response.body.bytes',
      'BYTES_RECEIVED, BYTES_SENT',
      'source.bytes and destination.bytes for TCP'
    ],
    ['event.duration', 'DURATION (Envoy), the upstream’s time (Istio)', 'in nanoseconds'],
    ['envoyproxy.log.*, istio.access.*', 'the rest']
  ]
}

export const envoy: Parser = {
  name: 'envoy',
  title: 'Envoy and Istio access log (default formats)',
  input: 'text',
  framing: 'lines',
  recognise,
  open: () => envoyEvent,
  description
}

function recognise(sample: Sample): number {
  let good = 0
  for (const line of sample.lines) if (envoyFields(line) !== undefined && envoyEvent(line).ok) good++
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
