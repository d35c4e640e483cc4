/**
 * Who did what to whom in a GuardDuty finding: source, destination and network of its action. Called by `finding-event.ts`.
 * In a network connection the direction tells which end is the source; those who probe ports, call APIs or log in are remote.
 */

import { distinct, list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import { single } from '../aws/finding.ts'
import { ipOf, portOf } from '../aws/values.ts'

export type Parties = {
  readonly source: object | undefined
  readonly destination: object | undefined
  readonly direction: string | undefined
  readonly transport: string | undefined
  /** All addresses of the action. */
  readonly addresses: readonly (string | undefined)[]
}

export function partiesOf(action: JsonObject | undefined): Parties {
  const connection = object(action?.['networkConnectionAction'])
  const dns = object(action?.['dnsRequestAction'])
  const kubernetes = object(action?.['kubernetesApiCallAction'])
  const probes = list(object(action?.['portProbeAction'])?.['portProbeDetails']).map(item => object(item))
  const caller = object(action?.['awsApiCallAction']) ?? kubernetes ?? object(action?.['rdsLoginAttemptAction'])

  const sourceIps = list(kubernetes?.['sourceIPs']).map(ipOf)
  const remotes = probes.length > 0 ? probes.map(remoteOf) : [remoteOf(caller ?? connection)]
  const locals = probes.length > 0 ? probes.map(localOf) : [localOf(connection)]
  const direction = text(connection?.['connectionDirection'])?.toLowerCase()
  const outbound = direction === 'outbound'
  const remote = endOf(remotes, sourceIps)
  const local = endOf(locals, [])
  return {
    source: outbound ? local : remote,
    destination: outbound ? remote : local,
    direction,
    transport: (text(connection?.['protocol']) ?? text(dns?.['protocol']))?.toLowerCase(),
    addresses: [...remotes.map(end => end.ip), ...locals.map(end => end.ip), ...sourceIps]
  }
}

type End = {
  readonly ip: string | undefined
  readonly port: number | undefined
  /** GuardDuty's `remoteIpDetails`. */
  readonly details: JsonObject | undefined
}

function remoteOf(from: JsonObject | undefined): End {
  const details = object(from?.['remoteIpDetails'])
  return { ip: addressIn(details), port: portOf(object(from?.['remotePortDetails'])?.['port']), details }
}

function localOf(from: JsonObject | undefined): End {
  return {
    ip: addressIn(object(from?.['localIpDetails'])),
    port: portOf(object(from?.['localPortDetails'])?.['port']),
    details: undefined
  }
}

function addressIn(details: JsonObject | undefined): string | undefined {
  return ipOf(details?.['ipAddressV4']) ?? ipOf(details?.['ipAddressV6'])
}

function endOf(ends: readonly End[], ips: readonly (string | undefined)[]): object | undefined {
  const addresses = distinct(...ends.map(end => end.ip))
  const given = distinct(...ips)
  const ports = distinct(...ends.map(end => (end.port === undefined ? undefined : String(end.port))))
  if (addresses === undefined && given === undefined && ports === undefined) return undefined
  const details = ends.find(end => end.details !== undefined)?.details
  const organization = object(details?.['organization'])
  const country = object(details?.['country'])
  return {
    address: single(addresses),
    ip: single(given ?? addresses),
    port: single(ports?.map(Number)),
    as:
      organization === undefined
        ? undefined
        : {
            number: numberOf(organization['asn']),
            organization: { name: textOf(organization['asnOrg']) }
          },
    geo:
      details === undefined
        ? undefined
        : {
            city_name: text(object(details['city'])?.['cityName']),
            country_iso_code: text(country?.['countryCode']),
            country_name: text(country?.['countryName'])
          }
  }
}
