/**
 * What each message of Cisco's firewalls means: ECS category, type, outcome and action by message number.
 * A firewall that denied a connection has done what it is for: the outcome of its action is success, the type says `denied`.
 */

export type Meaning = {
  readonly category: readonly string[]
  readonly type: readonly string[]
  readonly outcome: string | undefined
  readonly action: string | undefined
}

const network = ['network']
const logon = ['authentication', 'network']
const configuration = ['configuration']

const meanings = new Map<string, Meaning>()

function means(
  numbers: string,
  category: readonly string[],
  type: readonly string[],
  outcome: string | undefined,
  action: string | undefined
): void {
  for (const number of numbers.split(' ')) meanings.set(number, { category, type, outcome, action })
}

means(
  '106001 106002 106006 106007 106010 106012 106013 106014 106015 106016 106017 106018 106020 106021 106022 106023 106027 106103' +
    ' 313001 313004 313005 313008 313009 322001 434002 710003',
  network,
  ['connection', 'denied'],
  'success',
  'firewall-rule'
)
means('710005 710006', network, ['connection', 'denied'], 'failure', 'firewall-rule')
means('110002', network, ['connection', 'info'], 'failure', 'firewall-rule')
means('111007 111009', configuration, ['info'], 'success', 'configuration')
means('111010', configuration, ['change'], 'success', 'configuration')
means('113004 113008 113009 113012 605005 611101 734001', logon, ['allowed', 'info'], 'success', 'logged-in')
means('113005 113015 113021 605004 611102 716039', logon, ['denied', 'info'], 'failure', 'logon-failed')
means('113019 716002 716058', network, ['connection', 'end'], 'success', 'client-vpn-disconnected')
means('113022', network, ['info'], 'failure', 'server-failed')
means('113023', network, ['info'], 'success', 'server-active')
means(
  '113029 113030 113031 113032 113033 113034 113035 113036 113037 113038 113040',
  network,
  ['connection', 'denied'],
  'failure',
  'client-vpn-error'
)
means('113039', ['network', 'session'], ['connection', 'start'], 'success', 'client-vpn-connected')
means('302013 302015 302020 302022 302024 302026 609001', network, ['connection', 'start'], 'success', 'flow-creation')
means(
  '302014 302036 302304 302306 302016 302018 302021 302023 302025 302027 609002',
  network,
  ['connection', 'end'],
  'success',
  'flow-expiration'
)
means('303002', ['network', 'file'], ['access'], 'success', 'ftp')
means('304001', network, ['access', 'allowed'], 'success', 'url-access')
means('304002', network, ['access', 'denied'], 'success', 'url-access')
means('305011', ['network', 'configuration'], ['creation'], 'success', 'nat-slot')
means('305012', ['network', 'configuration'], ['deletion'], 'success', 'nat-slot')
means('315011', network, ['connection', 'end'], undefined, 'ssh-session-ended')
means(
  '338001 338002 338003 338004 338101 338102 338103 338104 338201 338202',
  network,
  ['connection', 'info'],
  undefined,
  'dynamic-filter'
)
means('338005 338006 338007 338008 338203 338204', network, ['connection', 'denied'], 'success', 'dynamic-filter')
means('338301 419002 713202', network, ['connection', 'info'], undefined, 'firewall-rule')
means('425005', network, ['info'], undefined, 'interface-switchover')
means('434004', network, ['info'], undefined, 'bypass')
means('502103', ['iam'], ['user', 'change'], 'success', 'privilege-level-changed')
means('507003', network, ['connection', 'end'], undefined, 'flow-termination')
means('602303', network, ['connection', 'start'], 'success', 'sa-created')
means('602304', network, ['connection', 'end'], 'success', 'sa-deleted')
means('607001', network, ['info'], 'success', 'firewall-rule')
means('611103', logon, ['info'], 'success', 'logged-out')
means('713049', network, ['connection', 'start'], 'success', 'firewall-rule')
means('713120', network, ['connection', 'info'], 'success', 'firewall-rule')
means('713901 713902', network, ['info'], 'failure', 'client-vpn-error')
means('713903 713904 713905 713906 722011 733100', network, ['info'], undefined, undefined)
means('716003', logon, ['allowed', 'info'], 'success', undefined)
means('716059', network, ['connection', 'start'], 'success', 'client-vpn-resumed')
means('721016', network, ['connection', 'start'], 'success', 'client-vpn-connected')
means('721018', network, ['connection', 'end'], 'success', 'client-vpn-disconnected')
means('722022 725002 725016 737006 737016 737026', network, ['connection', 'info'], 'success', undefined)
means('722023 722028', network, ['connection', 'end'], 'success', undefined)
means('722032 722033 725001', network, ['connection', 'start'], 'success', undefined)
means('722034 722055', network, ['connection', 'info'], undefined, undefined)
means('722037', network, ['connection', 'end'], undefined, undefined)
means('722051 751025', network, ['connection', 'info'], 'success', 'address-assigned')
means('725007', network, ['connection', 'end'], 'success', undefined)
means('737003 737034', network, ['connection', 'info'], 'failure', undefined)
means('750002', network, ['connection', 'start'], 'success', 'connection-started')
means('750003', network, ['connection', 'start'], 'failure', undefined)
means('805001', network, ['connection', 'start'], 'success', 'flow-offload-started')
means('805002', network, ['connection', 'end'], 'success', 'flow-offload-ended')
means('430001', ['network', 'intrusion_detection'], ['info'], undefined, 'intrusion-detected')
means('430002', network, ['connection', 'start'], undefined, 'connection-started')
means('430003', network, ['connection', 'end'], undefined, 'connection-finished')
means('430004', ['network', 'file'], ['info'], undefined, 'file-detected')
means('430005', ['network', 'malware'], ['info'], undefined, 'malware-detected')

const unknown: Meaning = { category: network, type: [], outcome: undefined, action: undefined }
const permitted: Meaning = {
  category: network,
  type: ['connection', 'allowed'],
  outcome: 'success',
  action: 'firewall-rule'
}
const denied: Meaning = {
  category: network,
  type: ['connection', 'denied'],
  outcome: 'success',
  action: 'firewall-rule'
}
const configured: Meaning = {
  category: configuration,
  type: ['change'],
  outcome: 'success',
  action: 'configuration'
}
const notConfigured: Meaning = { category: configuration, type: ['info'], outcome: 'failure', action: 'configuration' }

/** `verdict`: the word of the message that decides, where one does (`permitted`, `Denied`, `OK`). */
export function meaningOf(number: string, verdict: string | undefined): Meaning {
  if (verdict !== undefined) {
    const word = verdict.toLowerCase()
    if (number === '111004') return word === 'ok' ? configured : word === 'failed' ? notConfigured : unknown
    if (word === 'permitted' || word === 'est-allowed') return permitted
    if (word === 'denied') return denied
  }
  return meanings.get(number) ?? unknown
}
