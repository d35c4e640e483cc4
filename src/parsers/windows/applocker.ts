/** AppLocker (`Microsoft-Windows-AppLocker/…`) in ECS, as Elastic's windows/applocker_* integrations map it. */

import { accountParts, type Draft, type Fields } from './draft.ts'
import { said, type WinEvent } from './win-event.ts'

const datasets: ReadonlyMap<string, string> = new Map([
  ['EXE and DLL', 'windows.applocker_exe_and_dll'],
  ['MSI and Script', 'windows.applocker_msi_and_script'],
  ['Packaged app-Deployment', 'windows.applocker_packaged_app_deployment'],
  ['Packaged app-Execution', 'windows.applocker_packaged_app_execution']
])
const denied = new Set(['8004', '8007', '8022', '8025'])

export function mapApplocker(draft: Draft): void {
  const { source, data } = draft
  draft.dataset =
    datasets.get(source.channel?.slice('Microsoft-Windows-AppLocker/'.length) ?? '') ?? 'windows.applocker'
  draft.category = ['process']
  draft.type = denied.has(source.eventId) ? ['start', 'denied'] : ['start']
  const parts = accountParts(said(data, 'User'))
  draft.user = { id: source.userSid, domain: parts?.domain, name: parts?.name ?? source.userName }
  draft.process = { pid: source.processId }
  const path = said(source.userData, 'FullFilePath')
  draft.file = {
    name: path === undefined ? undefined : path.slice(path.lastIndexOf('\\') + 1) || undefined,
    hash: { sha256: said(source.userData, 'FileHash') },
    ...publisher(source)
  }
}

/** `O=…, L=…, S=…, C=…\product\original file name\version`: the fully qualified binary name. */
function publisher(source: WinEvent): Fields | undefined {
  const fqbn = said(source.userData, 'Fqbn')
  if (fqbn === undefined || fqbn.length > 4096) return undefined
  const parts = fqbn.split('\\')
  if (parts.length < 4) return undefined
  const subject: { [key: string]: string } = {}
  for (const one of parts[0]!.split(/,\s*(?=[A-Z]{1,2}=)/)) {
    const at = one.indexOf('=')
    if (at > 0) subject[one.slice(0, at)] = one.slice(at + 1)
  }
  const listed = (value: string | undefined) => (value === undefined ? undefined : [value])
  return {
    x509: {
      subject: {
        common_name: listed(subject['CN']),
        organization: listed(subject['O']),
        locality: subject['L'],
        state_or_province: listed(subject['S']),
        country: listed(subject['C'])
      }
    },
    pe: { product: parts[1], original_file_name: parts[2], file_version: parts.slice(3).join('\\') }
  }
}
