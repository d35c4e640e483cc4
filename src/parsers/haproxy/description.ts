/** What a person reads about HAProxy's format; `docs/formats/` is made from it. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'The messages of `option httplog`, `option httpslog`, `option tcplog`, connection errors and the default format, inside syslog of any kind or on lines that begin with `haproxy[pid]:` or with the client. Other formats (`log-format`) stay plain syslog events. Times are local: `--timezone` says of where.',
  from: '`log 192.0.2.10:514 local0` in `haproxy.cfg`; or `/var/log/haproxy.log`.',
  specifications: [
    'HAProxy configuration manual, 8.2 (log formats), 8.5 (session state at disconnection)',
    'Elastic integration haproxy, log'
  ],
  sample:
    'Feb  6 12:14:14 lb1 haproxy[14389]: 192.0.2.7:33317 [06/Feb/2026:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {www.example.com} {} "GET /index.html HTTP/1.1"',
  mapping: [
    ['@timestamp', 'accept date'],
    ['source.address, source.ip, source.port', 'client'],
    ['haproxy.frontend_name, haproxy.backend_name, haproxy.server_name', 'frontend backend/server'],
    [
      'haproxy.http.request.time_wait_ms, haproxy.total_waiting_time_ms, haproxy.connection_wait_time_ms, haproxy.http.request.time_wait_without_data_ms',
      'TR/Tw/Tc/Tr'
    ],
    ['event.duration', 'Ta or Tt', 'in nanoseconds'],
    ['http.response.status_code', 'status', 'event.outcome is failure from 400 on, and for -1'],
    ['haproxy.bytes_read, http.response.bytes', 'bytes'],
    ['haproxy.termination_state', 'state'],
    ['haproxy.connections.*, haproxy.server_queue, haproxy.backend_queue', 'counters'],
    ['haproxy.http.request.captured_headers, haproxy.http.response.captured_headers', '{…} {…}'],
    ['http.request.method, url.*, http.version', 'request'],
    ['tls.*', 'sni/version/cipher'],
    ['haproxy.error_message, haproxy.bind_name', 'connection errors']
  ]
}
