/**
 * The columns of PAN-OS logs after the first seven, by log type. After "Syslog Field Descriptions" of the PAN-OS Administrator's
 * Guide, 10.2 and 11.1; named as in Elastic's integration below `panw.panos`. `_` is reserved.
 */

const session =
  'source.ip destination.ip source.nat.ip destination.nat.ip ruleset srcuser dstuser network.application virtual_sys source.zone ' +
  'destination.zone inbound_interface outbound_interface log_profile'
const ports =
  'flow_id repeat_count source.port destination.port source.nat.port destination.nat.port labels protocol action'
const groups =
  'device_group_hierarchy1 device_group_hierarchy2 device_group_hierarchy3 device_group_hierarchy4 vsys_name device_name'
const device = (side: string) =>
  `${side}.category ${side}.profile ${side}.model ${side}.vendor ${side}.os.family ${side}.os.version ${side}.host ${side}.mac`
const pod = 'container.id pod.namespace pod.name src.external_dynamic_list dst.external_dynamic_list'
const application =
  'application.sub_category application.category application.technology application.risk_level application.characteristics ' +
  'application.container'
const saas = 'application.is_saas application.is_sanctioned'

const tunnel =
  `${session} _ ${ports} severity sequence_number action_flags srcloc dstloc ${groups} imsi imei parent_session.id ` +
  'parent_session.start_time tunnel_type network.bytes bytes_sent bytes_received network.packets packets_sent packets_received ' +
  'max_encapsulation unknown_protocol strict_check tunnel_fragment sessions.created sessions.closed endreason action_source start_time ' +
  'elapsed_time tunnel_inspection_rule remote_user.ip remote_user.id rule_uuid pcap_id dynamic_user.group.name ' +
  `src.external_dynamic_list dst.external_dynamic_list high_resolution_timestamp nssai_sd nssai_sst pdu_session.id ${application} ${saas}`

const hipMatch =
  `srcuser virtual_sys machine.name machine.os source.ip matchname repeat_count matchtype _ _ sequence_number action_flags ${groups} ` +
  'vsys_id source.ipv6 host.id serial_number machine.mac_address high_resolution_timestamp'

const lists: Readonly<Record<string, string>> = {
  TRAFFIC:
    `${session} _ ${ports} network.bytes bytes_sent bytes_received network.packets start_time elapsed_time url.category _ sequence_number ` +
    `action_flags srcloc dstloc _ packets_sent packets_received endreason ${groups} action_source source_vm_uuid destination_vm_uuid imsi ` +
    'imei parent_session.id parent_session.start_time tunnel_type sctp.assoc_id sctp.chunks sctp.chunks_sent sctp.chunks_received rule_uuid ' +
    'http2_connection link.change_count policy.id link.switches sdwan.cluster.name sdwan.device_type sdwan.cluster.type sdwan.site ' +
    `dynamic_user.group.name xff.ip ${device('src')} ${device('dst')} ${pod} host.id serial_number src.dynamic_address_group ` +
    `dst.dynamic_address_group session.owner high_resolution_timestamp nsdsai_sst nsdsai_sd ${application} application.tunneled ${saas} is_offloaded`,
  THREAT:
    `${session} logged_time ${ports} misc threat.name url.category severity direction sequence_number action_flags srcloc dstloc _ ` +
    'http_content_type network.pcap_id file.hash wildfire.name url_idx user_agent file.type forwarded_ip referrer sender subject recipient ' +
    `wildfire.report_id ${groups} _ source_vm_uuid destination_vm_uuid http_method imsi imei parent_session.id parent_session.start_time ` +
    'tunnel_type threat_category content_version _ sctp.assoc_id payload_protocol_id http_headers url_category_list rule_uuid ' +
    `http2_connection dynamic_user.group.name xff.ip ${device('src')} ${device('dst')} ${pod} host.id serial_number domain_edl ` +
    'src.dynamic_address_group dst.dynamic_address_group partial_hash high_resolution_timestamp reason justification nssai_sst ' +
    `${application} application.tunneled ${saas} cloud_report.id`,
  SYSTEM: `virtual_sys event.id object.id _ _ module severity description sequence_number action_flags ${groups} _ _ high_resolution_timestamp`,
  CONFIG:
    'host.ip virtual_sys cmd admin client_type result path before_change_detail after_change_detail sequence_number action_flags ' +
    `${groups} device_group_id comment _ high_resolution_timestamp`,
  GLOBALPROTECT:
    'virtual_sys event.id stage auth_method tunnel_type srcuser srcloc machine.name public.ip public.ipv6 private.ip private.ipv6 host.id ' +
    'serial_number client_ver client.os client.os_version repeat_count event.reason error_message description event.status location ' +
    'login_duration connect_method error_code portal sequence_number action_flags high_resolution_timestamp selection_type response_time ' +
    `priority attempted_gateways gateway ${groups} vsys_id`,
  USERID:
    'virtual_sys source.ip srcuser datasourcename event.id repeat_count timeout source.port destination.port datasource datasourcetype ' +
    `sequence_number action_flags ${groups} vsys_id factortype factorcompletiontime factorno ugflags user_by_source tag.name ` +
    'high_resolution_timestamp',
  HIPMATCH: hipMatch,
  'HIP-MATCH': hipMatch,
  AUTHENTICATION:
    'virtual_sys source.ip user normalize_user object.id authentication.policy repeat_count authentication.id vendor log_profile ' +
    `server_profile description client_type event.result factorno sequence_number action_flags ${groups} vsys_id authentication.protocol ` +
    `rule_uuid high_resolution_timestamp ${device('src')} region _ user_agent flow_id`,
  DECRYPTION:
    `${session} logged_time ${ports} tunnel_type _ _ source_vm_uuid destination_vm_uuid rule_uuid hs_stage_c2f hs_stage_f2s tls.version ` +
    'tls.key_exchange_algorithm tls.encryption tls.auth policy.name elliptic_curve tls.error_type root_certificate_status chain_status ' +
    'proxy_type certificate.serial_number hash certificate.not_before certificate.not_after certificate.version certificate.size ' +
    'subject_common_name.length issuer_common_name.length root_common_name.length server_name_indication.length certificate.flags ' +
    'subject_common_name.value issuer_common_name.value root_common_name.value server_name_indication.value error_message ' +
    `${pod} src.dynamic_address_group dst.dynamic_address_group high_resolution_timestamp ${device('src')} ${device('dst')} ` +
    `sequence_number action_flags ${groups} vsys_id ${application} application.tunneled ${saas}`,
  CORRELATION: `source.ip srcuser virtual_sys category severity ${groups} vsys_id object.name object.id evidence`,
  IPTAG:
    'virtual_sys source.ip tag.name event.id repeat_count timeout datasourcename datasource_type datasource_subtype sequence_number ' +
    `action_flags ${groups} vsys_id high_resolution_timestamp`,
  GTP:
    'source.ip destination.ip _ _ ruleset _ _ network.application virtual_sys source.zone destination.zone inbound_interface ' +
    'outbound_interface log_profile _ flow_id _ source.port destination.port _ _ _ protocol action event_type msisdn access_point.name ' +
    'radio_access_technology_type message_type end_ip_address tunnel_endpoint.identifier1 tunnel_endpoint.identifier2 interface ' +
    'cause_code severity mcc mnc area_code cell.id event_code _ _ srcloc dstloc _ _ _ _ _ _ _ imsi imei _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ ' +
    'start_time elapsed_time tunnel_inspection_rule remote_user.ip remote_user.id rule_uuid pcap_id high_resolution_timestamp nsdsai_sst ' +
    `nsdsai_sd ${application} ${saas}`,
  SCTP:
    'source.ip destination.ip _ _ ruleset _ _ _ virtual_sys source.zone destination.zone inbound_interface outbound_interface log_profile _ ' +
    `flow_id repeat_count source.port destination.port _ _ _ _ protocol action ${groups} sequence_number _ sctp.assoc_id ` +
    'payload_protocol_id severity sctp.chunk_type _ sctp.verification.tag_1 sctp.verification.tag_2 sctp.cause_code diameter_app_id ' +
    'diameter_cmd_code diameter_avp_code sctp.stream_id sctp.assoc_end_reason op_code sccp.calling_ssn sccp.calling_gt sctp.filter ' +
    'sctp.chunks sctp.chunks_sent sctp.chunks_received network.packets packets_sent packets_received rule_uuid high_resolution_timestamp',
  START: tunnel,
  END: tunnel
}

/** Moved to ECS fields: not kept below `panw.panos`. */
const moved = new Set(
  (
    'bytes_received bytes_sent client.os client.os_version destination.ip destination.nat.ip destination.nat.port destination.port ' +
    'destination.zone device_name elapsed_time event.id event.reason event.status file.type forwarded_ip host.ip ' +
    'http_method inbound_interface location login_duration machine.mac_address machine.name machine.os misc network.application network.bytes ' +
    'network.packets outbound_interface packets_received packets_sent private.ip private.ipv6 protocol public.ip public.ipv6 ' +
    'recipient referrer rule_uuid sender severity source.ip source.ipv6 source.nat.ip source.nat.port source.port source.zone start_time ' +
    'user_agent user_by_source normalize_user user hash tls.version tls.encryption elliptic_curve subject_common_name.value ' +
    'issuer_common_name.value server_name_indication.value certificate.serial_number certificate.not_before certificate.not_after ' +
    'certificate.version certificate.size tunnel_inspection_rule srcuser dstuser srcloc dstloc labels direction _'
  ).split(' ')
)

const numbers = new Set(
  (
    'repeat_count sctp.chunks sctp.chunks_sent sctp.chunks_received timeout error_code factorno issuer_common_name.length ' +
    'root_common_name.length subject_common_name.length server_name_indication.length link.change_count strict_check tunnel_fragment ' +
    'unknown_protocol sessions.closed sessions.created max_encapsulation application.risk_level response_time'
  ).split(' ')
)
const times = new Set('logged_time high_resolution_timestamp parent_session.start_time factorcompletiontime'.split(' '))
const macs = new Set(['src.mac', 'dst.mac'])

export type Column = {
  /** Of `panw.panos`, where it is kept there. */
  readonly path: readonly string[] | undefined
  readonly as: 'text' | 'number' | 'time' | 'mac'
}

export type Layout = {
  readonly columns: readonly Column[]
  readonly places: ReadonlyMap<string, number>
}

function layout(list: string): Layout {
  const names = list.split(' ')
  const places = new Map<string, number>()
  names.forEach((name, i) => {
    if (!places.has(name)) places.set(name, i)
  })
  const columns = names.map(
    (name): Column => ({
      // GlobalProtect's and HIP's host ids are the event's host; a session's are of its endpoint.
      path: moved.has(name) ? undefined : name.split('.'),
      as: numbers.has(name) ? 'number' : times.has(name) ? 'time' : macs.has(name) ? 'mac' : 'text'
    })
  )
  return { columns, places }
}

export const layouts: ReadonlyMap<string, Layout> = new Map(
  Object.entries(lists).map(([type, list]) => [type, layout(list)])
)
