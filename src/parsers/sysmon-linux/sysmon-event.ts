/**
 * What an event of Sysmon for Linux means in ECS, as Elastic's sysmon_linux integration has it: the fields of `winlog.event_data` move
 * to their places, what has none stays there.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { ipVersion, isIp } from '../../core/ip.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type Document, own, put } from '../ndjson/document.ts'

type Meaning = { readonly category?: readonly string[]; readonly type: readonly string[] }

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['1', { category: ['process'], type: ['start'] }],
  ['2', { category: ['file'], type: ['change'] }],
  ['3', { category: ['network'], type: ['start', 'connection', 'protocol'] }],
  ['4', { category: ['process'], type: ['change'] }],
  ['5', { category: ['process'], type: ['end'] }],
  ['6', { category: ['driver'], type: ['start'] }],
  ['7', { category: ['process'], type: ['change'] }],
  ['10', { category: ['process'], type: ['access'] }],
  ['11', { category: ['file'], type: ['creation'] }],
  ['15', { category: ['file'], type: ['access'] }],
  ['16', { category: ['configuration'], type: ['change'] }],
  ['22', { category: ['network'], type: ['connection', 'protocol', 'info'] }],
  ['23', { category: ['file'], type: ['deletion'] }],
  ['24', { type: ['change'] }],
  ['25', { category: ['process'], type: ['change'] }],
  ['26', { category: ['file'], type: ['deletion'] }]
])

const empty = new Set(['', '-', '{00000000-0000-0000-0000-000000000000}'])

/** The values of one event, taken one by one. */
class Data {
  readonly rest: Document = {}

  constructor(data: Document) {
    for (const name in data) {
      const value = data[name]
      if (value === null || value === undefined || (typeof value === 'string' && empty.has(value))) continue
      put(this.rest, name, value)
    }
  }

  peek(name: string): string | undefined {
    const value = own(this.rest, name)
    return typeof value === 'string'
      ? value
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : undefined
  }

  take(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.peek(name)
      if (value === undefined) continue
      delete this.rest[name]
      return value
    }
    return undefined
  }

  number(...names: readonly string[]): number | undefined {
    for (const name of names) {
      const value = this.peek(name)
      if (value === undefined || !/^\d{1,15}$/.test(value)) continue
      delete this.rest[name]
      return Number(value)
    }
    return undefined
  }
}

export type Sysmon = {
  readonly event: Document
  readonly process: Document | undefined
  readonly file: Document | undefined
  readonly network: Document | undefined
  readonly source: Document | undefined
  readonly destination: Document | undefined
  readonly user: Document
  readonly rule: Document | undefined
  readonly error: Document | undefined
  readonly sysmon: Document | undefined
  readonly dns: Document | undefined
  readonly related: Document
  readonly message: string | undefined
  /** The time within the event. */
  readonly timeUs: number | undefined
  readonly rest: Document
}

/** `code`: the event's number as text. `userId`: whom Sysmon runs as. */
export function sysmonEvent(code: string, eventData: Document, userId: string | undefined): Sysmon {
  const data = new Data(eventData)
  const meaning = meanings.get(code)
  const utcTime = data.take('UtcTime')
  const hashes = hashesOf(data.take('Hashes', 'Hash'))
  const executable = data.take('Image', 'SourceImage', 'Destination')
  const parentExecutable = data.take('ParentImage')
  const commandLine = data.take('CommandLine')
  const parentLine = data.take('ParentCommandLine')
  const args = commandLine === undefined ? undefined : splitCommandLine(commandLine)
  const parentArgs = parentLine === undefined ? undefined : splitCommandLine(parentLine)
  const path = data.take('TargetFilename', 'Device', 'ImageLoaded')
  const sourceIp = data.take('SourceIp')
  const destinationIp = data.take('DestinationIp')
  const initiated = data.take('Initiated')
  const sourceIsIpv6 = data.take('SourceIsIpv6')
  data.take('DestinationIsIpv6')
  const [domain, user] = userOf(data.take('User'))
  const question = data.take('QueryName')
  const status = data.take('QueryStatus')
  const archived = data.take('Archived')
  const isExecutable = data.take('IsExecutable')
  const isSource = isIp(sourceIp)
  const isDestination = isIp(destinationIp)
  const processHash = hashes !== undefined && ['1', '23', '24', '25', '26'].includes(code)
  const process: Document = {
    entity_id: data.take('ProcessGuid', 'SourceProcessGuid', 'SourceProcessGUID'),
    pid: data.number('ProcessId', 'SourceProcessId'),
    thread: { id: data.number('SourceThreadId') },
    executable,
    name: baseName(executable),
    command_line: commandLine,
    args,
    args_count: args?.length,
    working_directory: data.take('CurrentDirectory'),
    hash: processHash ? hashes : undefined,
    pe: {
      original_file_name: data.take('OriginalFileName'),
      company: data.peek('Company'),
      description: data.peek('Description'),
      file_version: data.peek('FileVersion'),
      product: data.peek('Product')
    },
    parent: {
      entity_id: data.take('ParentProcessGuid'),
      pid: data.number('ParentProcessId'),
      executable: parentExecutable,
      name: baseName(parentExecutable),
      command_line: parentLine,
      args: parentArgs,
      args_count: parentArgs?.length
    }
  }
  const transport = data.take('Protocol')
  const protocol = code === '22' ? 'dns' : (data.take('DestinationPortName') ?? data.take('SourcePortName'))
  data.take('SourcePortName')
  const isNetwork = isSource || isDestination || transport !== undefined || question !== undefined
  return {
    event: {
      kind: 'event',
      code: code === '' ? undefined : code,
      action: 'log',
      category: meaning?.category,
      type: meaning?.type
    },
    process,
    file:
      path === undefined
        ? undefined
        : {
            path,
            name: baseName(path),
            directory: directoryOf(path),
            extension: extensionOf(path),
            hash: processHash ? undefined : hashes
          },
    network: isNetwork
      ? {
          transport,
          protocol,
          direction: initiated === 'true' ? 'egress' : initiated === 'false' ? 'ingress' : undefined,
          type:
            sourceIsIpv6 === 'true' || (sourceIsIpv6 === undefined && ipVersion(sourceIp) === 6)
              ? 'ipv6'
              : isSource || sourceIsIpv6 === 'false'
                ? 'ipv4'
                : undefined,
          community_id: isSource && isDestination ? COMMUNITY_ID : undefined
        }
      : undefined,
    source: isSource
      ? { ip: sourceIp, domain: data.take('SourceHostname'), port: data.number('SourcePort') }
      : undefined,
    destination: isDestination
      ? { ip: destinationIp, domain: data.take('DestinationHostname'), port: data.number('DestinationPort') }
      : undefined,
    user: { id: userId, name: user, domain },
    rule: { name: data.take('RuleName') },
    error: code === '255' ? { code: data.take('ID') } : undefined,
    sysmon: {
      dns: { status },
      file: {
        archived: archived === undefined ? undefined : archived === 'true',
        is_executable: isExecutable === undefined ? undefined : isExecutable === 'true'
      }
    },
    dns: question === undefined ? undefined : { question: { name: question } },
    related: {
      hash: hashes === undefined ? undefined : distinct(...Object.values(hashes)),
      ip: distinct(isSource ? sourceIp : undefined, isDestination ? destinationIp : undefined),
      user: distinct(user),
      hosts: distinct(question)
    },
    message: code === '25' ? data.take('Type') : undefined,
    timeUs: utcTime === undefined ? undefined : parseIso(utcTime),
    rest: data.rest
  }
}

/** `MD5=…,SHA256=…` as `{ md5, sha256 }`; those of zeros say nothing. */
function hashesOf(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined || text.length > 4096) return undefined
  let hashes: Record<string, string> | undefined
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    if (equals <= 0) continue
    const name = part.slice(0, equals).trim().toLowerCase()
    const value = part.slice(equals + 1).toLowerCase()
    if (!/^[a-z0-9]{1,16}$/.test(name) || /^0*$/.test(value)) continue
    hashes ??= {}
    hashes[name] = value
  }
  return hashes
}

function userOf(text: string | undefined): readonly [domain: string | undefined, name: string | undefined] {
  if (text === undefined) return [undefined, undefined]
  const slash = text.indexOf('\\')
  return slash < 0 ? [undefined, text] : [text.slice(0, slash), text.slice(slash + 1)]
}

const separator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))

function baseName(path: string | undefined): string | undefined {
  return path === undefined ? undefined : path.slice(separator(path) + 1) || undefined
}

function directoryOf(path: string): string | undefined {
  const at = separator(path)
  return at < 0 ? undefined : at === 0 ? '/' : path.slice(0, at)
}

function extensionOf(path: string): string | undefined {
  const dot = path.lastIndexOf('.')
  return dot > separator(path) + 1 ? path.slice(dot + 1) || undefined : undefined
}

const argumentsMax = 1024

/** A command line's arguments: at blanks, but for those within double quotes; `\"` is a quote. */
export function splitCommandLine(line: string): string[] {
  const out: string[] = []
  let at = 0
  while (at < line.length && out.length < argumentsMax) {
    const blank = line.charCodeAt(at)
    if (blank === 32 || blank === 9) {
      at++
      continue
    }
    let argument = ''
    let quoted = false
    let slashes = 0
    for (; at < line.length; at++) {
      const c = line[at]!
      if (c === '\\') {
        slashes++
        continue
      }
      if (c === '"') {
        argument += '\\'.repeat(slashes >> 1)
        if (slashes % 2 === 1) argument += c
        else if (quoted && line[at + 1] === '"') {
          argument += c
          at++
          quoted = !quoted
        } else quoted = !quoted
        slashes = 0
        continue
      }
      if ((c === ' ' || c === '\t') && !quoted) break
      argument += '\\'.repeat(slashes) + c
      slashes = 0
    }
    out.push(argument + '\\'.repeat(slashes))
  }
  return out
}

export function timeText(timeUs: number | undefined): string | undefined {
  return timeUs === undefined ? undefined : isoMs(timeUs)
}
