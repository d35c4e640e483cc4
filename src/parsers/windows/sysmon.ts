/**
 * Sysmon (Microsoft-Windows-Sysmon/Operational, events 1 to 29 and 255) in ECS, as Elastic's windows/sysmon_operational integration
 * maps it. Native fields stay in `winlog.event_data`.
 */

import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import { parseIso } from '../../core/time.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import { splitCommandLine } from './command-line.ts'
import { dnsStatus, recordType } from './dns-status.ts'
import { accountParts, type Draft, type Fields, fileOfPath, relate } from './draft.ts'
import { registryOf } from './sysmon-registry.ts'
import { type Data, decodeNumber, plainIp, portOf, said } from './win-event.ts'

type Kind = readonly [category: readonly string[] | undefined, type: readonly string[] | undefined, action: string]

const table = `
1|process|start|Process creation
2|file|change|A process changed a file creation time
3|network|start,connection,protocol|Network connection
4|process|change|Sysmon service state changed
5|process|end|Process terminated
6|driver|start|Driver loaded
7|process,library|change,start|Image loaded
8|process|change|CreateRemoteThread
9|process|access|RawAccessRead
10|process|access|ProcessAccess
11|file|creation|FileCreate
12|configuration,registry|change|RegistryEvent (Object create and delete)
13|configuration,registry|change|RegistryEvent (Value Set)
14|configuration,registry|change|RegistryEvent (Key and Value Rename)
15|file|access|FileCreateStreamHash
16|configuration|change|ServiceConfigurationChange
17|file|creation|PipeEvent (Pipe Created)
18|file|access|PipeEvent (Pipe Connected)
19|process|info|WmiEvent (WmiEventFilter activity detected)
20|process|change|WmiEvent (WmiEventConsumer activity detected)
21|process|access|WmiEvent (WmiEventConsumerToFilter activity detected)
22|network|connection,protocol,info|DNSEvent (DNS query)
23|file|deletion|FileDelete (File Delete archived)
24||change|ClipboardChange (New content in the clipboard)
25|process|change|ProcessTampering (Process image change)
26|file|deletion|FileDeleteDetected (File Delete logged)
27|file|creation|FileBlockExecutable
28|file|deletion|FileBlockShredding
29|file|creation|FileExecutableDetected
255|process||Error
`

const kinds: ReadonlyMap<string, Kind> = new Map(
  table
    .trim()
    .split('\n')
    .map(line => {
      const [code, category, type, action] = line.split('|') as [string, string, string, string]
      return [
        code,
        [category === '' ? undefined : category.split(','), type === '' ? undefined : type.split(','), action]
      ]
    })
)

const hashOfProcess = new Set(['1', '23', '24', '25', '26'])
const hashOfFile = new Set(['6', '7', '15', '23', '26', '27', '28', '29'])

export function mapSysmon(draft: Draft): void {
  const { source, data } = draft
  const code = source.eventId
  draft.dataset = 'windows.sysmon_operational'
  const kind = kinds.get(code)
  if (kind !== undefined) {
    draft.category = kind[0]
    draft.type = kind[1]
    draft.action = kind[2]
  }
  if (code === '27' || code === '255') draft.outcome = 'failure'
  const time = said(data, 'UtcTime')
  draft.timeUs = time === undefined ? undefined : parseIso(time)
  const rule = said(data, 'RuleName')
  if (rule !== undefined) draft.rule = { name: rule }
  if (code === '255') draft.errorCode = said(data, 'ID')
  if (code === '25') draft.message = said(data, 'Type') ?? draft.message
  const hashes = readHashes(draft)
  process(draft, hashOfProcess.has(code) ? hashes : undefined)
  file(draft, hashOfFile.has(code) ? hashes : undefined)
  if (code === '3') connection(draft)
  else if (code === '22') query(draft)
  else if (code === '12' || code === '13' || code === '14') draft.registry = registryOf(data)
  account(draft)
  const archived = flag(said(data, 'Archived'))
  const executable = flag(said(data, 'IsExecutable'))
  const status = said(data, 'QueryStatus')
  if (archived !== undefined || executable !== undefined || status !== undefined)
    draft.product = {
      sysmon: {
        file: { archived, is_executable: executable },
        dns: { status: status === undefined ? undefined : dnsStatus(status) }
      }
    }
  const target = said(data, 'TargetProcessGuid')
  if (target !== undefined) data['TargetProcessGUID'] = target
}

type Hashes = { readonly hash: Fields; readonly imphash: string | undefined }

/** `SHA1=…,MD5=…,IMPHASH=…`: those that are not all zeros. */
function readHashes(draft: Draft): Hashes | undefined {
  const text = said(draft.data, 'Hashes') ?? said(draft.data, 'Hash')
  if (text === undefined) return undefined
  const hash: Fields = { md5: undefined, sha1: undefined, sha256: undefined }
  let imphash: string | undefined
  for (const one of text.split(',', 8)) {
    const at = one.indexOf('=')
    const value = one.slice(at + 1).toLowerCase()
    if (at < 0 || value === '' || /^0+$/.test(value)) continue
    const name = one.slice(0, at).trim().toLowerCase()
    if (name === 'imphash') imphash = value
    else if (name === 'md5' || name === 'sha1' || name === 'sha256') hash[name] = value
    else continue
    relate(draft.relatedHashes, value)
  }
  return { hash, imphash }
}

function process(draft: Draft, hashes: Hashes | undefined): void {
  const { data, source } = draft
  const line = said(data, 'CommandLine')
  const args = line === undefined ? undefined : splitCommandLine(line)
  const executable = said(data, 'Image') ?? said(data, 'SourceImage') ?? said(data, 'Destination')
  const thread = decodeNumber(said(data, 'SourceThreadId'))
  const own = source.eventId !== '7'
  draft.process = {
    entity_id: said(data, 'ProcessGuid') ?? said(data, 'SourceProcessGUID') ?? said(data, 'SourceProcessGuid'),
    pid: decodeNumber(said(data, 'ProcessId') ?? said(data, 'SourceProcessId')),
    executable,
    name: nameOf(executable),
    command_line: line,
    args,
    args_count: args?.length,
    working_directory: said(data, 'CurrentDirectory'),
    thread: thread === undefined ? undefined : { id: thread },
    hash: hashes?.hash,
    pe: own
      ? {
          imphash: hashes?.imphash,
          original_file_name: said(data, 'OriginalFileName'),
          company: said(data, 'Company'),
          description: said(data, 'Description'),
          file_version: said(data, 'FileVersion'),
          product: said(data, 'Product')
        }
      : undefined,
    parent: parentOf(data)
  }
}

function parentOf(data: Data): Fields | undefined {
  const executable = said(data, 'ParentImage')
  const line = said(data, 'ParentCommandLine')
  const entity = said(data, 'ParentProcessGuid')
  if (executable === undefined && line === undefined && entity === undefined) return undefined
  const args = line === undefined ? undefined : splitCommandLine(line)
  return {
    entity_id: entity,
    pid: decodeNumber(said(data, 'ParentProcessId')),
    executable,
    name: nameOf(executable),
    command_line: line,
    args,
    args_count: args?.length
  }
}

/** The last part of a path; a text without backslash is none. */
function nameOf(path: string | undefined): string | undefined {
  const slash = path === undefined ? -1 : path.lastIndexOf('\\')
  return slash < 0 ? undefined : path!.slice(slash + 1) || undefined
}

function file(draft: Draft, hashes: Hashes | undefined): void {
  const { data, source } = draft
  const path = said(data, 'ImageLoaded') ?? said(data, 'TargetFilename') ?? said(data, 'Device')
  const pipe = said(data, 'PipeName')
  if (path === undefined && pipe === undefined) return
  const image = source.eventId === '7'
  const signed = said(data, 'Signed')
  const status = said(data, 'SignatureStatus')
  const subject = said(data, 'Signature')
  const found = path === undefined ? { name: pipe } : fileOfPath(path)
  const original = image ? said(data, 'OriginalFileName') : undefined
  draft.file = {
    ...found,
    hash: hashes?.hash,
    pe: {
      imphash: hashes?.imphash,
      original_file_name: original,
      company: image ? said(data, 'Company') : undefined,
      description: image ? said(data, 'Description') : undefined,
      file_version: image ? said(data, 'FileVersion') : undefined,
      product: image ? said(data, 'Product') : undefined
    },
    code_signature: {
      subject_name: subject,
      status,
      trusted: signed === undefined ? undefined : signed === 'true',
      valid: status === 'Valid' ? true : undefined
    }
  }
  if (!image) return
  draft.dll = {
    name: found['name'],
    path,
    hash: hashes?.hash,
    pe: { imphash: hashes?.imphash, original_file_name: original },
    code_signature: {
      subject_name: subject,
      trusted: flag(signed),
      status:
        signed === 'true'
          ? 'trusted'
          : status === 'Unavailable'
            ? status
            : signed?.startsWith('failed:')
              ? signed
              : undefined
    }
  }
}

function connection(draft: Draft): void {
  const { data } = draft
  const sourceIp = said(data, 'SourceIp')
  const destinationIp = said(data, 'DestinationIp')
  const known = isIp(sourceIp) && isIp(destinationIp)
  const six = flag(said(data, 'SourceIsIpv6'))
  const initiated = flag(said(data, 'Initiated'))
  draft.from = {
    ip: isIp(sourceIp) ? sourceIp : undefined,
    port: portOf(said(data, 'SourcePort')),
    domain: said(data, 'SourceHostname')
  }
  draft.destination = {
    ip: isIp(destinationIp) ? destinationIp : undefined,
    port: portOf(said(data, 'DestinationPort')),
    domain: said(data, 'DestinationHostname')
  }
  draft.network = {
    transport: said(data, 'Protocol'),
    protocol: said(data, 'DestinationPortName') ?? said(data, 'SourcePortName'),
    direction: initiated === undefined ? undefined : initiated ? 'egress' : 'ingress',
    type: six === undefined ? undefined : six ? 'ipv6' : 'ipv4',
    community_id: known ? COMMUNITY_ID : undefined
  }
  if (isIp(sourceIp)) relate(draft.relatedIps, sourceIp)
  if (isIp(destinationIp)) relate(draft.relatedIps, destinationIp)
}

const answersMax = 256

/** `type:  5 www.example.net;::ffff:192.0.2.1;`: answers that are no addresses have their type before them. */
function query(draft: Draft): void {
  const { data } = draft
  const name = said(data, 'QueryName')
  const answers: { readonly data: string | undefined; readonly type: string | undefined }[] = []
  const ips: string[] = []
  for (const one of said(data, 'QueryResults')?.split(';', answersMax) ?? []) {
    if (one.startsWith('type:')) {
      const parts = one.trim().split(/\s+/)
      const host = parts.length === 3 ? parts[2] : undefined
      answers.push({ data: host, type: recordType(parts[1]) })
      relate(draft.relatedHosts, host)
      continue
    }
    const ip = plainIp(one.trim())
    if (isIp(ip)) ips.push(ip)
  }
  for (const ip of ips) {
    answers.push({ data: ip, type: ip.includes(':') ? 'AAAA' : 'A' })
    relate(draft.relatedIps, ip)
  }
  relate(draft.relatedHosts, name)
  const domain = name === undefined ? undefined : registeredDomain(name)
  draft.dns = {
    question: {
      name,
      registered_domain: domain?.registered_domain,
      subdomain: domain?.subdomain,
      top_level_domain: domain?.top_level_domain
    },
    answers: answers.length === 0 ? undefined : answers,
    resolved_ip: ips.length === 0 ? undefined : ips
  }
  draft.network = { protocol: 'dns' }
}

function account(draft: Draft): void {
  const { data, source } = draft
  const parts = accountParts(said(data, 'User') ?? said(data, 'SourceUser'))
  draft.user = { id: source.userSid, domain: parts?.domain, name: parts?.name }
  relate(draft.relatedUsers, parts?.name)
}

function flag(text: string | undefined): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}
