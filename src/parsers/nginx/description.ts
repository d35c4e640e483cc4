/** What a person reads about nginx's formats; `docs/formats/` is made from it. */

import type { FormatDescription } from '../../core/parser.ts'

const mapping = [
  ['@timestamp', '$time_local'],
  ['source.address, source.ip', '$remote_addr', 'of a list of proxies the first address that is not private'],
  ['destination.domain / ip / port', 'the virtual host in front, if logged'],
  ['user.name', '$remote_user'],
  ['http.request.method, http.version', '$request'],
  ['url.*', '$request', 'percent-escapes decoded in path and query; url.original as logged'],
  ['http.response.status_code', '$status', 'event.outcome is failure from 400 on'],
  ['http.response.body.bytes', '$body_bytes_sent'],
  ['http.request.referrer', '$http_referer'],
  ['user_agent.*', '$http_user_agent']
] as const

export const accessDescription: FormatDescription = {
  reads:
    'The `combined` format that nginx writes by default, and its common extensions: a virtual host (`$host` or `$host:$server_port`) in front, a list of proxies’ addresses, the response time after the size, `$http_x_forwarded_for` at the end. What else is added at the end stays in `nginx.access.rest`.',
  from: '`/var/log/nginx/access.log`; or by syslog: `access_log syslog:server=192.0.2.10:514 combined;`.',
  specifications: ['https://nginx.org/en/docs/http/ngx_http_log_module.html', 'Elastic integration nginx, access'],
  sample:
    '192.0.2.7 - - [14/Mar/2026:09:26:53 +0100] "GET /shop?item=3 HTTP/1.1" 200 5120 "https://example.com/" "curl/8.5.0"',
  mapping: [
    ...mapping,
    ['nginx.access.remote_ip_list', 'all addresses in front'],
    ['nginx.access.response_time', '$request_time', 'in milliseconds'],
    ['nginx.access.info', '$request', 'only where it is no HTTP request'],
    ['nginx.access.forwarded_for', '$http_x_forwarded_for']
  ]
}

export const ingressDescription: FormatDescription = {
  reads: 'The access log that the ingress-nginx controller of Kubernetes writes by default (`log-format-upstream`).',
  from: '`kubectl logs -n ingress-nginx deploy/ingress-nginx-controller`, or the node’s `/var/log/containers`.',
  specifications: [
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/',
    'Elastic integration nginx_ingress_controller, access'
  ],
  sample:
    '192.0.2.7 - - [14/Mar/2026:09:26:53 +0000] "GET /products HTTP/1.1" 200 59 "-" "curl/8.5.0" 89 0.001 [default-web-8080] [] 10.0.0.5:8080 59 0.001 200 0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  mapping: [
    ...mapping,
    ['http.request.id', '$req_id'],
    [
      'nginx_ingress_controller.access.upstream.*',
      '$proxy_upstream_name, $upstream_addr …',
      'of the last attempt; lists of all'
    ],
    ['nginx_ingress_controller.access.http.request.length / time', '$request_length, $request_time']
  ]
}

export const errorDescription: FormatDescription = {
  reads:
    'nginx’s error log, records over several lines (FastCGI) included. Times are local: `--timezone` says of where.',
  from: '`/var/log/nginx/error.log`; or by syslog: `error_log syslog:server=192.0.2.10:514 warn;`.',
  specifications: ['https://nginx.org/en/docs/ngx_core_module.html#error_log', 'Elastic integration nginx, error'],
  sample:
    '2026/03/14 09:26:53 [error] 812#812: *31 open() "/srv/www/x" failed (2: No such file or directory), client: 192.0.2.7, server: example.com, request: "GET /x HTTP/1.1", host: "example.com"',
  mapping: [
    ['@timestamp', 'the time in front'],
    ['log.level', 'the word in brackets'],
    ['process.pid, process.thread.id', 'pid#tid'],
    ['nginx.error.connection_id', '*number'],
    ['message', 'all after it'],
    ['client.ip, source.ip', 'client'],
    ['server.domain', 'server'],
    ['http.request.method, http.version, url.*', 'request'],
    ['http.request.referrer', 'referrer'],
    ['nginx.error.upstream', 'upstream']
  ]
}
