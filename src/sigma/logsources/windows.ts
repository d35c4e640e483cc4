/**
 * Windows: `service` is a channel of the event log, `category` a kind of event that Sysmon or the log itself has. Beside the ECS fields
 * all of an event's own values are in `winlog.event_data` (`src/parsers/windows`), as Winlogbeat has them too.
 */

import { type FieldTable, fieldTable, type Meaning } from './meaning.ts'

const eventData = (field: string): readonly string[] => [`winlog.event_data.${field}`, `winlog.user_data.${field}`]

/** Defender's names are words with spaces, which rules leave out and events have as underscores. */
const defenderData = (field: string): readonly string[] => [
  ...new Set([field.replace(/([a-z])(?=[A-Z])/g, '$1_'), field].flatMap(eventData))
]

/** Of any Windows event. Unnamed values of an event are `param1`, `param2` …; rules call all of them `Data`. */
const common = fieldTable(`
  EventID             event.code
  EventId             event.code
  Channel             winlog.channel
  Provider_Name       event.provider
  Provider            event.provider
  ProviderName        event.provider
  SourceName          event.provider
  Source              event.provider winlog.event_data.Source
  Computer            winlog.computer_name host.name
  ComputerName        winlog.computer_name host.name
  Message             message
  Keywords            winlog.keywords
  Level               log.level winlog.level winlog.event_data.Level
  Security_UserID     winlog.user.identifier
  Execution_ProcessID winlog.process.pid
  Data                ${Array.from({ length: 16 }, (_, i) => `winlog.event_data.param${i + 1}`).join(' ')} winlog.event_data.Data
`)

/** Numbers of levels and keywords, which events have as words. */
const values = new Map([
  [
    'Level',
    new Map([
      ['0', 'information'],
      ['1', 'critical'],
      ['2', 'error'],
      ['3', 'warning'],
      ['4', 'information'],
      ['5', 'verbose']
    ])
  ],
  [
    'Keywords',
    new Map([
      ['0x8020000000000000', 'Audit Success'],
      ['0x8010000000000000', 'Audit Failure']
    ])
  ]
])

const processFields = `
  Image               process.executable winlog.event_data.Image
  CommandLine         process.command_line winlog.event_data.CommandLine
  OriginalFileName    winlog.event_data.OriginalFileName process.pe.original_file_name
  CurrentDirectory    process.working_directory winlog.event_data.CurrentDirectory
  ProcessId           process.pid winlog.event_data.ProcessId
  ParentImage         process.parent.executable winlog.event_data.ParentImage
  ParentCommandLine   process.parent.command_line winlog.event_data.ParentCommandLine
  ParentProcessId     process.parent.pid winlog.event_data.ParentProcessId
  md5                 process.hash.md5 file.hash.md5
  sha1                process.hash.sha1 file.hash.sha1
  sha256              process.hash.sha256 file.hash.sha256
  imphash             process.pe.imphash file.pe.imphash
  Imphash             process.pe.imphash file.pe.imphash
`

/** Sysmon's event 1 and the Security log's 4688, whose names differ. */
const processCreation = fieldTable(
  `${processFields}
  Image               process.executable winlog.event_data.Image winlog.event_data.NewProcessName
  ParentImage         process.parent.executable winlog.event_data.ParentImage winlog.event_data.ParentProcessName
  User                winlog.event_data.User winlog.event_data.SubjectUserName winlog.event_data.SubjectDomainName
  IntegrityLevel      winlog.event_data.IntegrityLevel winlog.event_data.MandatoryLabel
  LogonId             winlog.event_data.LogonId winlog.event_data.SubjectLogonId
  LogonGuid           winlog.event_data.LogonGuid
`,
  common
)

const sysmon = fieldTable(
  `${processFields}
  TargetFilename      file.path winlog.event_data.TargetFilename
  ImageLoaded         file.path winlog.event_data.ImageLoaded
  SourceIp            source.ip winlog.event_data.SourceIp
  SourcePort          source.port winlog.event_data.SourcePort
  SourceHostname      source.domain winlog.event_data.SourceHostname
  DestinationIp       destination.ip winlog.event_data.DestinationIp
  DestinationPort     destination.port winlog.event_data.DestinationPort
  DestinationHostname destination.domain winlog.event_data.DestinationHostname
  Protocol            network.transport winlog.event_data.Protocol
  QueryName           dns.question.name winlog.event_data.QueryName
  SourceImage         process.executable winlog.event_data.SourceImage
  PipeName            file.name winlog.event_data.PipeName
`,
  common
)

/** The Security log's 4657 beside Sysmon's. */
const registry = fieldTable(
  `
  TargetObject        winlog.event_data.TargetObject winlog.event_data.ObjectName
  Details             winlog.event_data.Details winlog.event_data.NewValue
  Image               process.executable winlog.event_data.Image winlog.event_data.ProcessName
`,
  sysmon
)

const fromSysmon = 'event.provider:"Microsoft-Windows-Sysmon"'

const category = (name: string, about: string, route: string, fields: FieldTable = sysmon): Meaning => ({
  when: { product: 'windows', category: name },
  about,
  route,
  fields,
  values,
  rest: eventData
})

const ofSysmon = (name: string, ...codes: readonly number[]): Meaning =>
  category(
    name,
    `Sysmon ${codes.length === 1 ? 'event' : 'events'} ${codes.join(', ')}`,
    `${fromSysmon} and event.code:(${codes.join(' or ')})`
  )

const inPowershell = '(winlog.channel:("Microsoft-Windows-PowerShell/Operational" or "PowerShellCore/Operational"))'

const categories: readonly Meaning[] = [
  category(
    'process_creation',
    'Sysmon event 1; event 4688 of the Security log',
    `(${fromSysmon} and event.code:1) or (event.provider:"Microsoft-Windows-Security-Auditing" and event.code:4688)`,
    processCreation
  ),
  ofSysmon('file_change', 2),
  ofSysmon('network_connection', 3),
  ofSysmon('sysmon_status', 4, 16),
  ofSysmon('process_termination', 5),
  ofSysmon('driver_load', 6),
  ofSysmon('driver_loaded', 6),
  ofSysmon('image_load', 7),
  ofSysmon('create_remote_thread', 8),
  ofSysmon('raw_access_thread', 9),
  ofSysmon('process_access', 10),
  ofSysmon('file_event', 11),
  category(
    'registry_add',
    'Sysmon event 12 of a key that is made',
    `${fromSysmon} and event.code:12 and winlog.event_data.EventType:Create*`,
    registry
  ),
  category(
    'registry_delete',
    'Sysmon event 12 of a key or value that is deleted',
    `${fromSysmon} and event.code:12 and winlog.event_data.EventType:Delete*`,
    registry
  ),
  category(
    'registry_set',
    'Sysmon event 13; event 4657 of the Security log',
    `(${fromSysmon} and event.code:13) or (event.provider:"Microsoft-Windows-Security-Auditing" and event.code:4657)`,
    registry
  ),
  category('registry_rename', 'Sysmon event 14', `${fromSysmon} and event.code:14`, registry),
  category(
    'registry_event',
    'Sysmon events 12, 13 and 14; event 4657 of the Security log',
    `(${fromSysmon} and event.code:(12 or 13 or 14)) or (event.provider:"Microsoft-Windows-Security-Auditing" and event.code:4657)`,
    registry
  ),
  ofSysmon('create_stream_hash', 15),
  ofSysmon('pipe_created', 17, 18),
  ofSysmon('wmi_event', 19, 20, 21),
  ofSysmon('dns_query', 22),
  ofSysmon('file_delete', 23, 26),
  ofSysmon('clipboard_change', 24),
  ofSysmon('clipboard_capture', 24),
  ofSysmon('process_tampering', 25),
  ofSysmon('file_delete_detected', 26),
  ofSysmon('file_block_executable', 27),
  ofSysmon('file_block_shredding', 28),
  ofSysmon('file_executable_detected', 29),
  ofSysmon('sysmon_error', 255),
  category(
    'file_access',
    'Events of the provider Microsoft-Windows-Kernel-File; event 4663 of the Security log',
    'event.provider:"Microsoft-Windows-Kernel-File" or (event.provider:"Microsoft-Windows-Security-Auditing" and event.code:4663)',
    fieldTable(
      `
      Image    process.executable winlog.event_data.Image winlog.event_data.ProcessName
      FileName winlog.event_data.FileName file.path winlog.event_data.ObjectName
    `,
      common
    )
  ),
  category(
    'file_rename',
    'Events of the provider Microsoft-Windows-Kernel-File',
    'event.provider:"Microsoft-Windows-Kernel-File"'
  ),
  category('ps_module', 'PowerShell event 4103', `${inPowershell} and event.code:4103`, common),
  category('ps_script', 'PowerShell event 4104', `${inPowershell} and event.code:4104`, common),
  ...(
    [
      ['ps_classic_start', 400],
      ['ps_classic_provider_start', 600],
      ['ps_classic_script', 800]
    ] as const
  ).map(([name, code]) =>
    category(
      name,
      `Event ${code} of the log Windows PowerShell`,
      `winlog.channel:"Windows PowerShell" and event.code:${code}`,
      common
    )
  )
]

const defender: FieldTable = new Map([...common].filter(([field]) => field !== 'SourceName'))

/** Channels by the names that rules have for them. */
const channels: readonly (readonly [service: string, ...channels: readonly string[]])[] = [
  ['application', 'Application'],
  [
    'application-experience',
    'Microsoft-Windows-Application-Experience/Program-Telemetry',
    'Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant'
  ],
  ['servicebus-client', 'Microsoft-ServiceBus-Client/Operational', 'Microsoft-ServiceBus-Client/Admin'],
  ['security', 'Security'],
  ['system', 'System'],
  ['sysmon', 'Microsoft-Windows-Sysmon/Operational'],
  ['powershell', 'Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'],
  ['powershell-classic', 'Windows PowerShell'],
  ['taskscheduler', 'Microsoft-Windows-TaskScheduler/Operational'],
  ['wmi', 'Microsoft-Windows-WMI-Activity/Operational'],
  ['dns-server', 'DNS Server'],
  ['dns-server-audit', 'Microsoft-Windows-DNS-Server/Audit'],
  ['dns-server-analytic', 'Microsoft-Windows-DNS-Server/Analytical'],
  ['dns-client', 'Microsoft-Windows-DNS Client Events/Operational'],
  ['dhcp', 'Microsoft-Windows-DHCP-Server/Operational'],
  ['driver-framework', 'Microsoft-Windows-DriverFrameworks-UserMode/Operational'],
  ['ntlm', 'Microsoft-Windows-NTLM/Operational'],
  ['ntfs', 'Microsoft-Windows-Ntfs/Operational'],
  ['msexchange-management', 'MSExchange Management'],
  ['printservice-admin', 'Microsoft-Windows-PrintService/Admin'],
  ['printservice-operational', 'Microsoft-Windows-PrintService/Operational'],
  ['smbclient-security', 'Microsoft-Windows-SmbClient/Security'],
  ['smbclient-connectivity', 'Microsoft-Windows-SmbClient/Connectivity'],
  ['smbserver-connectivity', 'Microsoft-Windows-SMBServer/Connectivity'],
  ['codeintegrity-operational', 'Microsoft-Windows-CodeIntegrity/Operational'],
  ['firewall-as', 'Microsoft-Windows-Windows Firewall With Advanced Security/Firewall'],
  ['bits-client', 'Microsoft-Windows-Bits-Client/Operational'],
  [
    'security-mitigations',
    'Microsoft-Windows-Security-Mitigations/KernelMode',
    'Microsoft-Windows-Security-Mitigations/Kernel Mode',
    'Microsoft-Windows-Security-Mitigations/UserMode',
    'Microsoft-Windows-Security-Mitigations/User Mode'
  ],
  ['diagnosis-scripted', 'Microsoft-Windows-Diagnosis-Scripted/Operational'],
  ['shell-core', 'Microsoft-Windows-Shell-Core/Operational'],
  ['openssh', 'OpenSSH/Operational'],
  ['ldap', 'Microsoft-Windows-LDAP-Client/Debug'],
  ['ldap_debug', 'Microsoft-Windows-LDAP-Client/Debug'],
  ['bitlocker', 'Microsoft-Windows-BitLocker/BitLocker Management'],
  ['vhdmp', 'Microsoft-Windows-VHDMP-Operational', 'Microsoft-Windows-VHDMP/Operational'],
  ['appxdeployment-server', 'Microsoft-Windows-AppXDeploymentServer/Operational'],
  ['appxpackaging-om', 'Microsoft-Windows-AppxPackaging/Operational'],
  ['appmodel-runtime', 'Microsoft-Windows-AppModel-Runtime/Admin'],
  ['lsa-server', 'Microsoft-Windows-LSA/Operational'],
  ['windefend', 'Microsoft-Windows-Windows Defender/Operational'],
  ['microsoft-servicebus-client', 'Microsoft-ServiceBus-Client', 'Microsoft-ServiceBus-Client/Operational'],
  [
    'applocker',
    'Microsoft-Windows-AppLocker/MSI and Script',
    'Microsoft-Windows-AppLocker/EXE and DLL',
    'Microsoft-Windows-AppLocker/Packaged app-Deployment',
    'Microsoft-Windows-AppLocker/Packaged app-Execution'
  ],
  ['capi2', 'Microsoft-Windows-CAPI2/Operational'],
  [
    'certificateservicesclient-lifecycle-system',
    'Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational'
  ],
  ['terminalservices-localsessionmanager', 'Microsoft-Windows-TerminalServices-LocalSessionManager/Operational'],
  ['iis-configuration', 'Microsoft-IIS-Configuration/Operational'],
  [
    'hyper-v-worker',
    'Microsoft-Windows-Hyper-V-Worker',
    'Microsoft-Windows-Hyper-V-Worker-Admin',
    'Microsoft-Windows-Hyper-V-Worker/Admin'
  ],
  ['kernel-event-tracing', 'Microsoft-Windows-Kernel-EventTracing', 'Microsoft-Windows-Kernel-EventTracing/Admin'],
  [
    'kernel-shimengine',
    'Microsoft-Windows-Kernel-ShimEngine/Operational',
    'Microsoft-Windows-Kernel-ShimEngine/Diagnostic'
  ],
  ['sense', 'Microsoft-Windows-SENSE/Operational']
]

const services: readonly Meaning[] = channels.map(([service, ...names]) => ({
  when: { product: 'windows', service },
  about: `The ${names.length === 1 ? 'channel' : 'channels'} ${names.join(', ')}`,
  route: `winlog.channel:(${names.map(name => `"${name}"`).join(' or ')})`,
  fields: service === 'sysmon' ? sysmon : service === 'windefend' ? defender : common,
  values,
  rest: service === 'windefend' ? defenderData : eventData
}))

export const windows: readonly Meaning[] = [
  ...categories,
  ...services,
  {
    when: { product: 'windows', category: 'antivirus' },
    about: 'Microsoft Defender',
    route: 'winlog.channel:"Microsoft-Windows-Windows Defender/Operational"',
    fields: defender,
    values,
    rest: defenderData
  },
  {
    when: { product: 'windows' },
    about: 'Any event of a Windows event log',
    route: 'winlog.channel:*',
    fields: common,
    values,
    rest: eventData
  }
]
