/** Pieces of load balancers' log fields: addresses with ports, times that may be -1, TLS. Used by the three mappings. */

import { present } from '../aws/fields.ts'
import { ipOf, portOf, tlsVersion } from '../aws/values.ts'

export type Place = { readonly ip: string | undefined; readonly port: string | undefined }

/** `192.0.2.1:80`, `2001:db8::1:443`, `[2001:db8::1]:443`; undefined for `-` and whatever else is no address. */
export function placeOf(field: string | undefined): Place | undefined {
  if (field === undefined) return undefined
  const colon = field.lastIndexOf(':')
  const host = colon < 0 ? field : field.slice(0, colon)
  const ip = ipOf(host.charCodeAt(0) === 91 ? host.slice(1, -1) : host)
  const port = colon < 0 ? undefined : field.slice(colon + 1)
  return ip === undefined ? undefined : { ip, port: portOf(port) === undefined ? undefined : port }
}

/** A time in the unit of the field; undefined for -1 and `-`. */
export function timeOf(field: string | undefined): { sec: number } | undefined {
  const value = numberIn(field)
  return value === undefined ? undefined : { sec: value }
}

export function numberIn(field: string | undefined): number | undefined {
  if (field === undefined || field === '-' || field === '-1' || field === '' || field.length > 32) return undefined
  const value = Number(field)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

export function tlsOf(cipher: string | undefined, protocol: string | undefined) {
  if (cipher === undefined && protocol === undefined) return undefined
  const version = tlsVersion(protocol)
  return { cipher, version: version?.version, version_protocol: version?.name }
}

/** Fields that AWS has added since: under a name that says where they stood. */
export function further(fields: readonly string[], from: number, count: number): string[] | undefined {
  return count > from ? fields.slice(from, count) : undefined
}

/** Words between `separator`s; undefined for `-`. */
export function wordsOf(field: string | undefined, separator: string): string[] | undefined {
  return present(field)?.split(separator, 256)
}
