/** What a class and an activity of OCSF are in ECS's categories and types, as Elastic's Amazon Security Lake integration has them. */

const categories: readonly (readonly [category: string, classes: string])[] = [
  ['iam', '3001 3005 3006'],
  ['authentication', '3002'],
  ['session', '3003'],
  ['network', '4001 4003 4004 4005 4007 4008 4010 4013'],
  ['api', '4002 4006'],
  ['file', '1001 4006 4008 4010 4011'],
  ['email', '4009 4011 4012'],
  ['web', '6003 6004'],
  ['package', '6002'],
  ['configuration', '5002'],
  ['driver', '1002 1003'],
  ['process', '1007']
]

const types: readonly (readonly [type: string, classes: string, activities: readonly string[] | undefined])[] = [
  [
    'info',
    '1001 1002 1003 1007 2001 2002 2003 2004 3001 3002 3003 3005 3006 4001 4002 4003 4004 4005 4006 4007 4008 4009 4010 4011 ' +
      '4012 4013 5001 5002 5003 5004 6002 6003 6004 6005',
    undefined
  ],
  ['user', '3001 3006', undefined],
  ['group', '3005', undefined],
  ['protocol', '4003 4004 4005 4007 4008', undefined],
  ['creation', '1001 3001 4006 5002', ['Create', 'File Create', 'Log']],
  [
    'access',
    '1001 4006 4010 5002 6004',
    ['Read', 'File Open', 'Preview', 'Open', 'Access Grant', 'Access Deny', 'Access Revoke', 'Access Error', 'Log']
  ],
  ['deletion', '1001 3001 4010 6002', ['Delete', 'Remove']],
  [
    'start',
    '1007 3002 4001 4013 4007 6002',
    ['Launch', 'Logon', 'Open', 'Start', 'Symmetric Active Exchange', 'Client Synchronization', 'Broadcast', 'Control']
  ],
  [
    'end',
    '1007 3002 4001 4007 4013 6002',
    [
      'Terminate',
      'Logoff',
      'Close',
      'Stop',
      'Symmetric Passive Response',
      'Server Response',
      'Private Use Case',
      'Other'
    ]
  ],
  ['denied', '4001 4003 4004 4007', ['Refuse', 'Decline']],
  ['allowed', '4004', ['Ack']],
  ['change', '1001 4006 4010', ['Update', 'File Supersede', 'File Overwrite', 'Rename']],
  ['connection', '4005', ['Connect Request', 'Connect Response']],
  ['installation', '6002 5004', ['Install', 'Log', 'Collect']],
  ['error', '6004', ['Access Error']]
]

const categoriesOf = new Map<string, string[]>()
for (const [category, classes] of categories)
  for (const uid of classes.split(' ')) categoriesOf.set(uid, [...(categoriesOf.get(uid) ?? []), category])

type TypeRule = { readonly type: string; readonly activities: ReadonlySet<string> | undefined }
const typesOf = new Map<string, TypeRule[]>()
for (const [type, classes, activities] of types)
  for (const uid of classes.split(' ')) {
    const rule: TypeRule = { type, activities: activities === undefined ? undefined : new Set(activities) }
    typesOf.set(uid, [...(typesOf.get(uid) ?? []), rule])
  }

/** Findings have the categories of what they found. */
export function categoriesOfClass(uid: string, malware: boolean, vulnerabilities: boolean): string[] | undefined {
  if (!uid.startsWith('2')) return categoriesOf.get(uid)?.slice()
  const found: string[] = []
  if (malware) found.push('malware')
  if (vulnerabilities) found.push('vulnerability')
  return found.length === 0 ? undefined : found
}

export function typesOfClass(uid: string, activity: string | undefined): string[] | undefined {
  const found: string[] = []
  for (const { type, activities } of typesOf.get(uid) ?? [])
    if (activities === undefined || (activity !== undefined && activities.has(activity))) found.push(type)
  return found.length === 0 ? undefined : found
}

/** Findings are alerts; an inventory is still an event. */
export function kindOfClass(uid: string): 'alert' | 'event' {
  return uid.startsWith('2') && uid.length === 4 ? 'alert' : 'event'
}
