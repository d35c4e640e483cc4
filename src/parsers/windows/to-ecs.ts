/**
 * A Windows event to an ECS document: what all have in common (`winlog.*` as Winlogbeat names it, `event.*`, `host`, `log`), and what
 * the module of its log adds. Native fields are kept in `winlog.event_data` beside the ECS fields made of them.
 */

import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { mapApplocker } from './applocker.ts'
import { mapDefender } from './defender.ts'
import { type Draft, newDraft } from './draft.ts'
import { messageOf } from './message-table.ts'
import { mapOther } from './other-logs.ts'
import { mapPowershell, mapPowershellOperational } from './powershell.ts'
import { mapSecurity } from './security.ts'
import { mapSysmon } from './sysmon.ts'
import type { WinEvent } from './win-event.ts'

type Module = (draft: Draft) => void

const byChannel: ReadonlyMap<string, Module> = new Map([
  ['Microsoft-Windows-Sysmon/Operational', mapSysmon],
  ['Windows PowerShell', mapPowershell],
  ['Microsoft-Windows-PowerShell/Operational', mapPowershellOperational],
  ['PowerShellCore/Operational', mapPowershellOperational],
  ['Microsoft-Windows-Windows Defender/Operational', mapDefender]
])

const byProvider: ReadonlyMap<string, Module> = new Map([
  ['Microsoft-Windows-Sysmon', mapSysmon],
  ['PowerShell', mapPowershell],
  ['Microsoft-Windows-PowerShell', mapPowershellOperational],
  ['Microsoft-Windows-Windows Defender', mapDefender],
  ['Microsoft-Windows-Security-Auditing', mapSecurity],
  ['Microsoft-Windows-AppLocker', mapApplocker]
])

function moduleOf(source: WinEvent): Module {
  const { channel, provider } = source
  if (provider === 'Microsoft-Windows-Eventlog') return channel === 'Security' ? mapSecurity : mapOther
  const found = (channel === undefined ? undefined : byChannel.get(channel)) ?? byProvider.get(provider ?? '')
  return found ?? mapOther
}

/** Elastic passes the time of the agent on where the event tells none. */
export function toEcs(source: WinEvent, timezoneMinutes = 0, defaultTimeUs?: number): Extract<Parsed, { ok: true }> {
  const draft = newDraft(source)
  moduleOf(source)(draft)
  const createdUs = source.timeCreated === undefined ? undefined : parseIso(source.timeCreated, timezoneMinutes)
  const timeUs = draft.timeUs ?? createdUs ?? defaultTimeUs
  const created = createdUs === undefined ? undefined : isoMs(createdUs)
  const code = source.eventId
  const taskName = nameOfTask(source)
  const event: EcsEvent = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: draft.message,
    event: {
      kind: 'event',
      module: draft.module,
      dataset: draft.dataset,
      provider: source.provider,
      code,
      action: draft.action ?? taskName,
      category: draft.category,
      type: draft.type,
      outcome: draft.outcome,
      reason: draft.reason,
      reference: draft.reference,
      sequence: draft.sequence,
      created
    },
    host: { name: source.computer, os: { type: 'windows', family: 'windows' } },
    log: { level: source.level },
    user: draft.user,
    group: draft.group,
    process: draft.process,
    file: draft.file,
    dll: draft.dll,
    registry: draft.registry,
    dns: draft.dns,
    network: draft.network,
    source: draft.from,
    destination: draft.destination,
    service: draft.service,
    rule: draft.rule,
    error: draft.errorCode === undefined ? undefined : { code: draft.errorCode },
    ...draft.product,
    related: {
      user: draft.relatedUsers,
      ip: draft.relatedIps,
      hosts: draft.relatedHosts,
      hash: draft.relatedHashes
    },
    winlog: {
      event_id: code,
      channel: source.channel,
      provider_name: source.provider,
      provider_guid: source.providerGuid,
      event_source_name: source.eventSource,
      computer_name: source.computer,
      record_id: source.recordId,
      time_created: source.timeCreated,
      version: source.version,
      level: source.level,
      task: taskName ?? source.task,
      opcode: source.opcode,
      keywords: source.keywords,
      outcome: source.outcome,
      activity_id: source.activityId,
      related_activity_id: source.relatedActivityId,
      process: {
        pid: source.processId,
        thread: source.threadId === undefined ? undefined : { id: source.threadId }
      },
      user: { identifier: source.userSid, name: source.userName, domain: source.userDomain, type: source.userType },
      event_data: draft.data,
      user_data: source.userData,
      ...draft.winlog
    }
  }
  return { ok: true, event, timeUs, kind: code.length <= 8 ? code : undefined }
}

/** The task in words. Numbers are a matter of the provider; those of the Security log are in its message table. */
function nameOfTask(source: WinEvent): string | undefined {
  const { task, provider } = source
  if (task === undefined || !isDigits(task)) return task
  return provider === 'Microsoft-Windows-Security-Auditing' ? messageOf(task) : undefined
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 48 || c > 57) return false
  }
  return text !== ''
}
