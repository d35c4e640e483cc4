/** CEF's header and extensions as an ECS event: the table of Elastic's `decode_cef` and the additions of its `cef` pipeline. */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import type { EcsEvent } from '../../core/parser.ts'
import type { CefText } from './scan.ts'

/** Extensions by their full names. */
export type CefFields = { [name: string]: string | number }

export function cefEvent(
  text: CefText,
  x: CefFields,
  invalid: Record<string, string>,
  errors: readonly string[] | undefined
): EcsEvent {
  const sourceIp = x['sourceAddress'] as string | undefined
  const destinationIp = x['destinationAddress'] as string | undefined
  const sourceUser = x['sourceUserName'] as string | undefined
  const destinationUser = x['destinationUserName'] as string | undefined
  const hostname = (x['deviceHostName'] ?? x['deviceDnsDomain']) as string | undefined
  const forcepoint = text.vendor === 'FORCEPOINT'
  const referrer = x['requestContext'] as string | undefined
  return {
    '@timestamp': x['deviceReceiptTime'] as string | undefined,
    message: x['message'] ?? text.name,
    event: {
      kind: eventKind(x['type']),
      module: 'cef',
      dataset: 'cef.log',
      code: text.classId,
      severity: severityNumber(text.severity),
      action: x['deviceAction'],
      outcome: outcomeOf(x),
      id: textOr(x['eventId']) ?? x['devicePayloadId'],
      created: x['agentReceiptTime'],
      start: x['startTime'],
      end: x['endTime'],
      timezone: x['deviceTimeZone']
    },
    observer: {
      vendor: text.vendor,
      product: text.product,
      version: text.deviceVersion,
      hostname,
      ip: x['deviceAddress'] === undefined ? undefined : [x['deviceAddress']],
      mac: x['deviceMacAddress']
    },
    agent: {
      ip: x['agentAddress'],
      name: x['agentHostName'] ?? x['agentDnsDomain'],
      id: x['agentId'],
      mac: x['agentMacAddress'],
      type: x['agentType'],
      version: x['agentVersion']
    },
    source: endpoint(x, sourceNames, x['bytesIn']),
    destination: endpoint(x, destinationNames, x['bytesOut']),
    network: {
      application: x['applicationProtocol'],
      transport: textOr(x['transportProtocol'])?.toLowerCase(),
      direction: x['deviceDirection'] === 0 ? 'inbound' : x['deviceDirection'] === 1 ? 'outbound' : undefined,
      community_id:
        sourceIp !== undefined && destinationIp !== undefined && x['transportProtocol'] !== undefined
          ? COMMUNITY_ID
          : undefined
    },
    organization: { id: x['customerExternalID'], name: x['customerURI'] },
    process:
      x['deviceProcessId'] === undefined && x['deviceProcessName'] === undefined
        ? undefined
        : { pid: x['deviceProcessId'], name: x['deviceProcessName'] },
    file: {
      created: x['fileCreateTime'],
      inode: x['fileId'],
      mtime: x['fileModificationTime'],
      name: x['filename'],
      path: x['filePath'],
      group: x['filePermission'],
      size: x['fileSize'],
      type: x['fileType']
    },
    http: {
      request: {
        method: x['requestMethod'],
        referrer: referrer?.startsWith('http') === true ? referrer : undefined
      }
    },
    url: { original: x['requestUrl'] },
    user_agent: { original: x['requestClientApplication'] },
    rule: forcepoint ? { id: x['deviceCustomString2'] ?? x['deviceCustomString1'] } : undefined,
    vulnerability: forcepoint ? { reference: x['deviceCustomString3'] } : undefined,
    error: errors === undefined ? undefined : { message: errors },
    related: {
      hash: distinct(textOr(x['fileHash']), textOr(x['oldFileHash'])),
      hosts: hostname === undefined ? undefined : [hostname],
      ip: distinct(
        destinationIp,
        x['destinationTranslatedAddress'] as string | undefined,
        sourceIp,
        x['sourceTranslatedAddress'] as string | undefined
      ),
      user: distinct(destinationUser, sourceUser)
    },
    cef: {
      version: text.version,
      device: {
        vendor: text.vendor,
        product: text.product,
        version: text.deviceVersion,
        event_class_id: text.classId
      },
      name: text.name,
      severity: text.severity,
      extensions: x,
      invalid,
      forcepoint: forcepoint ? { virus_id: x['deviceCustomString4'] } : undefined
    }
  }
}

/** The names of a side's extensions: made once, an event has no time to join them. */
function sideNames(side: 'source' | 'destination') {
  return {
    address: `${side}Address`,
    port: `${side}Port`,
    host: `${side}HostName`,
    dns: `${side}DnsDomain`,
    mac: `${side}MacAddress`,
    natAddress: `${side}TranslatedAddress`,
    natPort: `${side}TranslatedPort`,
    pid: `${side}ProcessId`,
    process: `${side}ProcessName`,
    service: `${side}ServiceName`,
    lat: `${side}GeoLatitude`,
    lon: `${side}GeoLongitude`,
    user: `${side}UserName`,
    userId: `${side}UserId`,
    privileges: `${side}UserPrivileges`
  }
}

const sourceNames = sideNames('source')
const destinationNames = sideNames('destination')

function endpoint(x: CefFields, names: ReturnType<typeof sideNames>, bytes: unknown): object {
  const group = x[names.privileges]
  const lat = x[names.lat]
  const lon = x[names.lon]
  const natIp = x[names.natAddress]
  const natPort = x[names.natPort]
  const pid = x[names.pid]
  const process = x[names.process]
  const service = x[names.service]
  const id = x[names.userId]
  const user = x[names.user]
  return {
    ip: x[names.address],
    port: x[names.port],
    domain: x[names.host] ?? x[names.dns],
    mac: textOr(x[names.mac])?.replaceAll(':', '-').toUpperCase(),
    bytes,
    nat: natIp === undefined && natPort === undefined ? undefined : { ip: natIp, port: natPort },
    process: pid === undefined && process === undefined ? undefined : { pid, name: process },
    service: service === undefined ? undefined : { name: service },
    geo: lat === undefined && lon === undefined ? undefined : { location: { lat, lon } },
    user:
      id === undefined && user === undefined && group === undefined
        ? undefined
        : { id, name: user, group: group === undefined ? undefined : { name: group } }
  }
}

/** 0 base event, 1 aggregated, 2 correlation, 3 action. */
function eventKind(type: unknown): 'event' | 'alert' {
  return type === 2 ? 'alert' : 'event'
}

/** 0–10, or a word: Low 0–3, Medium 4–6, High 7–8, Very-High 9–10; the word stands for the lowest of its range. */
function severityNumber(severity: string | undefined): number | undefined {
  switch (severity?.toLowerCase()) {
    case undefined:
      return undefined
    case 'low':
      return 0
    case 'medium':
      return 4
    case 'high':
      return 7
    case 'very-high':
      return 9
    default:
      return /^\d{1,9}$/.test(severity!) ? Number(severity) : undefined
  }
}

function outcomeOf(x: CefFields): unknown {
  if (x['categoryOutcome'] === '/Success') return 'success'
  if (x['categoryOutcome'] === '/Failure') return 'failure'
  return x['eventOutcome']
}

function textOr(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
