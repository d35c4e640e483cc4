/** Small things that the parsers of AWS's logs share: ports, addresses, parts of ARNs, and what of a record has no field of its own. */

import { numberOf, text } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { keep } from '../cloudtrail/leaves.ts'

/** A port: a whole number from 0 to 65535, or its digits. */
export function portOf(value: JsonValue | undefined): number | undefined {
  const port = numberOf(value)
  return port !== undefined && port >= 0 && port <= 65535 && Number.isInteger(port) ? port : undefined
}

/** The text, if it is an IP address. */
export function ipOf(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

export function ipTypeOf(ip: string | undefined): 'ipv4' | 'ipv6' | undefined {
  return ip === undefined ? undefined : ip.includes(':') ? 'ipv6' : 'ipv4'
}

/** Puts what is not in `known` into `target`, in snake case, without its empty parts. */
export function keepRest(target: Record<string, unknown>, json: JsonObject, known: ReadonlySet<string>): void {
  for (const key in json) if (!known.has(key)) keep(target, key, json[key]!)
}

/** The region of an availability zone: `us-east-2` of `us-east-2a`. */
export function regionOfZone(zone: string | undefined): string | undefined {
  if (zone === undefined) return undefined
  let end = zone.length
  while (end > 0 && zone.charCodeAt(end - 1) >= 97 && zone.charCodeAt(end - 1) <= 122) end--
  return end === zone.length || end === 0 ? undefined : zone.slice(0, end)
}

export type Arn = {
  readonly service: string | undefined
  readonly region: string | undefined
  readonly account: string | undefined
  /** What follows the account, colons and all. */
  readonly resource: string | undefined
}

/** `arn:partition:service:region:account:resource`; undefined if it is anything else. */
export function arnOf(value: JsonValue | undefined): Arn | undefined {
  const arn = text(value)
  if (arn === undefined || !arn.startsWith('arn:')) return undefined
  const partition = arn.indexOf(':', 4)
  const service = partition < 0 ? -1 : arn.indexOf(':', partition + 1)
  const region = service < 0 ? -1 : arn.indexOf(':', service + 1)
  const account = region < 0 ? -1 : arn.indexOf(':', region + 1)
  if (account < 0) return undefined
  return {
    service: arn.slice(partition + 1, service) || undefined,
    region: arn.slice(service + 1, region) || undefined,
    account: arn.slice(region + 1, account) || undefined,
    resource: arn.slice(account + 1) || undefined
  }
}

/** `TLS` and `1.2` of `TLSv1.2`, `TLSv12` and `tls 1.2`: ECS wants the name in lower case and the version with its dot. */
export function tlsVersion(value: string | undefined): { readonly name: string; readonly version: string } | undefined {
  if (value === undefined) return undefined
  const lower = value.toLowerCase()
  let mark = lower.indexOf('v')
  if (mark < 0) mark = lower.indexOf(' ')
  if (mark < 1 || mark === lower.length - 1) return undefined
  const digits = lower.slice(mark + 1)
  return {
    name: lower.slice(0, mark),
    version: digits.includes('.') || digits.length < 2 ? digits : `${digits[0]}.${digits.slice(1)}`
  }
}
