/** Logs that Elastic passes on as they are: System, Application, Task Scheduler, Terminal Services, BITS … What they tell plainly. */

import { isIp } from '../../core/ip.ts'
import { accountParts, type Draft, relate } from './draft.ts'
import { baseName, plainIp, said } from './win-event.ts'

type Kind = readonly [action: string, category: readonly string[], type: readonly string[]]

const kinds = (text: string): ReadonlyMap<string, Kind> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map(line => {
        const [code, action, category, type] = line.split(' ') as [string, string, string, string]
        return [code, [action, category.split(','), type.split(',')]]
      })
  )

/** By provider, then by event. */
const known: ReadonlyMap<string, ReadonlyMap<string, Kind>> = new Map([
  [
    'Service Control Manager',
    kinds(`
7034 service-terminated-unexpectedly process end
7035 service-control-sent process info
7036 service-state-changed process info
7040 service-start-type-changed configuration change
7045 service-installed configuration,iam creation,admin
`)
  ],
  [
    'Microsoft-Windows-Eventlog',
    kinds(`
104 event-log-cleared iam admin,change
`)
  ],
  [
    'EventLog',
    kinds(`
6005 event-log-started host start
6006 event-log-stopped host end
6008 unexpected-shutdown host end
`)
  ],
  [
    'Microsoft-Windows-TaskScheduler',
    kinds(`
100 scheduled-task-started process start
102 scheduled-task-completed process end
106 scheduled-task-registered configuration creation
118 scheduled-task-triggered-at-boot process start
119 scheduled-task-triggered-at-logon process start
129 scheduled-task-process-created process start
140 scheduled-task-updated configuration change
141 scheduled-task-deleted configuration deletion
142 scheduled-task-disabled configuration change
200 scheduled-task-action-started process start
201 scheduled-task-action-completed process end
`)
  ],
  [
    'Microsoft-Windows-TerminalServices-LocalSessionManager',
    kinds(`
21 session-logged-on authentication,session start
22 session-shell-started session start
23 session-logged-off authentication,session end
24 session-disconnected session end
25 session-reconnected session start
39 session-disconnected-by-other session end
40 session-disconnected session end
`)
  ],
  [
    'Microsoft-Windows-TerminalServices-RemoteConnectionManager',
    kinds(`
261 rdp-connection-received network connection
1149 rdp-authentication-succeeded authentication start
`)
  ],
  [
    'Microsoft-Windows-WMI-Activity',
    kinds(`
5857 wmi-provider-started process start
5858 wmi-operation-failed process info
5859 wmi-subscription-registered configuration creation
5860 wmi-temporary-subscription-registered configuration creation
5861 wmi-permanent-subscription-registered configuration creation
`)
  ],
  [
    'Microsoft-Windows-Bits-Client',
    kinds(`
3 bits-job-created network start
4 bits-job-completed network end
59 bits-transfer-started network start
60 bits-transfer-stopped network end
`)
  ],
  [
    'MsiInstaller',
    kinds(`
1033 package-installed package installation
1034 package-removed package deletion
11707 package-installed package installation
11724 package-removed package deletion
`)
  ]
])

export function mapOther(draft: Draft): void {
  const { source, data } = draft
  if (source.channel === 'System' || source.channel === 'Application') {
    draft.module = 'system'
    draft.dataset = source.channel === 'System' ? 'system.system' : 'system.application'
  }
  const kind = known.get(source.provider ?? '')?.get(source.eventId)
  if (kind === undefined) return
  draft.action = kind[0]
  draft.category = kind[1]
  draft.type = kind[2]
  draft.user = { id: source.userSid }
  const fields = source.userData ?? data
  const account =
    said(fields, 'UserName') ?? said(fields, 'User') ?? said(fields, 'SubjectUserName') ?? said(fields, 'UserContext')
  const parts = accountParts(account)
  const name = parts?.name ?? account
  draft.user = {
    id: source.userSid,
    name,
    domain: parts?.domain ?? said(fields, 'SubjectDomainName')
  }
  relate(draft.relatedUsers, name)
  if (source.provider === 'Service Control Manager') service(draft)
  const address = said(fields, 'Address') ?? said(fields, 'Param3')
  if (address !== undefined && isIp(address) && kind[1].some(one => one !== 'process')) {
    draft.from = { ip: plainIp(address) }
    relate(draft.relatedIps, plainIp(address))
  }
  const task = said(data, 'TaskName')
  if (task !== undefined) draft.winlog['scheduled_task'] = { name: task }
  const path = said(data, 'Path') ?? said(data, 'ActionName')
  if (path !== undefined && draft.category.includes('process') && task !== undefined)
    draft.process = { executable: path, name: baseName(path) }
}

function service(draft: Draft): void {
  const { data } = draft
  const name = said(data, 'ServiceName') ?? said(data, 'param1')
  const image = said(data, 'ImagePath')
  const account = accountParts(said(data, 'AccountName'))
  draft.service = {
    name,
    type: said(data, 'ServiceType'),
    state: draft.source.eventId === '7036' ? said(data, 'param2') : undefined
  }
  if (image !== undefined) draft.process = { command_line: image }
  relate(draft.relatedUsers, account?.name)
}
