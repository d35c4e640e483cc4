/**
 * Microsoft Defender Antivirus (Microsoft-Windows-Windows Defender/Operational) in ECS, as Elastic's windows/windows_defender
 * integration maps it; actions for the events it does not name, from Microsoft's list of event IDs.
 */

import { accountParts, type Draft, type Fields, relate } from './draft.ts'
import { baseName, said } from './win-event.ts'

/** `code action category type`. */
const table = `
1000 scan-started process info
1001 scan-finished process info
1002 scan-stopped process info
1003 scan-paused process info
1004 scan-resumed process info
1005 scan-failed process info
1006 malware-detected malware info
1007 malware-action-taken malware info
1008 malware-action-failed malware info
1009 quarantine-restored malware info
1010 quarantine-restore-failed malware info
1011 quarantine-deleted malware info
1012 quarantine-delete-failed malware info
1013 malware-history-deleted malware deletion
1014 malware-history-delete-failed malware info
1015 suspicious-behavior-detected malware info
1116 malware-detected malware info
1117 malware-detected malware info
1118 malware-action-failed malware info
1119 malware-action-failed malware info
1121 attack-surface-reduction-rule-blocked intrusion_detection denied
1122 attack-surface-reduction-rule-audited intrusion_detection info
1123 controlled-folder-access-blocked intrusion_detection denied
1124 controlled-folder-access-audited intrusion_detection info
1125 network-protection-audited intrusion_detection info
1126 network-protection-blocked intrusion_detection denied
1127 controlled-folder-access-sector-blocked intrusion_detection denied
1128 controlled-folder-access-sector-audited intrusion_detection info
2000 antivirus-updated process info
2001 antivirus-update-failed process info
2050 file-uploaded file info
3002 real-time-protection-failed process info
3007 real-time-protection-recovered process info
5000 real-time-protection-enabled configuration change
5001 real-time-protection-disabled configuration change
5004 real-time-protection-changed configuration change
5007 antivirus-configuration-changed configuration change
5008 antivirus-engine-failed process info
5009 antispyware-scanning-enabled configuration change
5010 antispyware-scanning-disabled configuration change
5011 antivirus-scanning-enabled configuration change
5012 antivirus-scanning-disabled configuration change
5013 tamper-protection-blocked-change configuration denied
5100 antivirus-license-expiring process info
5101 antivirus-license-expired process info
`

/** Elastic calls these `process`/`info` and names no action: category and type are theirs. */
const theirs = new Set('1116 1117 2000 2050 5007'.split(' '))

const actions: ReadonlyMap<string, readonly [action: string, category: string, type: string]> = new Map(
  table
    .trim()
    .split('\n')
    .map(line => {
      const [code, action, category, type] = line.split(' ') as [string, string, string, string]
      return [code, [action, category, type]]
    })
)
const failed = new Set('1005 1008 1010 1012 1014 1118 1119 2001 3002 5008'.split(' '))

export function mapDefender(draft: Draft): void {
  const { data, source } = draft
  const code = source.eventId
  draft.dataset = 'windows.windows_defender'
  const known = actions.get(code)
  draft.action = known?.[0]
  draft.category = [known?.[1] ?? 'process']
  draft.type = [known?.[2] ?? 'info']
  if (code === '1117' && said(data, 'Action_Name') === 'Quarantine') draft.action = 'malware-quarantined'
  const error = data['Error_Description']
  if (typeof error === 'string' && error.trim() === 'The operation completed successfully.') draft.outcome = 'success'
  else if (failed.has(code)) draft.outcome = 'failure'
  draft.reference = said(data, 'FWLink')
  const parts = accountParts(said(data, 'User')) ?? accountParts(said(data, 'Detection_User'))
  draft.user = { domain: parts?.domain ?? said(data, 'Domain'), name: parts?.name ?? said(data, 'User') }
  relate(draft.relatedUsers, draft.user['name'] as string | undefined)
  const destination = said(data, 'Destination')
  if (destination !== undefined) draft.destination = { domain: destination }
  const threat = said(data, 'Threat_Name')
  if (threat !== undefined && !theirs.has(code)) draft.reason = threat
  file(draft)
  process(draft)
}

/** `file:_C:\a.exe; process:_pid:12` */
function file(draft: Draft): void {
  const { data } = draft
  const listed = said(data, 'Path')
  const text = said(data, 'FileName') ?? listed ?? said(data, 'Filename')
  if (listed !== undefined)
    draft.product = {
      windows_defender: {
        evidence_paths: listed
          .split(';', 256)
          .map(one => one.trim().replace('file:_', '').replace('process:_', ''))
          .filter(one => one !== '')
      }
    }
  if (text === undefined) return
  const end = text.indexOf(';')
  const at = text.indexOf('file:_')
  const from = at < 0 ? 0 : at + 6
  const path = text.slice(from, end < from ? text.length : end)
  const name = baseName(path)
  const dot = name === undefined ? -1 : name.indexOf('.')
  draft.file = {
    path,
    name,
    extension: dot < 0 ? undefined : name!.slice(dot + 1) || undefined,
    hash: { sha256: said(data, 'Sha256') }
  }
}

function process(draft: Draft): void {
  const { data, source } = draft
  const named = said(data, 'Process_Name')
  // Network protection tells a name, the others a path.
  const executable = source.eventId === '1126' || named === 'Unknown' ? undefined : named
  const line = said(data, 'Target_Commandline')
  const parentLine = said(data, 'Parent_Commandline')
  if (named === undefined && line === undefined && parentLine === undefined) return
  const made: Fields = { executable, name: executable === undefined ? named : baseName(executable), command_line: line }
  if (parentLine !== undefined) made['parent'] = { command_line: parentLine }
  draft.process = made
}
