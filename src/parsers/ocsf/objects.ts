/** OCSF's objects (user, process, file, device, endpoint …) as ECS field sets. Each takes a tidied object, or undefined. */

import { type Document, own } from '../ndjson/document.ts'

export function objectAt(value: unknown, ...path: readonly string[]): Document | undefined {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = own(at, key)
  }
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? (at as Document) : undefined
}

export function textAt(object: Document | undefined, key: string): string | undefined {
  const value = object === undefined ? undefined : own(object, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberAt(object: Document | undefined, key: string): number | undefined {
  const value = object === undefined ? undefined : own(object, key)
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

export function listAt(object: Document | undefined, key: string): Document[] {
  const value = object === undefined ? undefined : own(object, key)
  return Array.isArray(value) ? value.filter(item => typeof item === 'object' && item !== null) : []
}

/** The texts under a key of the objects of a list, each once; undefined if there are none. */
export function textsOf(items: readonly Document[], key: string): string[] | undefined {
  const texts = items
    .map(item => own(item, key))
    .filter(value => typeof value === 'string' || typeof value === 'number')
  return texts.length === 0 ? undefined : [...new Set(texts.map(String))]
}

export function user(of: Document | undefined): Document | undefined {
  if (of === undefined) return undefined
  const groups = listAt(of, 'groups')
  return {
    domain: textAt(of, 'domain'),
    email: textAt(of, 'email_addr'),
    full_name: textAt(of, 'full_name'),
    id: textAt(of, 'uid'),
    name: textAt(of, 'name'),
    group: groups.length === 0 ? undefined : { id: textsOf(groups, 'uid'), name: textsOf(groups, 'name') }
  }
}

/** What goes to `related.user`. */
export function userNames(of: Document | undefined): (string | undefined)[] {
  return [
    textAt(of, 'email_addr'),
    textAt(of, 'full_name'),
    textAt(of, 'uid'),
    textAt(of, 'name'),
    textAt(of, 'uid_alt')
  ]
}

export function process(of: Document | undefined, depth = 0): Document | undefined {
  if (of === undefined) return undefined
  const tid = numberAt(of, 'tid')
  return {
    command_line: textAt(of, 'cmd_line'),
    start: textAt(of, 'created_time') ?? textAt(of, 'created_time_dt'),
    end: textAt(of, 'terminated_time') ?? textAt(of, 'terminated_time_dt'),
    entity_id: textAt(of, 'uid'),
    group: {
      id: textAt(objectAt(of, 'group'), 'uid') ?? textAt(of, 'egid'),
      name: textAt(objectAt(of, 'group'), 'name')
    },
    name: textAt(of, 'name'),
    pid: numberAt(of, 'pid'),
    thread: tid === undefined ? undefined : { id: tid },
    user: user(objectAt(of, 'user')),
    parent: depth > 0 ? undefined : process(objectAt(of, 'parent_process'), 1)
  }
}

const algorithms = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-512', 'sha512'],
  ['CTPH', 'ssdeep'],
  ['TLSH', 'tlsh']
])

export function hashes(of: Document | undefined): Document | undefined {
  const found: Record<string, string[]> = {}
  for (const hash of [...listAt(of, 'hashes'), ...listAt(of, 'fingerprints')]) {
    const name = algorithms.get(textAt(hash, 'algorithm') ?? '')
    const value = textAt(hash, 'value')
    if (name !== undefined && value !== undefined) found[name] = [...(found[name] ?? []), value]
  }
  return Object.keys(found).length === 0 ? undefined : found
}

export function file(of: Document | undefined): Document | undefined {
  if (of === undefined) return undefined
  const certificate = objectAt(of, 'signature', 'certificate')
  return {
    accessed: textAt(of, 'accessed_time') ?? textAt(of, 'accessed_time_dt'),
    created: textAt(of, 'created_time') ?? textAt(of, 'created_time_dt'),
    mtime: textAt(of, 'modified_time') ?? textAt(of, 'modified_time_dt'),
    directory: textAt(of, 'parent_folder'),
    hash: hashes(of),
    inode: textAt(of, 'uid'),
    mime_type: textAt(of, 'mime_type'),
    name: textAt(of, 'name'),
    owner: textAt(objectAt(of, 'owner'), 'name'),
    uid: textAt(objectAt(of, 'owner'), 'uid'),
    path: textAt(of, 'path'),
    size: numberAt(of, 'size'),
    type: textAt(of, 'type'),
    x509:
      certificate === undefined
        ? undefined
        : {
            issuer: { distinguished_name: textAt(certificate, 'issuer') },
            subject: { distinguished_name: textAt(certificate, 'subject') },
            not_after: textAt(certificate, 'expiration_time') ?? textAt(certificate, 'expiration_time_dt'),
            serial_number: textAt(certificate, 'serial_number'),
            version_number: textAt(certificate, 'version')
          }
  }
}

function geo(of: Document | undefined): Document | undefined {
  if (of === undefined) return undefined
  return {
    city_name: textAt(of, 'city'),
    continent_name: textAt(of, 'continent'),
    country_iso_code: textAt(of, 'country'),
    location: own(of, 'coordinates'),
    name: textAt(of, 'desc'),
    postal_code: textAt(of, 'postal_code'),
    region_iso_code: textAt(of, 'region')
  }
}

const systems = new Map(['Linux', 'Windows', 'Android', 'macOS', 'iOS'].map(name => [name, name.toLowerCase()]))

export function device(of: Document | undefined): Document | undefined {
  if (of === undefined) return undefined
  const ip = textAt(of, 'ip')
  const mac = macOf(of)
  const os = objectAt(of, 'os')
  return {
    domain: textAt(of, 'domain'),
    geo: geo(objectAt(of, 'location')),
    hostname: textAt(of, 'hostname'),
    id: textAt(of, 'uid'),
    ip: ip === undefined || ip === '-' ? undefined : [ip],
    mac: mac === undefined ? undefined : [mac],
    name: textAt(of, 'name')?.toLowerCase(),
    os: { name: textAt(os, 'name'), type: systems.get(textAt(os, 'type') ?? ''), version: textAt(os, 'build') },
    risk: { static_level: textAt(of, 'risk_level'), static_score: numberAt(of, 'risk_score') },
    type: textAt(of, 'type')
  }
}

export function macOf(of: Document | undefined): string | undefined {
  return textAt(of, 'mac')?.replaceAll(/[:.]/g, '-').toUpperCase()
}

export function endpoint(of: Document | undefined): Document {
  const domains = [textAt(of, 'domain'), textAt(of, 'hostname')].filter(text => text !== undefined)
  const ip = textAt(of, 'ip')
  return {
    domain: domains.length === 0 ? undefined : [...new Set(domains)],
    geo: geo(objectAt(of, 'location')),
    ip: ip === '-' ? undefined : ip,
    mac: macOf(of),
    port: numberAt(of, 'port')
  }
}
