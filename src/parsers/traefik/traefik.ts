/** Traefik's access logs, common and JSON: first stage of the pipeline. */

import type { FormatDescription, Parser, Sample } from '../../core/parser.ts'
import { accessFlavour } from '../shared/access-flavour.ts'
import { commonEvent } from './common-event.ts'
import { jsonEvent } from './json-event.ts'

const specifications = [
  'https://doc.traefik.io/traefik/observability/access-logs/',
  'Elastic integration traefik, access'
]
const from =
  'An `accessLog` section in `traefik.yml`: `filePath: /var/log/traefik/access.log`, `format: common` or `json`.'

const commonDescription: FormatDescription = {
  reads: 'Traefik’s access log in its default format.',
  from,
  specifications,
  sample:
    '192.0.2.7 - - [02/Oct/2025:20:22:07 +0000] "GET /ui/a.png HTTP/1.1" 304 0 "https://example.com/login" "curl/8.5.0" 262 "web@docker" "http://10.0.0.5:5601" 2ms',
  mapping: [
    ['@timestamp', 'the time in brackets'],
    ['source.address, source.ip', 'client'],
    ['user.name', 'user', 'not where it is -'],
    ['http.request.method, url.*, http.version', 'request'],
    ['http.response.status_code', 'status', 'event.outcome is failure from 400 on'],
    ['http.response.body.bytes', 'size'],
    ['traefik.access.request_count', 'count'],
    ['traefik.access.router.name', 'router'],
    ['traefik.access.service.address, destination.*', 'server URL'],
    ['event.duration', 'milliseconds', 'in nanoseconds']
  ]
}

const jsonDescription: FormatDescription = {
  reads: 'Traefik’s access log in JSON, versions 1 to 3, with any headers that it was told to keep.',
  from,
  specifications,
  sample:
    '{"ClientAddr":"192.0.2.7:48658","ClientHost":"192.0.2.7","DownstreamContentSize":19,"DownstreamStatus":404,"Duration":40356,"RequestCount":7,"RequestHost":"www.example.com","RequestMethod":"GET","RequestPath":"/","RequestPort":"-","RequestProtocol":"HTTP/1.1","StartUTC":"2026-03-16T18:56:54.735539596Z","level":"info","msg":"","time":"2026-03-16T18:56:54Z"}',
  mapping: [
    ['@timestamp', 'StartUTC, else time'],
    ['source.*', 'ClientAddr'],
    ['network.forwarded_ip', 'ClientHost', 'where it differs from the address'],
    ['destination.*', 'ServiceAddr, BackendAddr'],
    ['observer.ingress.interface.name, observer.egress.interface.name', 'entryPointName, ServiceName'],
    ['url.*', 'RequestScheme, RequestHost, RequestPort, RequestPath'],
    ['http.response.status_code', 'DownstreamStatus'],
    ['http.request.headers, http.response.headers, traefik.access.origin.headers', 'request_*, downstream_*, origin_*'],
    ['event.duration, traefik.access.origin.duration, traefik.access.overhead', 'Duration, OriginDuration, Overhead'],
    ['traefik.access.other', 'fields that are not known here']
  ]
}

export const traefikCommon: Parser = {
  name: 'traefik-common',
  title: 'Traefik access log (common)',
  input: 'text',
  framing: 'lines',
  recognise: sample => (accessFlavour(sample) === 'traefik' ? 0.95 : 0),
  open: () => commonEvent,
  description: commonDescription
}

export const traefikJson: Parser = {
  name: 'traefik-json',
  title: 'Traefik access log (JSON)',
  input: 'json',
  framing: 'lines',
  recognise: recogniseJson,
  open: () => (_text, json) => jsonEvent(json),
  description: jsonDescription
}

function recogniseJson(sample: Sample): number {
  let good = 0
  for (const json of sample.json)
    if (
      json !== undefined &&
      'RequestMethod' in json &&
      'RequestProtocol' in json &&
      'DownstreamStatus' in json &&
      ('RequestCount' in json || 'StartUTC' in json || 'StartLocal' in json)
    )
      good++
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
