/** What types, subtypes, actions and flags of PAN-OS logs mean in ECS. */

const categories: Readonly<Record<string, readonly string[]>> = {
  THREAT: ['intrusion_detection', 'threat', 'network'],
  SYSTEM: ['configuration'],
  CONFIG: ['configuration'],
  USERID: ['network', 'iam'],
  AUTHENTICATION: ['authentication'],
  GTP: ['network', 'malware']
}
const network = ['network']

export function categoryOf(type: string): readonly string[] {
  return Object.hasOwn(categories, type) ? categories[type]! : network
}

const subtypes: Readonly<Record<string, string>> = {
  start: 'flow_started',
  end: 'flow_terminated',
  drop: 'flow_dropped',
  deny: 'flow_denied',
  data: 'data_match',
  file: 'file_match',
  flood: 'flood_detected',
  packet: 'packet_attack',
  scan: 'scan_detected',
  spyware: 'spyware_detected',
  url: 'url_filtering',
  virus: 'virus_detected',
  vulnerability: 'exploit_detected',
  wildfire: 'wildfire_verdict',
  'wildfire-virus': 'wildfire_virus_detected'
}

/** `event.action` of a subtype. */
export function subtypeOf(subtype: string): string | undefined {
  return Object.hasOwn(subtypes, subtype) ? subtypes[subtype] : undefined
}

const allowing: ReadonlySet<string> = new Set(['alert', 'allow', 'continue'])
const denying: ReadonlySet<string> = new Set(
  'deny drop reset-client reset-server reset-both block-url block-ip random-drop sinkhole block'.split(' ')
)

export function typesOf(subtype: string, action: string | undefined): string[] {
  const types: string[] = []
  if (action !== undefined && allowing.has(action)) types.push('allowed')
  if ((action !== undefined && denying.has(action)) || subtype === 'drop' || subtype === 'deny') types.push('denied')
  if (subtype === 'start' || subtype === 'end') types.push(subtype)
  if (subtype === 'start' || subtype === 'end' || subtype === 'drop' || subtype === 'deny') types.push('connection')
  return types
}

const flags: readonly (readonly [string, number])[] = [
  ['pcap_included', 0x80000000],
  ['connect_to_destination_host', 0x40000000],
  ['file_submitted_to_WildFire', 0x20000000],
  ['enterprise_credential_submission', 0x10000000],
  ['source_flow_allow_list', 0x08000000],
  ['ipv6_session', 0x02000000],
  ['ssl_decrypted', 0x01000000],
  ['url_filter_denied', 0x00800000],
  ['nat_translated', 0x00400000],
  ['captive_portal', 0x00200000],
  ['non_standard_port_usage', 0x00100000],
  ['x_forwarded_for', 0x00080000],
  ['http_proxy', 0x00040000],
  ['client_server_policy_based_forwarding', 0x00020000],
  ['server_client_policy_based_forwarding', 0x00010000],
  ['container_page', 0x00008000],
  ['temporary_match', 0x00002000],
  ['symmetric_return', 0x00000800],
  ['decrypted_traffic', 0x00000400],
  ['payload_outer_tunnel', 0x00000100]
]

/** The bits of the flags column, as `labels.*`. */
export function labelsOf(text: string | undefined): Record<string, boolean> | undefined {
  if (text === undefined || !/^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined
  const bits = Number(text)
  if (bits === 0) return undefined
  const labels: Record<string, boolean> = {}
  for (const [name, bit] of flags) if (Math.floor(bits / bit) % 2 === 1) labels[name] = true
  return labels
}
