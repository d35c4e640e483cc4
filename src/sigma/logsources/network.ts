/** Sensors, firewalls, web servers, proxies, name servers and network devices. */

import { snake } from '../../parsers/shared/draft.ts'
import { fieldTable, type Meaning } from './meaning.ts'

const endpoints = `
  src_ip     source.ip
  source_ip  source.ip
  srcip      source.ip
  src_port   source.port
  dst_ip     destination.ip
  dest_ip    destination.ip
  dstip      destination.ip
  dst_port   destination.port
  dest_port  destination.port
  proto      network.transport
  protocol   network.transport network.protocol
`

/** The names of the W3C's extended log format. */
const web = fieldTable(`${endpoints}
  c-ip               source.ip
  c-uri              url.original url.full url.path
  cs-uri             url.original url.full url.path
  c-uri-query        url.query url.original
  cs-uri-query       url.query url.original
  c-uri-stem         url.path
  cs-uri-stem        url.path
  c-uri-extension    url.extension
  cs-uri-extension   url.extension
  c-useragent        user_agent.original
  cs-useragent       user_agent.original
  cs-user-agent      user_agent.original
  cs-method          http.request.method
  cs-host            url.domain destination.domain
  r-dns              url.domain destination.domain
  cs-referer         http.request.referrer
  cs-referrer        http.request.referrer
  cs-version         http.version
  cs-username        user.name source.user.name
  cs-cookie          iis.access.cookie http.request.headers.cookie
  cs-content-type    http.request.mime_type
  cs-bytes           http.request.body.bytes source.bytes
  sc-bytes           http.response.body.bytes destination.bytes
  sc-status          http.response.status_code
  s-port             destination.port
  s-ip               destination.ip
  s-computername     host.name
  s-sitename         iis.access.site_name
  c-win32-status     iis.access.win32_status
  sc-substatus       iis.access.sub_status
  dst_ip             destination.ip
`)

const dns = fieldTable(`${endpoints}
  query         dns.question.name
  QueryName     dns.question.name
  record_type   dns.question.type
  answer        dns.answers.data dns.resolved_ip
  answers       dns.answers.data dns.resolved_ip
  parent_domain dns.question.registered_domain
  rcode         dns.response_code
`)

const firewall = fieldTable(`${endpoints}
  action    event.action aws.vpcflow.action
  blocked   event.type
  username  user.name source.user.name
`)

const sensors = '(suricata or zeek)'

const zeekCommon = `${endpoints}
  ts         @timestamp
  uid        zeek.session_id
  id.orig_h  source.ip
  id.orig_p  source.port
  id.resp_h  destination.ip
  id.resp_p  destination.port
  c-uri      url.original
  c-useragent user_agent.original
`

const zeekFields: Readonly<Record<string, string>> = {
  conn: `
    service      network.protocol
    conn_state   zeek.connection.state
    history      zeek.connection.history
    duration     zeek.connection.duration
    orig_bytes   zeek.connection.orig_bytes source.bytes
    resp_bytes   zeek.connection.resp_bytes destination.bytes
    orig_ip_bytes source.bytes
    resp_ip_bytes destination.bytes`,
  dns: `
    query        dns.question.name
    qtype_name   dns.question.type
    qtype        zeek.dns.qtype
    rcode_name   dns.response_code
    rcode        zeek.dns.rcode
    answers      dns.answers.data zeek.dns.answers`,
  http: `
    host         url.domain
    uri          url.original
    method       http.request.method
    status_code  http.response.status_code
    user_agent   user_agent.original
    referrer     http.request.referrer
    request_body_len  http.request.body.bytes
    response_body_len http.response.body.bytes
    resp_mime_types   http.response.mime_type zeek.http.resp_mime_types`,
  ssl: `
    server_name  tls.client.server_name
    ja3          tls.client.ja3
    ja3s         tls.server.ja3s
    subject      tls.server.subject zeek.ssl.subject
    issuer       tls.server.issuer zeek.ssl.issuer
    version      tls.version`,
  x509: `
    certificate.serial  file.x509.serial_number
    certificate.subject file.x509.subject.distinguished_name
    certificate.issuer  file.x509.issuer.distinguished_name`,
  smb_files: `
    action       event.action zeek.smb_files.action
    name         file.name zeek.smb_files.name
    path         file.path zeek.smb_files.path`,
  files: `
    filename     file.name
    md5          file.hash.md5
    sha1         file.hash.sha1
    sha256       file.hash.sha256
    mime_type    file.mime_type`,
  ssh: `
    client       zeek.ssh.client
    server       zeek.ssh.server
    auth_success event.outcome zeek.ssh.auth.success`,
  kerberos: `
    client       zeek.kerberos.client
    cipher       zeek.kerberos.cipher
    error_msg    zeek.kerberos.error.msg`,
  notice: `
    note         rule.name zeek.notice.note
    msg          message zeek.notice.msg`
}

/** Logs by the names of Zeek; the dataset has the same name but for `conn`. */
const zeekLogs =
  'conn dns http ssl x509 files smb_files smb_mapping smb_cmd dce_rpc kerberos ntlm rdp rfb ssh ftp smtp sip snmp socks software notice weird intel dhcp radius ldap ldap_search mysql tunnel irc modbus dnp3 pe ocsp known_hosts known_services known_certs syslog quic'
    .split(' ')
    .map((log): Meaning => {
      const dataset = log === 'conn' ? 'connection' : log
      return {
        when: { product: 'zeek', service: log },
        about: `Zeek's ${log}.log`,
        route: `event.dataset:zeek.${dataset}`,
        fields: fieldTable(zeekCommon + (zeekFields[log] ?? '')),
        rest: field => [`zeek.${dataset}.${field}`]
      }
    })

const suricataFields = fieldTable(`
  timestamp            @timestamp
  event_type           suricata.eve.event_type
  flow_id              suricata.eve.flow_id
  in_iface             suricata.eve.in_iface observer.ingress.interface.name
  src_ip               source.ip
  src_port             source.port
  dest_ip              destination.ip
  dest_port            destination.port
  proto                network.transport
  app_proto            network.protocol suricata.eve.app_proto
  community_id         network.community_id
  vlan                 network.vlan.id
  alert.signature      rule.name suricata.eve.alert.signature
  alert.signature_id   rule.id suricata.eve.alert.signature_id
  alert.category       rule.category suricata.eve.alert.category
  alert.severity       event.severity suricata.eve.alert.severity
  http.hostname        url.domain suricata.eve.http.hostname
  http.url             url.original suricata.eve.http.url
  http.http_user_agent user_agent.original
  http.http_method     http.request.method
  http.http_refer      http.request.referrer
  http.status          http.response.status_code
  http.length          http.response.body.bytes
  http.http_content_type http.response.mime_type suricata.eve.http.http_content_type
  dns.rrname           dns.question.name suricata.eve.dns.rrname
  dns.query            dns.question.name
  dns.rrtype           dns.question.type suricata.eve.dns.rrtype
  dns.rcode            dns.response_code suricata.eve.dns.rcode
  dns.answers.rdata    dns.answers.data
  tls.sni              tls.client.server_name suricata.eve.tls.sni
  tls.subject          tls.server.subject suricata.eve.tls.subject
  tls.issuerdn         tls.server.issuer suricata.eve.tls.issuerdn
  tls.serial           tls.server.x509.serial_number suricata.eve.tls.serial
  tls.fingerprint      tls.server.hash.sha1 suricata.eve.tls.fingerprint
  tls.version          tls.version suricata.eve.tls.version
  tls.ja3.hash         tls.client.ja3 suricata.eve.tls.ja3.hash
  tls.ja3s.hash        tls.server.ja3s suricata.eve.tls.ja3s.hash
  tls.ja4              tls.client.ja4
  flow.bytes_toserver  source.bytes
  flow.bytes_toclient  destination.bytes
  flow.pkts_toserver   source.packets
  flow.pkts_toclient   destination.packets
  fileinfo.filename    file.path suricata.eve.fileinfo.filename
  fileinfo.size        file.size
  fileinfo.md5         file.hash.md5 suricata.eve.fileinfo.md5
  fileinfo.sha1        file.hash.sha1 suricata.eve.fileinfo.sha1
  fileinfo.sha256      file.hash.sha256 suricata.eve.fileinfo.sha256
`)

const inEve = (field: string): readonly string[] => [`suricata.eve.${field}`]

const eventTypes =
  'alert anomaly arp bittorrent_dht dcerpc dhcp dnp3 dns drop enip fileinfo flow ftp ftp_data http http2 ike krb5 ldap mdns mqtt netflow nfs pgsql pop3 quic rdp rfb sip smb smtp snmp ssh stats tftp tls websocket'
    .split(' ')
    .flatMap((type): Meaning[] =>
      (['service', 'category'] as const).map(key => ({
        when: { product: 'suricata', [key]: type },
        about: `Suricata's event_type ${type}`,
        route: `event.module:suricata and suricata.eve.event_type:${type}`,
        fields: suricataFields,
        rest: inEve
      }))
    )

/** A device by the module of its parser; its own fields are under these names. */
const device = (
  product: string | readonly string[],
  module: string,
  about: string,
  prefix: string | undefined,
  fields = ''
): Meaning => ({
  when: { product },
  about,
  route: `event.module:${module}`,
  fields: fieldTable(`${endpoints}${fields}`),
  ...(prefix === undefined ? {} : { rest: (field: string) => [`${prefix}.${field}`, `${prefix}.${snake(field)}`] })
})

export const network: readonly Meaning[] = [
  ...eventTypes,
  {
    when: { product: 'suricata' },
    about: 'Anything of Suricata',
    route: 'event.module:suricata',
    fields: suricataFields,
    rest: inEve
  },
  ...zeekLogs,
  {
    when: { product: 'zeek' },
    about: 'Anything of Zeek',
    route: 'event.module:zeek',
    fields: fieldTable(zeekCommon),
    rest: field => [`zeek.connection.${field}`]
  },
  {
    when: { category: 'webserver' },
    about:
      'Access logs of web servers, of load balancers and reverse proxies before them (Traefik and Envoy, too), and of content networks; HTTP that Suricata or Zeek saw',
    route:
      '(event.category:web or event.module:envoyproxy) and (http.request.method:* or http.response.status_code:*) and not (event.module:squid or (observer.type:proxy and not event.module:traefik))',
    fields: web
  },
  {
    when: { category: 'proxy' },
    about: 'Squid and other proxies; URLs that firewalls log; HTTP that Suricata or Zeek saw',
    route: `event.module:squid or (observer.type:(proxy or firewall) and url.original:*) or (event.module:${sensors} and event.category:web)`,
    fields: web
  },
  {
    when: { category: 'dns' },
    about: 'Queries that name servers log or that Suricata or Zeek saw',
    route: 'dns.question.name:* and not event.provider:"Microsoft-Windows-Sysmon"',
    fields: dns
  },
  {
    when: { category: 'firewall' },
    about: 'Firewalls, packet filters, VPC flow logs',
    route:
      'event.category:network and (observer.type:firewall or event.dataset:(aws.vpcflow or aws.firewall_logs) or event.module:(iptables or cisco_asa or cisco_ftd or cisco_ios or fortinet_fortigate or panw or juniper_srx or sonicwall_firewall or pfsense or mikrotik))',
    fields: firewall
  },
  {
    when: { category: 'network', service: 'connection' },
    about: 'Connections that sensors, firewalls, hosts and clouds tell of',
    route: 'event.category:network and destination.ip:* and not dns.question.name:*',
    fields: fieldTable(`
      network.state   zeek.connection.state suricata.eve.flow.state
      network.history zeek.connection.history
    `)
  },
  {
    when: { category: 'network', service: 'dns' },
    about: 'Queries that name servers log or that Suricata or Zeek saw',
    route: 'dns.question.name:* and not event.provider:"Microsoft-Windows-Sysmon"',
    fields: fieldTable(`
      dns.header.flags  dns.header_flags
      dns.response.code dns.response_code
    `)
  },
  {
    when: { category: 'vpn' },
    about: 'strongSwan, OpenVPN, WireGuard, AWS Site-to-Site VPN, and what FortiGate says of tunnels',
    route:
      'event.module:(strongswan or openvpn or wireguard) or event.dataset:aws.vpn_logs or fortinet.firewall.subtype:vpn',
    fields: fieldTable(endpoints)
  },
  {
    when: { service: 'netflow' },
    about: 'Flows: NetFlow, IPFIX, VPC flow logs, and those that Suricata or Zeek saw',
    route:
      'event.module:netflow or event.dataset:(aws.vpcflow or zeek.connection) or suricata.eve.event_type:(flow or netflow)',
    fields: fieldTable(endpoints)
  },
  device(
    'fortigate',
    'fortinet_fortigate',
    'FortiGate',
    'fortinet.firewall',
    '\n action fortinet.firewall.action event.action'
  ),
  device('fortios', 'fortinet_fortigate', 'FortiOS', 'fortinet.firewall'),
  device('paloalto', 'panw', 'PAN-OS', 'panw.panos'),
  device('cisco', '(cisco_ios or cisco_asa or cisco_ftd)', 'Cisco IOS, ASA and FTD', 'cisco.ios'),
  device('juniper', 'juniper_srx', 'Juniper', 'juniper.srx'),
  device('sonicwall', 'sonicwall_firewall', 'SonicWall', 'sonicwall.firewall'),
  device('pfsense', 'pfsense', 'pfSense and OPNsense', 'pfsense'),
  device('mikrotik', 'mikrotik', 'MikroTik', 'mikrotik'),
  device(['iptables', 'netfilter'], 'iptables', 'Packets that the Linux firewall logs', 'iptables')
]
