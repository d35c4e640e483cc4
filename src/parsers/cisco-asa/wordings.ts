/**
 * What Cisco's firewalls say, by message number, as wordings (see ../shared/wording.ts). Where a number has several, the first
 * that matches counts. Gaps are named after ECS fields, or `asa.…` for what goes below `cisco.asa` (`cisco.ftd`); `duration`,
 * `verdict`, `mapped source` … are read further in cisco-asa.ts.
 * After "Cisco Secure Firewall ASA Series Syslog Messages" and "Cisco Secure Firewall Threat Defense Syslog Messages".
 */

import { compileWording, Slots, type Wording } from '../shared/wording.ts'

const source = '{asa.source_interface}:{source.address}/{source.port#}'
const destination = '{asa.destination_interface}:{destination.address}/{destination.port#}'
const mappedSource = ' ({mapped source}/{asa.mapped_source_port#})'
const mappedDestination = ' ({mapped destination}/{asa.mapped_destination_port#})'
const listed = (side: string, colour: string, domain: boolean) =>
  `Dynamic {} ${colour}{}d {network.transport} traffic from ${source}${mappedSource} to ${destination}${mappedDestination}` +
  `{}${side} {} resolved from {asa.list_id} list: {${domain ? `${side}.domain` : 'asa.listed_address'}}` +
  '[, threat-level: {asa.threat_level}, category: {asa.threat_category}]'
const flow =
  '{asa.source_interface}/{source.address}({source.port#}){}-> {asa.destination_interface}/{destination.address}({destination.port#})'
const vpnSession = [
  'Group <{source.user.group.name}> User <{source.user.name}> IP <{source.address}>',
  'Group {source.user.group.name.} User {source.user.name.} IP {source.address.}'
]
const webVpnSession = vpnSession.map(session => session.replace('source.user.group.name', 'asa.webvpn.group_name'))
const icmpSide = (side: string) => `{asa.${side}_interface}:{icmp ${side}.}[({${side} user})]`
const icmpError =
  `No matching connection for ICMP error message: {network.transport} src ${icmpSide('source')} dst ${icmpSide('destination')}` +
  ' (type {asa.icmp_type#}, code {asa.icmp_code#}) on {asa.interface_name} interface.[ ][ ]Original IP payload: '
const payload = ' src {source.address.}[/{source.port#}] dst {destination.address.}[/{destination.port#}]'
const localConnection =
  'Local:{source.address}:{source.port#} Remote:{destination.address}:{destination.port#} Username:{user.name}'
const ipaa = (rest: string) => [`IPAA: Session={asa.session_id.}, ${rest}`, `IPAA: ${rest}`]

const wordings: Readonly<Record<string, string | readonly string[]>> = {
  106001:
    '{network.direction} {network.transport} connection denied from {source.address}/{source.port#} to {destination.address}/{destination.port#} flags {asa.tcp_flags} on interface {asa.source_interface}',
  106002:
    '{network.transport} Connection denied by {network.direction} list {asa.list_id} src {source.address} dest {destination.address}',
  106006:
    'Deny {network.direction} {network.transport} from {source.address}/{source.port#} to {destination.address}/{destination.port#} on interface {asa.source_interface}',
  106007:
    'Deny {network.direction} {network.transport} from {source.address}/{source.port#} to {destination.address}/{destination.port#} due to {network.protocol} {event.reason}',
  106010: [
    'Deny {network.direction.} protocol {network.iana_number#} src {asa.source_interface}:{source.address.}[/{source.port#}][ ({source user})] dst {asa.destination_interface}:{destination.address.}[/{destination.port#}]',
    'Deny {network.direction.} {network.transport.} src {asa.source_interface}:{source.address.}[/{source.port#}][ ({source user})] dst {asa.destination_interface}:{destination.address.}[/{destination.port#}]'
  ],
  106012: 'Deny IP from {source.address} to {destination.address}, {event.reason}',
  106013: 'Dropping echo request from {source.address} to PAT address {destination.address}',
  106014:
    'Deny {network.direction.} {network.transport.} src {asa.source_interface}:{source.address.}[ ({source user})] dst {asa.destination_interface}:{destination.address.}[[ ](type {icmp type#}, code {icmp code#})]',
  106015:
    'Deny {network.transport.} ({}) from {source.address}/{source.port#} to {destination.address}/{destination.port#} flags {asa.tcp_flags} on interface {asa.source_interface.}',
  106016: 'Deny IP spoof from ({source.address}) to {destination.address} on interface {asa.source_interface}',
  106017: 'Deny IP due to Land Attack from {source.address} to {destination.address}',
  106018:
    '{network.transport} packet type {asa.icmp_type} denied by {network.direction} list {asa.list_id} src {source.address} dest {destination.address}',
  106020:
    'Deny IP teardrop fragment (size = {asa.fragment_size}, offset = {asa.fragment_offset}) from {source.address} to {destination.address}',
  106021:
    'Deny {network.transport} reverse path check from {source.address} to {destination.address} on interface {asa.source_interface}',
  106022:
    'Deny {network.transport} connection spoof from {source.address} to {destination.address} on interface {asa.source_interface}',
  106023: [
    'Deny protocol {network.iana_number#} src {asa.source_interface}:{source.address.}[/{source.port#}][[ ]({source user})] dst {asa.destination_interface}:{destination.address.}[/{destination.port#}][[ ](type {icmp type#}, code {icmp code#})][[ ]({destination user})]{} by access-group "{asa.list_id}"',
    'Deny {network.transport.} src {asa.source_interface}:{source.address.}[/{source.port#}][[ ]({source user})] dst {asa.destination_interface}:{destination.address.}[/{destination.port#}][[ ](type {icmp type#}, code {icmp code#})][ type {icmp type#}, code {icmp code#},][[ ]({destination user})]{}by access-group "{asa.list_id}"'
  ],
  106027: '{} Deny src {source.address} dst {destination.address} by access-group "{asa.list_id}"',
  106100: `access-list {asa.list_id} {verdict} {network.transport} ${flow}`,
  106102: `access-list {asa.list_id} {verdict} {network.transport} for user {user.name} ${flow}`,
  106103: `access-list {asa.list_id} denied {network.transport} for user {user.name} ${flow}`,
  110002:
    '{event.reason} for {network.transport} from {asa.source_interface}:{source.address}/{source.port#} to {destination.address}/{destination.port#}',
  111004: '{source.address} end configuration: {verdict}',
  111007: 'Begin configuration: {source.address} {asa.configuration_source}',
  111009: "User '{server.user.name}' executed {}: {asa.command_line_arguments}",
  111010:
    "User '{server.user.name}', running {asa.application} from IP {source.address}, executed {asa.command_line_arguments}",
  113004: 'AAA user {asa.aaa_type} Successful[ ]: server =[ ][ ]{destination.address.} {}ser = {source.user.name}',
  113005:
    'AAA user {asa.aaa_kind} Rejected[ ]: reason = {rejection}: server = {destination.address.}[ ]: user ={source.user.name}: user IP = {source.address}',
  113008: 'AAA transaction status ACCEPT[ ]: user = {source.user.name}',
  113009: 'AAA retrieved default group policy {asa.group_policy} for user {source.user.name}',
  113012: 'AAA user authentication Successful[ ]: local database[ ]: {}ser = {source.user.name}',
  113015:
    'AAA user authentication Rejected[ ]: reason = {rejection}: local database[ ]: {}ser ={source.user.name}: {}ser IP = {source.address}',
  113019:
    'Group = {source.user.group.name}, Username = {source.user.name}, IP = {destination.address}, Session disconnected. Session Type: {asa.session_type}, Duration: {duration}, Bytes xmt: {source.bytes#}, Bytes rcv: {destination.bytes#}, Reason: {event.reason}',
  113021: 'Attempted console login failed. User {source.user.name} did NOT have appropriate Admin Rights.',
  113022: 'AAA Marking {network.protocol} server {destination.address} in aaa-server group {asa.server_group}',
  113023: 'AAA Marking {network.protocol} server {destination.address} in aaa-server group {asa.server_group}',
  113040: [
    'Group <{source.user.group.name}> User <{source.user.name}> IP <{source.address}> Terminating the VPN connection attempt from <{asa.tunnel_group}>. Reason: {event.reason}',
    'Terminating the VPN connection attempt from {source.user.group.name}. Reason: {event.reason}'
  ],
  302010: '{asa.connections_in_use#} in use, {asa.connections_most_used#} most used',
  302013: [
    `Built inbound {network.transport} connection {asa.connection_id#} for ${source}${mappedSource}[({source user})] to ${destination}${mappedDestination}[({destination user})][ ({asa.termination_user})]`,
    `Built outbound {network.transport} connection {asa.connection_id#} for ${destination}${mappedDestination}[({source user})] to ${source}${mappedSource}[({destination user})][ ({asa.termination_user})]`
  ],
  302014: `Teardown {network.transport.} [state-bypass ]connection {asa.connection_id.} [for ][from ]${source}{source tail} to ${destination}{destination tail}duration {duration.} bytes {network.bytes#}{end}`,
  302020:
    'Built {network.direction.} {network.type.} connection for faddr {faddr}/{asa.icmp_id#}[[ ]({destination user})] gaddr {gaddr}/{gaddr id#} laddr {laddr}/{laddr id#}[[ ]({source user})][ type {asa.icmp_type#} code {asa.icmp_code#}]',
  302021:
    'Teardown {network.transport.} connection for faddr {faddr}/{asa.icmp_id#}[[ ]({destination user})] gaddr {gaddr}/{gaddr id#} laddr {laddr}/{laddr id#}[[ ]({source user})][ type {asa.icmp_type#} code {asa.icmp_code#}]',
  302022: [
    `Built {asa.stub_type} stub {network.transport} connection for ${source} ({asa.mapped_source}) to ${destination} ({asa.mapped_destination})`
  ],
  302023: `Teardown stub {network.transport} connection for ${source} to ${destination} duration {duration.} forwarded bytes {network.bytes#} {event.reason}`,
  303002: `{network.protocol} connection from ${source} to {asa.destination_interface}:{destination.address}/{destination.port#}, user {client.user.name.} {asa.ftp_action.} file {file.path}`,
  304001: '{url client.} Accessed {}URL {url server}:{url.original}',
  304002:
    'Access denied URL {url.original} SRC {source.address.} {}EST {destination.address} on interface {asa.source_interface}',
  305011:
    'Built {asa.translation_type.} {network.transport.} translation from {asa.source_interface}:{source.address}/{source.port#}[({source.user.name})] to {asa.destination_interface}:{destination.address}/{destination.port#}',
  305012:
    'Teardown {asa.translation_type.} {network.transport.} translation from {asa.source_interface}:{source.address}/{source.port#}[[ ]({translation user})] to {asa.destination_interface}:{destination.address}/{destination.port#} duration {duration}',
  313001:
    'Denied {network.transport} type={asa.icmp_type#}, code={asa.icmp_code#} from {source.address} on interface {asa.source_interface}',
  313004:
    'Denied {network.transport} type={asa.icmp_type#}, from {}addr {source.address} on interface {asa.source_interface} to {destination.address}: no matching session',
  313005: [
    `${icmpError}protocol {asa.original_iana_number#}${payload}`,
    `${icmpError}<unknown>`,
    `${icmpError}{input.type.}${payload}`
  ],
  313008:
    'Denied {network.transport} type={asa.icmp_type#}, code={asa.icmp_code#} from {source.address} on interface {asa.source_interface}',
  313009: `Denied invalid {network.transport} code {asa.icmp_code}, for ${source}${mappedSource} to ${destination}${mappedDestination}`,
  315011:
    'SSH session from {source ip} on interface {asa.source_interface} for user {source.user.name} disconnected by SSH server, reason: {event.reason}',
  322001: 'Deny MAC address {source.mac}, possible spoof attempt on interface {asa.source_interface}',
  338001: listed('source', 'black', true),
  338002: listed('destination', 'black', true),
  338003: listed('source', 'black', false),
  338004: listed('destination', 'black', false),
  338005: listed('source', 'black', true),
  338006: listed('destination', 'black', true),
  338007: listed('source', 'black', false),
  338008: listed('destination', 'black', false),
  338101: listed('source', 'white', true),
  338102: listed('destination', 'white', true),
  338103: listed('source', 'white', false),
  338104: listed('destination', 'white', false),
  338201: listed('source', 'grey', true),
  338202: listed('destination', 'grey', true),
  338203: listed('source', 'grey', true),
  338204: listed('destination', 'grey', true),
  338301: `Intercepted DNS reply for domain {source.domain} from ${source} to {asa.destination_interface}:{destination.address}/{destination.port#}, matched {asa.list_id}`,
  419002:
    '{event.reason} from {asa.source_interface}:{source.address}/{source.port#} to {asa.destination_interface}:{destination.address}/{destination.port#} {more reason}',
  425005: 'Interface {asa.interface_name} become active in redundant interface {asa.redundant_interface_name}',
  434002: `SFR requested to drop {network.transport} packet from ${source} to ${destination}`,
  434004: `SFR requested {} to bypass further packet redirection and process {network.transport} flow from ${source} to ${destination} locally`,
  502103: 'User priv level changed: Uname: {server.user.name} From: {asa.privilege.old} To: {asa.privilege.new}',
  507003: `{network.transport} flow from ${source} to ${destination} terminated by inspection engine, reason - {asa.termination_reason}`,
  602303:
    '{network.type}: An {network.direction} {asa.tunnel_type} SA (SPI= {asa.spi}) between {source.address} and {destination.address} (user= {user.name}) has been ',
  605004: [
    'Login {} from {source.address}/{source.port#} to {asa.destination_interface}:{destination.address}/{network.protocol} for user "{source.user.name}"',
    'Login {} from serial to console for user "{source.user.name}"'
  ],
  607001:
    'Pre-allocate SIP {asa.connection_type} secondary channel for {asa.destination_interface}:{destination.address}/{destination.port#} to {asa.source_interface}:{source.address} from {asa.message} message',
  609001: 'Built local-host {asa.source_interface}:{source.address}',
  609002: 'Teardown local-host {asa.source_interface}:{source.address} duration {duration}',
  611101: 'User authentication {}: IP address: {source.address}, Uname: {server.user.name}',
  611103: 'User logged out: Uname: {user.name}',
  710003:
    '{network.transport} access denied by ACL from {source.address}/{source.port#} to {asa.destination_interface}:{destination.address}/{destination.port#}',
  710005:
    '{network.transport} request discarded from {source.address}/{source.port#} to {asa.destination_interface}:{destination.address}/{destination.port#}',
  713049: [
    'Group = {asa.tunnel_group}, Username = {user.name}, IP = {source.address}, Security negotiation complete',
    'Group = {asa.tunnel_group}, IP = {source.address}, Security negotiation complete'
  ],
  713120: 'Group = {asa.tunnel_group}, IP = {source.address}, {event.reason} (msgid={event.id})',
  713901: [
    'Group = {asa.tunnel_group}, IP = {source.address.}, {event.reason}',
    'Group = {asa.tunnel_group}, {event.reason}',
    'IP = {source.address.}, {event.reason}',
    '{event.reason}'
  ],
  713202: 'IP = {source.address}, {event.reason}. {} packet.',
  716002: webVpnSession.map(session => `${session} WebVPN session terminated: {reason with stop}`),
  716003: webVpnSession.map(session => `${session} WebVPN access GRANTED: {quoted url}`),
  716039: [
    'Authentication: rejected, group = {source.user.group.name.} user = {source.user.name.} , Session Type: {session type.}',
    'Group <{source.user.group.name}> User <{source.user.name}> IP <{source.address}> Authentication: rejected, Session Type: {session type.}'
  ],
  716058: webVpnSession,
  716059: [
    'Group <{asa.webvpn.group_name}> User[ <{source.user.name}>] IP <{destination.address}> AnyConnect session {} from [IP ]<{source.address}>',
    'Group {asa.webvpn.group_name.} User[ {source.user.name.}] IP {destination.address.} AnyConnect session {} from [IP ]{resumed from.}'
  ],
  721016: '({asa.device_type}) WebVPN session for client user {source.user.name}, IP{} {destination ip.} has been ',
  722033: vpnSession.map(session => `${session} {event.reason}`),
  722055: vpnSession.map(session => `${session} Client Type: {user_agent.original}`),
  725001: [
    `Starting SSL handshake with {asa.peer_type.} ${source} to {destination.address.}/{destination.port#} for {tls version.}`,
    `Starting SSL handshake with {asa.peer_type.} ${source} for {tls version.}`
  ],
  725002: [
    `Device completed SSL handshake with {asa.peer_type.} ${source} to {destination.address.}/{destination.port#} for {tls version.}`,
    `Device completed SSL handshake with {asa.peer_type.} ${source} for {tls version.}`
  ],
  725007: `SSL session with {asa.peer_type.} ${source} to {destination.address.}/{destination.port#} terminated`,
  725016: `Device selects trust-point {asa.trustpoint} for {asa.peer_type.} ${source} to {destination.address.}/{destination.port#}`,
  733100:
    '\\[{burst object}\\] drop {asa.burst.id.} exceeded. Current burst rate is {asa.burst.current_rate} per second, max configured rate is {asa.burst.configured_rate}; Current average rate is {asa.burst.avg_rate} per second, max configured rate is {asa.burst.configured_avg_rate}; Cumulative total count is {asa.burst.cumulative_count#}',
  734001:
    'DAP: User {user.email}, Addr {source.address}, Connection {asa.connection_type}: The following DAP records were selected for this connection: {dap records}',
  737003: ipaa('DHCP configured, no viable servers found for tunnel-group {asa.tunnel_group.}'),
  737006: ipaa('Local pool request succeeded for tunnel-group {asa.tunnel_group.}'),
  737016: ipaa('Freeing local pool {asa.pool_name.} address {asa.pool_address.}'),
  737026: ipaa('Client assigned {asa.pool_address.} from local pool {asa.pool_name.}'),
  737034: ipaa('{event.reason}'),
  750002: `${localConnection} {event.reason}`,
  751025:
    'Local:{source.address}:{source.port#} Remote:{destination.address}:{destination.port#} Username:{user.name} Group:{asa.tunnel_group} IPv4 Address={asa.assigned_ip}[ IPv6 address={asa.assigned_ipv6}] assigned to session',
  717022:
    'Certificate was successfully validated. serial number: {asa.certificate.serial_number}, subject name: {asa.certificate.subject_name}',
  746012: 'user-identity: {} IP-User mapping {source.address} - {source.user.name} {operation} - {event.reason}',
  805001: `Offloaded {network.transport} Flow for connection {asa.connection_id} from ${source}${mappedSource} to ${destination}${mappedDestination}`,
  805002: `{network.transport} Flow is no longer offloaded for connection {asa.connection_id} from ${source}${mappedSource} to ${destination}${mappedDestination}`
}

/** Numbers that are worded as another one. */
const likewise: Readonly<Record<string, string>> = {
  302015: '302013',
  302016: '302014',
  302018: '302014',
  302036: '302014',
  302304: '302014',
  302306: '302014',
  302024: '302022',
  302026: '302022',
  302025: '302023',
  302027: '302023',
  602304: '602303',
  605005: '605004',
  611102: '611101',
  710006: '710005',
  713902: '713901',
  713903: '713901',
  713904: '713901',
  713905: '713901',
  713906: '713901',
  721018: '721016',
  722011: '722033',
  722022: '722033',
  722023: '722033',
  722028: '722033',
  722032: '722033',
  722034: '722033',
  722037: '722033',
  722051: '722033',
  746013: '746012',
  750003: '750002'
}

export const slots = new Slots()

const compiled = new Map<string, readonly Wording[]>()
for (const [number, text] of Object.entries(wordings))
  compiled.set(
    number,
    (typeof text === 'string' ? [text] : text).map(one => compileWording(one, slots))
  )
for (const [number, other] of Object.entries(likewise)) compiled.set(number, compiled.get(other)!)
const group = vpnSession.map(one => compileWording(one, slots))
for (let number = 113029; number <= 113039; number++) compiled.set(String(number), group)

export function wordingsOf(number: string): readonly Wording[] | undefined {
  return compiled.get(number)
}

/** Places of the values that go into ECS fields. */
export const ecs = {
  sourceAddress: slots.place('source.address'),
  sourcePort: slots.place('source.port'),
  sourceDomain: slots.place('source.domain'),
  sourceMac: slots.place('source.mac'),
  sourceBytes: slots.place('source.bytes'),
  sourceUser: slots.place('source.user.name'),
  sourceGroup: slots.place('source.user.group.name'),
  destinationAddress: slots.place('destination.address'),
  destinationPort: slots.place('destination.port'),
  destinationDomain: slots.place('destination.domain'),
  destinationBytes: slots.place('destination.bytes'),
  clientUser: slots.place('client.user.name'),
  serverUser: slots.place('server.user.name'),
  userName: slots.place('user.name'),
  userEmail: slots.place('user.email'),
  userAgent: slots.place('user_agent.original'),
  transport: slots.place('network.transport'),
  ianaNumber: slots.place('network.iana_number'),
  protocol: slots.place('network.protocol'),
  networkType: slots.place('network.type'),
  networkBytes: slots.place('network.bytes'),
  direction: slots.place('network.direction'),
  reason: slots.place('event.reason'),
  eventId: slots.place('event.id'),
  urlOriginal: slots.place('url.original'),
  filePath: slots.place('file.path'),
  inputType: slots.place('input.type'),
  ingress: slots.place('asa.source_interface'),
  egress: slots.place('asa.destination_interface'),
  connectionType: slots.place('asa.connection_type'),
  sessionType: slots.place('asa.session_type'),
  terminationUser: slots.place('asa.termination_user'),
  terminationInitiator: slots.place('asa.termination_initiator'),
  assignedIp: slots.place('asa.assigned_ip'),
  burstObject: slots.place('asa.burst.object'),
  rejection: slots.place('rejection'),
  rejectionReason: slots.place('asa.rejection_reason'),
  icmpUserDomain: slots.place('icmp user domain'),
  icmpUserName: slots.place('icmp user name')
}

/** The places of what goes below the product's own name, once, by name. */
export const ownSlots = slots
  .names()
  .filter(name => name.startsWith('asa.'))
  .map(name => {
    const [first, second] = name.slice(4).split('.')
    return second === undefined
      ? { place: slots.place(name), group: undefined, name: first! }
      : { place: slots.place(name), group: first, name: second }
  })
