/**
 * Security descriptors in words (SDDL, [MS-DTYP] 2.5.1.1), as Elastic's system/security integration writes them:
 * `Local system :Access Allowed ([Generic All])`, and names of well-known SIDs.
 *   sddl = [ "O:" sid ] [ "G:" sid ] [ "D:" flags ace* ] [ "S:" flags ace* ]
 *   ace  = "(" type ";" flags ";" rights ";" guid ";" guid ";" sid [ ";" … ] ")"
 */

import { decodeNumber } from './win-event.ts'

const list = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split('|').map(one => [one.slice(0, one.indexOf(' ')), one.slice(one.indexOf(' ') + 1)]))

const accounts = list(
  'AO Account operators|RU Alias to allow previous Windows 2000|AN Anonymous logon|AU Authenticated users|BA Built-in administrators|' +
    'BG Built-in guests|BO Backup operators|BU Built-in users|CA Certificate server administrators|CG Creator group|CO Creator owner|' +
    'DA Domain administrators|DC Domain computers|DD Domain controllers|DG Domain guests|DU Domain users|EA Enterprise administrators|' +
    'ED Enterprise domain controllers|WD Everyone|PA Group Policy administrators|IU Interactively logged-on user|' +
    'LA Local administrator|LG Local guest|LS Local service account|SY Local system|NU Network logon user|' +
    'NO Network configuration operators|NS Network service account|PO Printer operators|PS Personal self|PU Power users|' +
    'RS RAS servers group|RD Terminal server users|RE Replicator|RC Restricted code|SA Schema administrators|SO Server operators|' +
    'SU Service logon user|S-1-0 Null Authority|S-1-0-0 Nobody|S-1-1 World Authority|S-1-1-0 Everyone|' +
    'S-1-16-0 Untrusted Mandatory Level|S-1-16-12288 High Mandatory Level|S-1-16-16384 System Mandatory Level|' +
    'S-1-16-20480 Protected Process Mandatory Level|S-1-16-28672 Secure Process Mandatory Level|S-1-16-4096 Low Mandatory Level|' +
    'S-1-16-8192 Medium Mandatory Level|S-1-16-8448 Medium Plus Mandatory Level|S-1-2 Local Authority|S-1-2-0 Local|' +
    'S-1-2-1 Console Logon|S-1-3 Creator Authority|S-1-3-0 Creator Owner|S-1-3-1 Creator Group|S-1-3-2 Creator Owner Server|' +
    'S-1-3-3 Creator Group Server|S-1-3-4 Owner Rights|S-1-4 Non-unique Authority|S-1-5 NT Authority|S-1-5-1 Dialup|' +
    'S-1-5-10 Principal Self|S-1-5-11 Authenticated Users|S-1-5-12 Restricted Code|S-1-5-13 Terminal Server Users|' +
    'S-1-5-14 Remote Interactive Logon|S-1-5-15 This Organization|S-1-5-17 This Organization|S-1-5-18 Local System|' +
    'S-1-5-19 NT Authority|S-1-5-2 Network|S-1-5-20 NT Authority|S-1-5-3 Batch|S-1-5-32-544 Administrators|S-1-5-32-545 Users|' +
    'S-1-5-32-546 Guests|S-1-5-32-547 Power Users|S-1-5-32-548 Account Operators|S-1-5-32-549 Server Operators|' +
    'S-1-5-32-550 Print Operators|S-1-5-32-551 Backup Operators|S-1-5-32-552 Replicators|' +
    'S-1-5-32-554 Builtin\\Pre-Windows 2000 Compatible Access|S-1-5-32-555 Builtin\\Remote Desktop Users|' +
    'S-1-5-32-556 Builtin\\Network Configuration Operators|S-1-5-32-557 Builtin\\Incoming Forest Trust Builders|' +
    'S-1-5-32-558 Builtin\\Performance Monitor Users|S-1-5-32-559 Builtin\\Performance Log Users|' +
    'S-1-5-32-560 Builtin\\Windows Authorization Access Group|S-1-5-32-561 Builtin\\Terminal Server License Servers|' +
    'S-1-5-32-562 Builtin\\Distributed COM Users|S-1-5-32-569 Builtin\\Cryptographic Operators|' +
    'S-1-5-32-573 Builtin\\Event Log Readers|S-1-5-32-574 Builtin\\Certificate Service DCOM Access|' +
    'S-1-5-32-575 Builtin\\RDS Remote Access Servers|S-1-5-32-576 Builtin\\RDS Endpoint Servers|' +
    'S-1-5-32-577 Builtin\\RDS Management Servers|S-1-5-32-578 Builtin\\Hyper-V Administrators|' +
    'S-1-5-32-579 Builtin\\Access Control Assistance Operators|S-1-5-32-580 Builtin\\Remote Management Users|' +
    'S-1-5-32-582 Storage Replica Administrators|S-1-5-4 Interactive|S-1-5-5-X-Y Logon Session|S-1-5-6 Service|' +
    'S-1-5-64-10 NTLM Authentication|S-1-5-64-14 SChannel Authentication|S-1-5-64-21 Digest Authentication|S-1-5-7 Anonymous|' +
    'S-1-5-8 Proxy|S-1-5-80 NT Service|S-1-5-80-0 All Services|S-1-5-83-0 NT Virtual Machine\\Virtual Machines|' +
    'S-1-5-9 Enterprise Domain Controllers|S-1-5-90-0 Windows Manager\\Windows Manager Group'
)

const aceTypes = list(
  'A Access Allowed|D Access Denied|OA Object Access Allowed|OD Object Access Denied|AU System Audit|AL System Alarm|' +
    'OU System Object Audit|OL System Object Alarm|ML System Mandatory Label|SP Central Policy ID'
)

const domainAccounts = list(
  '498 Enterprise Read-only Domain Controllers|500 Administrator|501 Guest|502 KRBTGT|512 Domain Admins|513 Domain Users|' +
    '514 Domain Guests|515 Domain Computers|516 Domain Controllers|517 Cert Publishers|518 Schema Admins|519 Enterprise Admins|' +
    '520 Group Policy Creator Owners|521 Read-only Domain Controllers|522 Cloneable Domain Controllers|526 Key Admins|' +
    '527 Enterprise Key Admins|553 RAS and IAS Servers|571 Allowed RODC Password Replication Group|' +
    '572 Denied RODC Password Replication Group'
)

const permissions = list(
  'GA Generic All|GR Generic Read|GW Generic Write|GX Generic Execute|RC Read Permissions|SD Delete|WD Modify Permissions|' +
    'WO Modify Owner|RP Read All Properties|WP Write All Properties|CC Create All Child Objects|DC Delete All Child Objects|' +
    'LC List Contents|SW All Validated|LO List Object|DT Delete Subtree|CR All Extended Rights|FA File All Access|' +
    'FR File Generic Read|FX FILE GENERIC EXECUTE|FW FILE GENERIC WRITE|KA KEY ALL ACCESS|KR KEY READ|KW KEY WRITE|KX KEY EXECUTE'
)

/** Of the mask of an ACE. */
const permissionFlags: readonly (readonly [bit: number, name: string])[] = [
  [0x80000000, 'Generic Read'],
  [0x40000000, 'Generic Write'],
  [0x20000000, 'Generic Execute'],
  [0x10000000, 'Generic All'],
  [0x02000000, 'Maximum Allowed'],
  [0x01000000, 'Access System Security'],
  [0x00100000, 'Syncronize'],
  [0x00080000, 'Write Owner'],
  [0x00040000, 'Write DACL'],
  [0x00020000, 'Read Control'],
  [0x00010000, 'Delete']
]

export type WordedDescriptor = {
  readonly owner: string | undefined
  readonly group: string | undefined
  readonly dacl: readonly Ace[]
  readonly sacl: readonly Ace[]
}
export type Ace = { readonly words: string; readonly grantee: string | undefined }

const acesMax = 256

/** A name for a SID or its two-letter alias. Undefined: an account of a domain that is not well known. Others stay as they are. */
export function sidName(sid: string): string | undefined {
  const known = accounts.get(sid)
  if (known !== undefined || !sid.startsWith('S-1-5-21')) return known ?? sid
  return domainAccounts.get(sid.slice(sid.lastIndexOf('-') + 1))
}

/** A SID's name; undefined if it has none. */
export function knownSid(sid: string): string | undefined {
  return accounts.get(sid)
}

export function readSddl(sddl: string): WordedDescriptor {
  const d = sddl.indexOf('D:')
  const s = saclStart(sddl)
  return {
    owner: /^O:[A-Z]{2}/.exec(sddl)?.[0],
    group: /^G:[A-Z]{2}/.exec(sddl)?.[0],
    dacl: d < 0 ? [] : aces(sddl, afterFlags(sddl, d + 2)),
    sacl: s < 0 ? [] : aces(sddl, s)
  }
}

function afterFlags(sddl: string, at: number): number {
  let i = at
  while (sddl.charCodeAt(i) >= 65 && sddl.charCodeAt(i) <= 90) i++
  return i
}

/** The first `S:` after which only flags and ACEs follow. */
function saclStart(sddl: string): number {
  for (let at = sddl.indexOf('S:'), tries = 0; at >= 0 && tries < 64; at = sddl.indexOf('S:', at + 1), tries++) {
    const from = afterFlags(sddl, at + 2)
    if (from === sddl.length || (sddl.charAt(from) === '(' && sddl.endsWith(')'))) return from
  }
  return -1
}

function aces(sddl: string, from: number): Ace[] {
  const found: Ace[] = []
  if (sddl.charAt(from) !== '(') return found
  for (let at = from; at >= 0 && found.length < acesMax; at = sddl.indexOf('(', at + 1)) {
    const end = sddl.indexOf(')', at)
    if (end < 0) break
    const inner = sddl.slice(at + 1, end)
    if (!inner.includes('*')) found.push(wordedAce(inner.replaceAll('(', '').split(';')))
    at = end
  }
  return found
}

function wordedAce(parts: readonly string[]): Ace {
  const grantee = parts.length >= 6 ? sidName(parts[5]!) : undefined
  const rights = parts[2] ?? ''
  const names = rights.startsWith('0x') ? maskNames(rights) : letterNames(rights)
  const perms = parts.length >= 3 ? `[${names.join(', ')}]` : 'null'
  return { words: `${grantee ?? 'null'} :${aceTypes.get(parts[0]!) ?? 'null'} (${perms})`, grantee }
}

function maskNames(mask: string): string[] {
  const value = decodeNumber(mask) ?? 0
  const found = permissionFlags.filter(([bit]) => (value & bit) >>> 0 === bit).map(([, name]) => name)
  return found.length === 0 ? [mask] : found
}

function letterNames(rights: string): string[] {
  const found: string[] = []
  for (let i = 0; i < rights.length && found.length < 64; i += 2)
    found.push(permissions.get(rights.slice(i, i + 2)) ?? 'null')
  return found
}
