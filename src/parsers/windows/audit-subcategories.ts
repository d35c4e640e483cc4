/** Audit policy subcategories by GUID ([MS-GPAC] 2.2.1.2.2): the last hexadecimal digits of `0CCE92xx-69AE-11D9-BED3-505054503030`. */

const groups: readonly (readonly [category: string, subcategories: string])[] = [
  [
    'System',
    '10 Security State Change|11 Security System Extension|12 System Integrity|13 IPsec Driver|14 Other System Events'
  ],
  [
    'Logon/Logoff',
    '15 Logon|16 Logoff|17 Account Lockout|18 IPsec Main Mode|19 IPsec Quick Mode|1A IPsec Extended Mode|1B Special Logon|' +
      '1C Other Logon/Logoff Events|43 Network Policy Server|47 User / Device Claims|49 Group Membership'
  ],
  [
    'Object Access',
    '1D File System|1E Registry|1F Kernel Object|20 SAM|21 Certification Services|22 Application Generated|' +
      '23 Handle Manipulation|24 File Share|25 Filtering Platform Packet Drop|26 Filtering Platform Connection |' +
      '27 Other Object Access Events|44 Detailed File Share|45 Removable Storage|46 Central Policy Staging'
  ],
  ['Privilege Use', '28 Sensitive Privilege Use|29 Non Sensitive Privilege Use|2A Other Privilege Use Events'],
  [
    'Detailed Tracking',
    '2B Process Creation|2C Process Termination|2D DPAPI Activity|2E RPC Events|48 Plug and Play Events'
  ],
  [
    'Policy Change',
    '2F Audit Policy Change|30 Authentication Policy Change|31 Authorization Policy Change|32 MPSSVC Rule-Level Policy Change|' +
      '33 Filtering Platform Policy Change|34 Other Policy Change Events'
  ],
  [
    'Account Management',
    '35 User Account Management|36 Computer Account Management|37 Security Group Management|38 Distribution Group Management|' +
      '39 Application Group Management|3A Other Account Management Events|3B Directory Service Access|' +
      '3C Directory Service Changes|3D Directory Service Replication|3E Detailed Directory Service Replication'
  ],
  [
    'Account Logon',
    '3F Credential Validation|40 Kerberos Service Ticket Operations|41 Other Account Logon Events|42 Kerberos Authentication Service'
  ]
]

const byGuid: ReadonlyMap<string, readonly [category: string, subcategory: string]> = new Map(
  groups.flatMap(([category, all]) =>
    all
      .split('|')
      .map(one => [`0CCE92${one.slice(0, 2)}-69AE-11D9-BED3-505054503030`, [category, one.slice(3)]] as const)
  )
)

export function auditSubcategory(guid: string): readonly [category: string, subcategory: string] | undefined {
  return guid.length > 40 ? undefined : byGuid.get(guid.replace('{', '').replace('}', '').toUpperCase())
}
