/**
 * Sysmon for Linux: process, network and file events as XML inside syslog (`sysmon: <Event><System>…`), and as documents that
 * Filebeat made of them (`winlog.*`). What Sysmon says in words is kept as its messages.
 */

import { textOf } from '../../core/ecs-values.ts'
import type { EcsEvent, JsonObject, JsonValue, ParseContext, Parsed, Parser, Sample } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { type Document, own, unfold } from '../ndjson/document.ts'
import { passEcs } from '../ndjson/ecs.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { sysmonLinuxDescription } from './description.ts'
import { type EventXml, readEventXml } from './event-xml.ts'
import { type Sysmon, sysmonEvent, timeText } from './sysmon-event.ts'

const levels = ['information', 'critical', 'error', 'warning', 'information', 'verbose']
const opcodes = ['Info', 'Start', 'Stop']

export const sysmonLinuxMessages: MessageReader = {
  name: 'sysmon-linux-messages',
  title: 'Sysmon for Linux, XML in syslog',
  programs: ['sysmon'],
  sign: /<Event/,
  claims: body => body.startsWith('<Event') && body.slice(0, 160).includes('Linux-Sysmon'),
  read
}

function read({ header, body }: SyslogMessage): ReadMessage | undefined {
  const xml = readEventXml(body)
  if (xml !== undefined) return readXml(xml, header.host)
  if (header.program === undefined) return undefined
  return {
    event: { event: { kind: 'event', module: 'sysmon_linux', dataset: 'sysmon_linux.log', action: 'log' } },
    kind: 'message'
  }
}

function readXml({ system, data }: EventXml, host: string | undefined): ReadMessage {
  const code = system.get('EventID') ?? ''
  const userId = system.get('Security.UserId')
  const sysmon = sysmonEvent(code, data, userId)
  const created = parseIso((system.get('TimeCreated.SystemTime') ?? '').slice(0, 40))
  const computer = system.get('Computer')
  const provider = system.get('Provider.Name')
  const event = eventOf(sysmon)
  const said = event['event'] as Document
  said['created'] = timeText(created)
  said['provider'] = provider
  event['log'] = { level: levels[Number(system.get('Level') ?? '0')] }
  event['host'] = { hostname: host ?? computer, name: computer ?? host }
  const related = event['related'] as Document
  related['hosts'] ??= [...new Set([host, computer].filter(name => name !== undefined))]
  event['message'] ??= summary(code, sysmon)
  event['winlog'] = {
    channel: system.get('Channel'),
    computer_name: computer,
    event_id: code === '' ? undefined : code,
    event_data: sysmon.rest,
    keywords: system.get('Keywords') === '0x8000000000000000' ? undefined : system.get('Keywords'),
    opcode: opcodes[Number(system.get('Opcode') ?? '-1')] ?? system.get('Opcode'),
    process: {
      pid: numeric(system.get('Execution.ProcessID')),
      thread: { id: numeric(system.get('Execution.ThreadID')) }
    },
    provider_guid: system.get('Provider.Guid'),
    provider_name: provider,
    record_id: system.get('EventRecordID'),
    task: system.get('Task'),
    user: { identifier: userId },
    version: numeric(system.get('Version'))
  }
  return { event, timeUs: sysmon.timeUs ?? created, kind: code.slice(0, 16) }
}

function eventOf(sysmon: Sysmon): EcsEvent {
  return {
    message: sysmon.message,
    event: { ...sysmon.event, module: 'sysmon_linux', dataset: 'sysmon_linux.log' },
    process: sysmon.process,
    file: sysmon.file,
    network: sysmon.network,
    source: sysmon.source,
    destination: sysmon.destination,
    user: sysmon.user,
    rule: sysmon.rule,
    error: sysmon.error,
    sysmon: sysmon.sysmon,
    dns: sysmon.dns,
    related: sysmon.related
  }
}

const names: Readonly<Record<string, string>> = {
  1: 'Process Create',
  3: 'Network connection detected',
  4: 'Sysmon service state changed',
  5: 'Process terminated',
  9: 'RawAccessRead detected',
  11: 'File created',
  16: 'Sysmon config state changed',
  23: 'File Delete archived',
  255: 'Error report'
}

/** A line to read, in place of the XML. */
function summary(code: string, { process, file, destination }: Sysmon): string | undefined {
  const name = names[code]
  if (name === undefined) return undefined
  const what = file?.['path'] ?? process?.['command_line'] ?? process?.['executable']
  const end = destination === undefined ? '' : ` → ${destination['ip']}:${destination['port'] ?? ''}`
  return what === undefined ? name : `${name}: ${what}${end}`
}

function numeric(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** A document with `winlog.*`, as Filebeat's decode_xml_wineventlog makes it. */
function parseDocument(json: JsonObject, context: ParseContext): Parsed {
  // A copy, to be changed.
  const parsed = passEcs(unfold(json) as JsonObject, context)
  if (!parsed.ok) return parsed
  const document = parsed.event as Document
  const winlog = section(document, 'winlog')
  const code = textOf(own(winlog, 'event_id') as JsonValue | undefined) ?? ''
  const identifier = own(section(winlog, 'user'), 'identifier')
  const sysmon = sysmonEvent(
    code,
    section(winlog, 'event_data'),
    typeof identifier === 'string' ? identifier : undefined
  )
  winlog['event_data'] = sysmon.rest
  const log = section(document, 'log')
  if (typeof winlog['level'] === 'string' && winlog['level'] !== '') log['level'] ??= winlog['level']
  delete winlog['level']
  const created = typeof winlog['time_created'] === 'string' ? parseIso(winlog['time_created']) : undefined
  delete winlog['time_created']
  if (typeof winlog['record_id'] === 'number') winlog['record_id'] = String(winlog['record_id'])
  const syslog = section(log, 'syslog')
  delete log['syslog']
  overlay(document, eventOf(sysmon) as Document)
  section(document, 'event')['created'] ??= timeText(created)
  const host = own(syslog, 'hostname')
  if (typeof host === 'string') section(document, 'host')['hostname'] ??= host
  const process = section(document, 'process')
  // Without a program of its own the message is Sysmon's.
  process['name'] ??= own(syslog, 'appname')
  process['pid'] ??= numeric(textOf(own(syslog, 'procid') as JsonValue | undefined))
  return { ok: true, event: document as EcsEvent, timeUs: parsed.timeUs ?? created, kind: code.slice(0, 16) }
}

function section(document: Document, key: string): Document {
  const there = own(document, key)
  if (typeof there === 'object' && there !== null && !Array.isArray(there)) return there as Document
  const fresh: Document = {}
  document[key] = fresh
  return fresh
}

/** What the event says replaces what the document had; the rest stays. */
function overlay(under: Document, over: Document): void {
  for (const key in over) {
    const value = over[key]
    if (value === undefined) continue
    if (typeof value !== 'object' || value === null || Array.isArray(value)) under[key] = value
    else overlay(section(under, key), value as Document)
  }
}

function isSysmon(json: JsonObject): boolean {
  const winlog = own(json, 'winlog')
  if (typeof winlog !== 'object' || winlog === null) return false
  const provider = own(winlog, 'provider_name')
  const channel = own(winlog, 'channel')
  return (
    (provider === 'Linux-Sysmon' || channel === 'Linux-Sysmon/Operational') && own(winlog, 'event_id') !== undefined
  )
}

function recognise(sample: Sample): number {
  let known = 0
  for (const json of sample.json) if (json !== undefined && isSysmon(json)) known++
  return known > 0 && known >= sample.lines.length * 0.6 ? 0.95 : 0
}

export const sysmonLinux: Parser = {
  name: 'sysmon-linux',
  title: 'Sysmon for Linux: documents of Filebeat (its XML is read inside syslog)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: context => (_text, json) => (isSysmon(json) ? parseDocument(json, context) : passEcs(json, context)),
  description: sysmonLinuxDescription
}
