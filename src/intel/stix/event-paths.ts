/** Where events have what STIX's object paths name. A path that is not here cannot be matched on events. */

import { fieldsFor } from '../event-fields.ts'
import type { IndicatorType } from '../indicator.ts'
import { type ObjectPath, pathText } from './pattern.ts'

export type EventPath = {
  readonly fields: readonly string[]
  /** Equality on such a path alone makes an indicator of this type. */
  readonly plain?: IndicatorType
}

const hashes = (object: string, names: Readonly<Record<string, IndicatorType>>): [string, EventPath][] =>
  Object.entries(names).map(([name, type]) => [`${object}.hashes.${name}`, { fields: fieldsFor(type), plain: type }])
const fields = (names: string): EventPath => ({ fields: names.split(' ') })

const addresses: EventPath = {
  fields: fieldsFor('ip').filter(field => !field.startsWith('url.') && !field.startsWith('http.')),
  plain: 'ip'
}
const hashNames = { MD5: 'md5', SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512' } as const

/** By the path's text without `[*]` and places in lists, hashes' names without hyphens and in capitals. */
const paths = new Map<string, EventPath>([
  ['ipv4-addr:value', addresses],
  ['ipv6-addr:value', addresses],
  [
    'domain-name:value',
    {
      fields: fieldsFor('domain').filter(
        field =>
          field !== 'url.full' &&
          field !== 'url.original' &&
          field !== 'http.request.referrer' &&
          !field.startsWith('email.')
      ),
      plain: 'domain'
    }
  ],
  ['domain-name:resolves_to_refs.value', fields('dns.resolved_ip dns.answers.data')],
  ['url:value', { fields: fieldsFor('url'), plain: 'url' }],
  ['email-addr:value', { fields: fieldsFor('email'), plain: 'email' }],
  ['email-message:from_ref.value', fields('email.from.address')],
  ['email-message:sender_ref.value', fields('email.sender.address')],
  ['email-message:to_refs.value', fields('email.to.address')],
  ['email-message:cc_refs.value', fields('email.cc.address')],
  ['email-message:bcc_refs.value', fields('email.bcc.address')],
  ['email-message:subject', fields('email.subject')],
  ['email-message:message_id', fields('email.message_id')],
  ['email-message:body_multipart.body_raw_ref.name', fields('email.attachments.file.name')],
  ['file:name', fields('file.name process.name dll.name email.attachments.file.name')],
  ['file:size', fields('file.size')],
  ['file:mime_type', fields('file.mime_type http.response.mime_type')],
  ['file:created', fields('file.created')],
  ['file:modified', fields('file.mtime')],
  ['file:parent_directory_ref.path', fields('file.directory')],
  ['file:x_path', fields('file.path')],
  ['directory:path', fields('file.directory')],
  ...hashes('file:', hashNames).map(([path, to]): [string, EventPath] => [path.replace(':.', ':'), to]),
  ...hashes('x509-certificate:', { SHA1: 'sha1', SHA256: 'sha256' }).map(([path, to]): [string, EventPath] => [
    path.replace(':.', ':'),
    to
  ]),
  ['artifact:hashes.MD5', { fields: fieldsFor('md5'), plain: 'md5' }],
  ['artifact:hashes.SHA1', { fields: fieldsFor('sha1'), plain: 'sha1' }],
  ['artifact:hashes.SHA256', { fields: fieldsFor('sha256'), plain: 'sha256' }],
  ['x509-certificate:serial_number', fields('tls.server.x509.serial_number')],
  ['x509-certificate:subject', fields('tls.server.subject')],
  ['x509-certificate:issuer', fields('tls.server.issuer')],
  ['process:name', fields('process.name')],
  ['process:command_line', fields('process.command_line')],
  ['process:pid', fields('process.pid')],
  ['process:cwd', fields('process.working_directory')],
  ['process:image_ref.name', fields('process.name')],
  ['process:image_ref.parent_directory_ref.path', fields('file.directory')],
  ['process:binary_ref.name', fields('process.name')],
  ['process:parent_ref.name', fields('process.parent.name')],
  ['process:parent_ref.command_line', fields('process.parent.command_line')],
  ['process:parent_ref.image_ref.name', fields('process.parent.name')],
  ['process:creator_user_ref.account_login', fields('user.name')],
  ['user-account:user_id', fields('user.id user.name')],
  ['user-account:account_login', fields('user.name')],
  ['user-account:display_name', fields('user.full_name user.name')],
  ['windows-registry-key:key', fields('registry.key registry.path')],
  ['windows-registry-key:values.name', fields('registry.value')],
  ['windows-registry-key:values.data', fields('registry.data.strings')],
  ['autonomous-system:number', fields('source.as.number destination.as.number')],
  ['autonomous-system:name', fields('source.as.organization.name destination.as.organization.name')],
  ['mac-addr:value', fields('source.mac destination.mac host.mac')],
  ['network-traffic:src_ref.value', { ...fields('source.ip source.domain'), plain: 'ip' }],
  [
    'network-traffic:dst_ref.value',
    { ...fields('destination.ip destination.domain url.domain tls.client.server_name'), plain: 'ip' }
  ],
  ['network-traffic:src_port', fields('source.port')],
  ['network-traffic:dst_port', fields('destination.port')],
  ['network-traffic:protocols', fields('network.transport network.protocol network.type')],
  ['network-traffic:src_byte_count', fields('source.bytes')],
  ['network-traffic:dst_byte_count', fields('destination.bytes')],
  ['network-traffic:src_packets', fields('source.packets')],
  ['network-traffic:dst_packets', fields('destination.packets')],
  ['network-traffic:start', fields('event.start @timestamp')],
  ['network-traffic:end', fields('event.end')],
  ["network-traffic:extensions.'http-request-ext'.request_method", fields('http.request.method')],
  ["network-traffic:extensions.'http-request-ext'.request_value", fields('url.original url.path')],
  ["network-traffic:extensions.'http-request-ext'.request_version", fields('http.version')],
  [
    "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
    { fields: ['user_agent.original'], plain: 'user-agent' }
  ],
  ["network-traffic:extensions.'http-request-ext'.request_header.Host", fields('url.domain destination.domain')],
  ["network-traffic:extensions.'http-request-ext'.request_header.Referer", fields('http.request.referrer')],
  // STIX has no words for these: our own, in which we publish them (`to-stix.ts`).
  ['network-traffic:x_ja3', { fields: fieldsFor('ja3'), plain: 'ja3' }],
  ['network-traffic:x_ja3s', { fields: fieldsFor('ja3s'), plain: 'ja3s' }],
  ['network-traffic:x_ja4', { fields: fieldsFor('ja4'), plain: 'ja4' }],
  ['software:name', fields('package.name')],
  ['software:version', fields('package.version')]
])

/** What some tools write for the same. */
const otherTypes: Readonly<Record<string, string>> = {
  ipv4addr: 'ipv4-addr',
  ipv6addr: 'ipv6-addr',
  emailaddr: 'email-addr',
  'win-registry-key': 'windows-registry-key'
}

export function eventPath(path: ObjectPath): EventPath | undefined {
  const steps = path.steps.filter(step => typeof step === 'string')
  const last = steps.at(-1)
  if (steps.at(-2) === 'hashes') steps[steps.length - 1] = last!.toUpperCase().replaceAll('-', '')
  return paths.get(pathText({ type: otherTypes[path.type] ?? path.type, steps }))
}
