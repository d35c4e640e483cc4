/** What people read about the Windows formats: `docs/formats/` is made from it. */

import type { FormatDescription } from '../../core/parser.ts'

const mapping: FormatDescription['mapping'] = [
  ['@timestamp', 'TimeCreated SystemTime', "Sysmon's UtcTime where it is told"],
  ['event.code, winlog.event_id', 'EventID'],
  ['event.provider, winlog.provider_name', 'Provider Name'],
  ['event.action, event.category, event.type', 'EventID', "Elastic's names; else the task's name"],
  ['event.outcome', 'Keywords', 'Audit Success and Audit Failure; elsewhere only what the event says'],
  ['host.name, winlog.computer_name', 'Computer'],
  ['winlog.channel', 'Channel'],
  ['winlog.record_id', 'EventRecordID'],
  ['winlog.event_data.*', 'EventData', 'every field under its own name; blanks in names become underscores'],
  ['winlog.user_data.*', 'UserData'],
  ['winlog.logon.type, .id, .failure.*', 'LogonType, SubjectLogonId, Status, FailureReason', 'in words'],
  ['user.*, user.target.*, user.effective.*, group.*', 'Subject…, Target…, Member…', 'by what the event is about'],
  ['process.*, process.parent.*', 'Image, NewProcessName, CommandLine, ParentImage …'],
  ['source.*, destination.*, network.*', 'IpAddress, SourceIp, DestinationIp, Protocol …'],
  ['file.*, dll.*, registry.*, dns.*', 'TargetFilename, ImageLoaded, TargetObject, QueryName …'],
  ['process.hash.*, process.pe.imphash, file.hash.*', 'Hashes'],
  ['powershell.*', 'ScriptBlockText, ContextInfo, Payload, Data'],
  ['related.*', 'all users, addresses, hosts and hashes of the event']
]

const specifications = [
  '[MS-EVEN6] EventLog Remoting Protocol 6.0, 2.2.17: the event schema',
  'https://learn.microsoft.com/windows/security/threat-protection/auditing/security-auditing-overview',
  'https://learn.microsoft.com/sysinternals/downloads/sysmon',
  'https://learn.microsoft.com/defender-endpoint/troubleshoot-microsoft-defender-antivirus'
]

export const descriptionJson: FormatDescription = {
  reads:
    'Events as JSON: documents of Winlogbeat and Elastic Agent (`winlog.*`), of NXLog’s `im_msvistalog` (flat), and events as ' +
    'evtx_dump and its kin write them (`{"Event":{"System":…}}`, one a line or pretty-printed), and EvtxECmd’s. `.evtx` files themselves are read ' +
    'the same way, without any tool. Security, Sysmon, PowerShell, Defender, AppLocker, Task Scheduler and System events are ' +
    'mapped to ECS as Elastic’s integrations do; of all others header and data are kept.',
  from:
    'Winlogbeat: `output.file` or Kafka. NXLog: `Exec to_json();` behind `im_msvistalog`. Offline: `evtx_dump -o jsonl Security.evtx`, ' +
    'or give Picket the `.evtx` files from `C:\\Windows\\System32\\winevt\\Logs`.',
  specifications: [
    ...specifications,
    'https://www.elastic.co/guide/en/beats/winlogbeat/current/exported-fields-winlog.html',
    'https://docs.nxlog.co/refman/current/im/msvistalog.html',
    'https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc'
  ],
  sample:
    '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":' +
    '{"Name":"Microsoft-Windows-Security-Auditing","Guid":"54849625-5478-4994-A5BA-3E3B0328C30D"}},"EventID":4624,"Version":2,' +
    '"Level":0,"Task":12544,"Opcode":0,"Keywords":"0x8020000000000000","TimeCreated":{"#attributes":{"SystemTime":' +
    '"2026-03-01T08:15:42.123456Z"}},"EventRecordID":1042,"Channel":"Security","Computer":"ws1.example.com"},"EventData":' +
    '{"TargetUserName":"alice","TargetDomainName":"EXAMPLE","LogonType":10,"IpAddress":"192.0.2.7","IpPort":"50112"}}}',
  mapping
}

export const descriptionXml: FormatDescription = {
  reads:
    'Events as XML, one after the other, on one line each or pretty-printed; with `<?xml …?>`, `<Events>` or evtx_dump’s `Record 12` ' +
    'between them. Files of one long line (`<Events><Event>…`, as Event Viewer saves them) are cut into events. Rendered texts ' +
    '(`RenderingInfo`) are used where they are there.',
  from:
    '`wevtutil qe Security /f:xml > security.xml`, Event Viewer’s “Save All Events As … XML”, PowerShell’s `$event.ToXml()`, ' +
    'Windows Event Forwarding, or `evtx_dump Security.evtx`.',
  specifications,
  sample:
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' " +
    "Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}'/><EventID>22</EventID><Version>5</Version><Level>4</Level><Task>22</Task>" +
    "<Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-03-01T08:15:42.0252239Z'/>" +
    '<EventRecordID>66</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws1.example.com</Computer>' +
    "<Security UserID='S-1-5-18'/></System><EventData><Data Name='UtcTime'>2026-03-01 08:15:41.239</Data><Data Name='QueryName'>" +
    "www.example.com</Data><Data Name='QueryStatus'>0</Data><Data Name='QueryResults'>::ffff:192.0.2.80;</Data></EventData></Event>",
  mapping
}
