/** What a person reads about Apache's formats; `docs/formats/` is made from it. */

import type { FormatDescription } from '../../core/parser.ts'

export const accessDescription: FormatDescription = {
  reads:
    'The formats `common`, `combined` and `vhost_combined`, the duration (`%D`) after the size, `X-Forwarded-For="…"` at the end, and mod_ssl’s `ssl_request_log`. What else is added at the end stays in `apache.access.rest`. A format of your own is read too: put its `LogFormat "…"` line, as it stands in the configuration, in front of the file. Directives without a field here go below `apache.access.fields`.',
  from: '`/var/log/apache2/*.log`, `/var/log/httpd/*_log`; or piped into `logger -t httpd`.',
  specifications: ['https://httpd.apache.org/docs/2.4/mod/mod_log_config.html', 'Elastic integration apache, access'],
  alike: ['nginx-access'],
  sample:
    '192.0.2.7 - frank [14/Mar/2026:09:26:53 +0100] "GET /apache_pb.gif HTTP/1.0" 200 2326 "https://example.com/start.html" "curl/8.5.0"',
  mapping: [
    ['@timestamp', '%t'],
    ['source.address, source.ip or source.domain, source.port', '%h'],
    ['apache.access.remote_addresses', 'X-Forwarded-For, then %h'],
    ['client.ip', 'X-Forwarded-For', 'the first address that is not private'],
    ['network.forwarded_ip', 'X-Forwarded-For', 'the first address'],
    ['destination.domain, destination.port, url.domain', '%v:%p'],
    ['apache.access.identity', '%l'],
    ['user.name', '%u'],
    ['http.request.method, url.*, http.version', '%r', 'percent-escapes decoded in path and query'],
    ['apache.access.tls_handshake.error', '%r', 'where it is no HTTP request'],
    ['http.response.status_code', '%>s', 'event.outcome is failure from 400 on'],
    ['http.response.body.bytes', '%b, %O'],
    ['apache.access.response_time', '%D'],
    ['http.request.referrer', '%{Referer}i'],
    ['user_agent.*', '%{User-Agent}i'],
    ['tls.version, tls.cipher', '%{SSL_PROTOCOL}x, %{SSL_CIPHER}x']
  ]
}

export const errorDescription: FormatDescription = {
  reads:
    'The error logs of Apache 2.2 and 2.4 in their default formats, records over several lines included. Times are local: `--timezone` says of where.',
  from: '`/var/log/apache2/error.log`, `/var/log/httpd/error_log`; or `ErrorLog syslog:local1`.',
  specifications: [
    'https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat',
    'Elastic integration apache, error'
  ],
  sample:
    '[Sat Mar 14 09:26:53.103522 2026] [core:error] [pid 812:tid 140413273032448] [client 192.0.2.7:40100] AH00126: Invalid URI in request GET /../ HTTP/1.1',
  mapping: [
    ['@timestamp', 'the time in front'],
    ['log.level, apache.error.module', 'module:level'],
    ['event.type', 'level', 'error from warn up, else info'],
    ['event.code', 'AH…'],
    ['process.pid, process.thread.id', 'pid, tid'],
    ['source.address, source.ip, source.port', 'client'],
    ['file.path', 'File does not exist: …'],
    ['http.request.referrer', 'referer'],
    ['message', 'all after the brackets']
  ]
}
