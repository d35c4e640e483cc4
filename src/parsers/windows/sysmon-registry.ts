/** Registry keys and values of Sysmon's events 12 to 14 as ECS `registry.*`. */

import type { Fields } from './draft.ts'
import { type Data, said } from './win-event.ts'

const hives: ReadonlyMap<string, string> = new Map([
  ['HKEY_CLASSES_ROOT', 'HKCR'],
  ['HKEY_CURRENT_CONFIG', 'HKCC'],
  ['HKEY_CURRENT_USER', 'HKCU'],
  ['HKEY_DYN_DATA', 'HKDD'],
  ['HKEY_LOCAL_MACHINE', 'HKLM'],
  ['HKEY_PERFORMANCE_DATA', 'HKPD'],
  ['HKEY_USERS', 'HKU'],
  ...['HKCR', 'HKCC', 'HKCU', 'HKDD', 'HKLM', 'HKPD', 'HKU'].map(hive => [hive, hive] as const)
])

export function registryOf(data: Data): Fields | undefined {
  const path = said(data, 'TargetObject')
  if (path === undefined) return undefined
  const slash = path.indexOf('\\')
  const hive = hives.get(slash < 0 ? path : path.slice(0, slash))
  const details = said(data, 'Details')
  return {
    path,
    hive,
    key: hive === undefined || slash < 0 ? undefined : path.slice(slash + 1) || undefined,
    value: path.slice(path.lastIndexOf('\\') + 1) || undefined,
    data: details === undefined ? undefined : dataOf(details)
  }
}

/** `DWORD (0x00000001)`, `QWORD (0x00000000-0x00000001)` (high and low half), `Binary Data`, or a text. */
function dataOf(details: string): Fields {
  const qword = /^QWORD \(0x([0-9A-F]{8})-0x([0-9A-F]{8})\)$/i.exec(details)
  if (qword !== null) return { strings: [BigInt(`0x${qword[1]}${qword[2]}`).toString()], type: 'SZ_QWORD' }
  const dword = /^DWORD \(0x([0-9A-F]{8})\)$/i.exec(details)
  if (dword !== null) return { strings: [String(Number.parseInt(dword[1]!, 16))], type: 'SZ_DWORD' }
  return { strings: [details], type: details === 'Binary Data' ? 'REG_BINARY' : 'REG_SZ' }
}
