/**
 * Which fields have a column of their own in the store, and of which type. All other fields live in the column `fields`
 * (a map from field name to text). The encoder, the schema, and both compilers of the filter read this one list.
 *
 * A column's name is the field's with dots as underscores (`source.ip` → `source_ip`; `@timestamp` → `timestamp`).
 * A column holds its type's default (0, '', ::, []) where the field is absent. A field that is present *with* the default value
 * (`source.bytes: 0`), or with a value that the column cannot hold exactly (`source.port: "n/a"`), is put into `fields` as well:
 * so presence is never in doubt and no column needs to be Nullable.
 */

export type ColumnType =
  | 'time' // DateTime64(6, 'UTC')
  | 'word' // LowCardinality(String): few distinct values
  | 'text' // String: many distinct values
  | 'ip' // IPv6, IPv4 mapped
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64' // whole numbers up to 2^53
  | 'words' // Array(LowCardinality(String)), multi-valued

export type Column = {
  readonly field: string
  /** What queries call it. */
  readonly name: string
  /** What is stored: another name for computed fields, whose `name` is an expression over this and others. */
  readonly stored: string
  readonly type: ColumnType
}

/**
 * Fields that mostly follow from others of the same event: then they are not stored but computed when somebody looks. The row's `shape`
 * holds `repeatMark(field)` where that is so. `duration`: `event.end` − `event.start` in whole milliseconds, given in nanoseconds; `bytes`, `packets`: the
 * source's and the destination's together.
 */
export const computedFields: ReadonlyMap<string, 'duration' | 'bytes' | 'packets'> = new Map([
  ['event.duration', 'duration'],
  ['network.bytes', 'bytes'],
  ['network.packets', 'packets']
])

const list: readonly (readonly [ColumnType, string])[] = [
  ['time', '@timestamp event.start event.end event.created'],
  ['word', 'picket.source picket.format picket.kind'],
  ['word', 'event.module event.dataset event.kind event.action event.outcome event.provider event.code log.level'],
  ['words', 'event.category event.type tags'],
  ['u8', 'picket.undated'],
  ['u16', 'event.severity'],
  ['u64', 'event.duration'],
  ['text', 'message event.reason error.message'],
  ['word', 'host.name host.hostname observer.vendor observer.product observer.type observer.name'],
  ['word', 'observer.ingress.interface.name agent.name service.name'],
  ['ip', 'source.ip destination.ip'],
  ['u16', 'source.port destination.port'],
  ['u64', 'source.bytes source.packets destination.bytes destination.packets network.bytes network.packets'],
  ['word', 'source.domain destination.domain'],
  [
    'word',
    'source.mac destination.mac network.transport network.protocol network.type network.direction network.iana_number'
  ],
  ['word', 'network.application network.vlan.id'],
  ['text', 'user.name user.id'],
  ['word', 'user.domain user.effective.name user.target.name group.name'],
  ['word', 'process.name process.executable process.parent.name'],
  ['text', 'process.command_line process.parent.command_line'],
  ['u32', 'process.pid'],
  ['text', 'file.path file.name file.hash.md5 file.hash.sha1 file.hash.sha256'],
  ['u64', 'file.size'],
  ['text', 'url.original url.domain url.path url.query url.full http.request.referrer user_agent.original'],
  ['word', 'url.scheme url.extension http.request.method http.version http.response.mime_type'],
  ['u16', 'http.response.status_code'],
  ['u64', 'http.response.body.bytes http.request.body.bytes'],
  [
    'word',
    'user_agent.name user_agent.version user_agent.device.name user_agent.os.name user_agent.os.version user_agent.os.full'
  ],
  ['text', 'dns.question.name dns.question.subdomain'],
  ['word', 'dns.question.registered_domain'],
  ['word', 'dns.question.type dns.question.class dns.question.top_level_domain dns.response_code dns.type'],
  ['u16', 'dns.id suricata.eve.dns.id'],
  ['words', 'dns.answers.data dns.answers.name dns.answers.type dns.answers.ttl dns.resolved_ip dns.header_flags'],
  ['words', 'suricata.eve.dns.grouped.A suricata.eve.dns.grouped.AAAA suricata.eve.dns.grouped.CNAME'],
  ['text', 'suricata.eve.dns.rrname'],
  [
    'word',
    'suricata.eve.dns.type suricata.eve.dns.rrtype suricata.eve.dns.rcode suricata.eve.dns.opcode suricata.eve.dns.tx_id'
  ],
  [
    'word',
    'suricata.eve.dns.flags suricata.eve.dns.version suricata.eve.dns.qr suricata.eve.dns.rd suricata.eve.dns.ra'
  ],
  [
    'word',
    'tls.client.server_name tls.client.ja3 tls.client.ja3_string tls.server.ja3s tls.server.hash.sha1 tls.client.ja4'
  ],
  ['word', 'tls.server.subject tls.server.issuer tls.server.x509.serial_number tls.server.x509.subject.common_name'],
  ['word', 'tls.server.x509.issuer.common_name tls.server.x509.issuer.organization tls.server.x509.issuer.country'],
  ['word', 'suricata.eve.tls.sni suricata.eve.tls.subject suricata.eve.tls.issuerdn suricata.eve.tls.serial'],
  [
    'word',
    'suricata.eve.tls.fingerprint suricata.eve.tls.version suricata.eve.tls.notbefore suricata.eve.tls.notafter'
  ],
  [
    'word',
    'suricata.eve.tls.ja3.hash suricata.eve.tls.ja3.string suricata.eve.tls.ja3s.hash suricata.eve.tls.ja3s.string'
  ],
  [
    'word',
    'suricata.eve.flow.alerted suricata.eve.tcp.tcp_flags suricata.eve.tcp.tcp_flags_ts suricata.eve.tcp.tcp_flags_tc'
  ],
  ['word', 'suricata.eve.tcp.syn suricata.eve.tcp.fin suricata.eve.tcp.rst suricata.eve.tcp.psh suricata.eve.tcp.ack'],
  ['word', 'suricata.eve.tcp.state suricata.eve.tcp.ts_max_regions suricata.eve.tcp.tc_max_regions'],
  [
    'word',
    'suricata.eve.fileinfo.state suricata.eve.fileinfo.gaps suricata.eve.fileinfo.stored suricata.eve.fileinfo.tx_id'
  ],
  ['word', 'suricata.eve.direction suricata.eve.pkt_src suricata.eve.anomaly.type suricata.eve.anomaly.event'],
  ['word', 'suricata.eve.ssh.client.software_version suricata.eve.ssh.server.software_version'],
  ['word', 'suricata.eve.ssh.client.proto_version suricata.eve.ssh.server.proto_version'],
  ['word', 'tls.version tls.version_protocol tls.cipher tls.next_protocol tls.curve'],
  ['time', 'tls.server.not_before tls.server.not_after tls.server.x509.not_before tls.server.x509.not_after'],
  ['word', 'rule.id rule.name rule.category rule.ruleset threat.technique.id threat.tactic.id'],
  ['word', 'cloud.provider cloud.account.id cloud.region cloud.availability_zone cloud.instance.id'],
  ['word', 'suricata.eve.event_type suricata.eve.in_iface suricata.eve.alert.category suricata.eve.alert.signature'],
  [
    'word',
    'suricata.eve.http.http_content_type suricata.eve.http.protocol suricata.eve.flow.state suricata.eve.flow.reason'
  ],
  ['u64', 'suricata.eve.flow_id'],
  [
    'u32',
    'suricata.eve.tx_id suricata.eve.alert.signature_id suricata.eve.alert.gid suricata.eve.alert.rev suricata.eve.flow.age'
  ],
  ['u32', 'suricata.eve.pcap_cnt'],
  ['text', 'zeek.session_id'],
  ['word', 'zeek.connection.state zeek.connection.state_message zeek.connection.history'],
  [
    'word',
    'aws.vpcflow.account_id aws.vpcflow.action aws.vpcflow.interface_id aws.vpcflow.log_status aws.vpcflow.version'
  ],
  ['word', 'aws.vpcflow.vpc_id aws.vpcflow.subnet_id aws.vpcflow.instance_id aws.vpcflow.type aws.vpcflow.tcp_flags'],
  ['word', 'aws.vpcflow.pkt_src_service aws.vpcflow.pkt_dst_service aws.vpcflow.traffic_path'],
  [
    'word',
    'aws.cloudtrail.event_type aws.cloudtrail.event_version aws.cloudtrail.recipient_account_id aws.cloudtrail.user_identity.type'
  ],
  ['text', 'aws.cloudtrail.request_id aws.cloudtrail.user_identity.arn aws.cloudtrail.user_identity.access_key_id'],
  ['text', 'aws.cloudtrail.request_parameters aws.cloudtrail.response_elements'],
  ['word', 'system.auth.ssh.event system.auth.ssh.method log.syslog.facility.name log.syslog.severity.name']
]

export const columns: readonly Column[] = list.flatMap(([type, fields]) =>
  fields.split(' ').map(field => {
    const name = field.replace(/^@/, '').replaceAll('.', '_')
    return { field, type, name, stored: computedFields.has(field) ? `${name}_given` : name }
  })
)

const byField = new Map(columns.map(column => [column.field, column]))

export function columnOf(field: string): Column | undefined {
  return byField.get(field)
}

/** A bare word is looked for in these, token by token (tokens are runs of letters and digits), without regard to case … */
export const textFields: readonly string[] = [
  'message',
  'event.action',
  'error.message',
  'rule.name',
  'url.original',
  'dns.question.name',
  'tls.client.server_name',
  'user_agent.original',
  'user.name',
  'host.name',
  'host.hostname',
  'process.name',
  'process.command_line',
  'file.path',
  'file.name'
]

/**
 * … and, as a whole value, in these (`related.*` finds them too) and in every field without a column.
 * The pivot on an address, a name or a hash is one index look-up.
 */
export const pivotFields: readonly string[] = [
  'source.ip',
  'destination.ip',
  'source.domain',
  'destination.domain',
  'host.name',
  'host.hostname',
  'user.name',
  'url.domain',
  'dns.question.name',
  'dns.resolved_ip',
  'tls.client.server_name',
  'tls.client.ja3',
  'tls.server.hash.sha1',
  'file.hash.md5',
  'file.hash.sha1',
  'file.hash.sha256'
]

/** Not stored: these repeat values that are stored elsewhere, and are found through the pivot index. */
export const relatedFields: readonly string[] = ['related.ip', 'related.hosts', 'related.user', 'related.hash']

/**
 * Fields whose value mostly is that of another one (Elastic's mappings keep both): where it is, they are not stored but refer to it.
 * The row's `shape` then holds `repeatMark(field)`, by which a search knows that the other column speaks for this field too.
 */
export const repeatedFields: ReadonlyMap<string, string> = new Map([
  ['suricata.eve.dns.rrname', 'dns.question.name'],
  ['suricata.eve.dns.id', 'dns.id'],
  ['suricata.eve.dns.grouped.A', 'dns.answers.data'],
  ['suricata.eve.dns.grouped.AAAA', 'dns.answers.data'],
  ['suricata.eve.tls.sni', 'tls.client.server_name'],
  ['suricata.eve.tls.subject', 'tls.server.subject'],
  ['suricata.eve.tls.issuerdn', 'tls.server.issuer'],
  ['suricata.eve.tls.ja3.hash', 'tls.client.ja3'],
  ['suricata.eve.tls.ja3s.hash', 'tls.server.ja3s'],
  ['tls.server.x509.subject.common_name', 'tls.client.server_name'],
  ['url.domain', 'destination.domain'],
  ['url.path', 'url.original'],
  ['file.path', 'url.original'],
  ['suricata.eve.flow.start', 'event.start'],
  ['suricata.eve.flow.end', 'event.end'],
  ['suricata.eve.netflow.start', 'event.start'],
  ['suricata.eve.netflow.end', 'event.end']
])

/**
 * Word columns of the table's order. Equality disregards case, which would keep the engine from using the order; so the store notes whether
 * a value of theirs ever had capitals, as it notes which fields have values in the map: under `capitalsMark(field)`.
 */
export const orderFields: readonly string[] = ['event.dataset', 'picket.kind']

export function capitalsMark(field: string): string {
  return `${field} with capitals`
}

export function repeatMark(field: string): string {
  return `\x04${field}\x04`
}
