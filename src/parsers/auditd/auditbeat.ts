/**
 * Documents of Auditbeat's auditd module (and of the Elastic Agent's): events that were put together where they happened. They are ECS
 * already; what is Auditbeat's own moves to where Elastic's auditd_manager integration has it.
 */

import { distinct } from '../../core/ecs-values.ts'
import { type Document, own } from '../ndjson/document.ts'

export function isAuditbeat(document: Document): boolean {
  const auditd = own(document, 'auditd')
  return isObject(auditd) && (isObject(own(auditd, 'data')) || own(auditd, 'message_type') !== undefined)
}

const moves: readonly (readonly [from: readonly string[], to: readonly string[]])[] = [
  [
    ['source', 'path'],
    ['source', 'address']
  ],
  [
    ['destination', 'path'],
    ['destination', 'address']
  ],
  [
    ['user', 'audit'],
    ['auditd', 'user', 'audit']
  ],
  [
    ['user', 'new_auid'],
    ['auditd', 'user', 'new_auid']
  ],
  [
    ['user', 'old_auid'],
    ['auditd', 'user', 'old_auid']
  ],
  [
    ['user', 'selinux'],
    ['auditd', 'user', 'selinux']
  ],
  [
    ['user', 'saved'],
    ['auditd', 'user', 'saved']
  ],
  [
    ['user', 'filesystem'],
    ['auditd', 'user', 'filesystem']
  ],
  [
    ['file', 'selinux'],
    ['auditd', 'file', 'selinux']
  ],
  [
    ['auditd', 'sequence'],
    ['event', 'sequence']
  ],
  [
    ['auditd', 'data', 'id'],
    ['event', 'id']
  ]
]

const numbers: readonly (readonly string[])[] = [
  ...(
    'removed items lport rport sport dport entries argc seqno nargs old_vcpu new_vcpu changed added spid opid nlnk_pid vm_pid ' +
    'audit_pid'
  )
    .split(' ')
    .map(name => ['auditd', 'data', name]),
  ['auditd', 'data', 'socket', 'port'],
  ['source', 'port'],
  ['destination', 'port'],
  ['process', 'pid'],
  ['process', 'exit_code']
]

/** Changes the document. */
export function arrangeAuditbeat(document: Document): void {
  for (const key of ['auditd', 'user', 'process', 'file']) {
    const section = own(document, key)
    if (isObject(section)) underscored(section, 0)
  }
  addRelated(document)
  for (const [from, to] of moves) move(document, from, to)
  for (const path of numbers) {
    const parent = at(document, path.slice(0, -1))
    const name = path.at(-1)!
    const value = parent === undefined ? undefined : own(parent, name)
    if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) parent![name] = Number(value)
  }
  const arch = at(document, ['auditd', 'data'])?.['arch']
  if (typeof arch === 'string' && arch !== '') {
    const host = own(document, 'host')
    if (host === undefined) document['host'] = { architecture: arch }
    else if (isObject(host)) host['architecture'] ??= arch
  }
  const event = own(document, 'event')
  if (!isObject(event)) return
  if (event['outcome'] === 'fail') event['outcome'] = 'failure'
  const category = event['category']
  if (typeof category === 'string' && categories.has(category)) event['category'] = [categories.get(category)]
  for (const name of ['category', 'type']) {
    const values = event[name]
    if (Array.isArray(values)) event[name] = [...new Set(values)]
  }
}

/** go-libaudit's kinds of records, where it has no category of ECS. */
const categories: ReadonlyMap<string, string> = new Map([
  ['user-login', 'authentication'],
  ['user-account', 'iam'],
  ['group-change', 'iam'],
  ['audit-rule', 'configuration'],
  ['mac-decision', 'intrusion_detection'],
  ['dac-decision', 'intrusion_detection'],
  ['mac', 'intrusion_detection'],
  ['anomaly', 'intrusion_detection'],
  ['anomaly-response', 'intrusion_detection'],
  ['integrity', 'file']
])

const roles = ['audit', 'effective', 'filesystem', 'saved', 'owner', 'target']

/** The names of all users that the event is about. */
function addRelated(document: Document): void {
  const user = own(document, 'user')
  if (!isObject(user)) return
  const names = [user, ...roles.map(role => own(user, role))].map(person =>
    isObject(person) && typeof person['name'] === 'string' ? person['name'] : undefined
  )
  const related = own(document, 'related')
  if (related !== undefined && !isObject(related)) return
  const there = related === undefined ? [] : related['user']
  const all = distinct(...(Array.isArray(there) ? there.filter(name => typeof name === 'string') : []), ...names)
  if (all === undefined) return
  if (related === undefined) document['related'] = { user: all }
  else related['user'] = all
}

/** The kernel's names have hyphens (`old-auid`, `vm-pid`). */
function underscored(section: Document, depth: number): void {
  if (depth > 8) return
  for (const key of Object.keys(section)) {
    const value = section[key]
    if (isObject(value)) underscored(value, depth + 1)
    if (!key.includes('-')) continue
    delete section[key]
    section[key.replaceAll('-', '_')] = value
  }
}

function move(document: Document, from: readonly string[], to: readonly string[]): void {
  const source = at(document, from.slice(0, -1))
  const value = source === undefined ? undefined : own(source, from.at(-1)!)
  if (value === undefined) return
  let target = document
  for (const name of to.slice(0, -1)) {
    const there = own(target, name)
    if (there !== undefined && !isObject(there)) return
    if (there === undefined) target[name] = {}
    target = target[name] as Document
  }
  const name = to.at(-1)!
  if (own(target, name) !== undefined) return
  target[name] = value
  delete source![from.at(-1)!]
}

function at(document: Document, path: readonly string[]): Document | undefined {
  let value: unknown = document
  for (const name of path) {
    if (!isObject(value)) return undefined
    value = own(value, name)
  }
  return isObject(value) ? value : undefined
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
