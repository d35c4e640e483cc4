/**
 * Windows events inside syslog: JSON (NXLog's `to_json()`, Winlogbeat by way of a forwarder), XML, and Snare's lines with tabs:
 *   MSWinEventLog TAB criticality TAB log TAB counter TAB date TAB event-id TAB source TAB user TAB sid-type TAB event-type TAB computer
 *   TAB category TAB data TAB text [ TAB number ]
 */

import type { JsonObject, ParseContext, Parsed } from '../../core/parser.ts'
import type { MessageReader, ReadMessage } from '../syslog/reader.ts'
import { descriptionJson } from './description.ts'
import { accountParts } from './draft.ts'
import { outcomeOfNames } from './names.ts'
import { toEcs } from './to-ecs.ts'
import type { WinEvent } from './win-event.ts'
import { isWindowsJson, isWindowsXml, parseJson, parseXml } from './windows.ts'

const snareMark = 'MSWinEventLog'

function claims(body: string, program: string | undefined): boolean {
  // Without a colon after it, the tag may be all of the message up to the next one.
  if (program?.startsWith(snareMark) === true) return true
  const first = body.charCodeAt(0)
  if (first === 60) return isWindowsXml(body)
  if (first === 123)
    return (
      body.startsWith('{"Event":{') ||
      (body.includes('"EventID"') && body.includes('"Channel"')) ||
      body.includes('"winlog"')
    )
  return first === 77 && body.startsWith(snareMark)
}

function read(body: string, context: ParseContext): ReadMessage | undefined {
  const first = body.charCodeAt(0)
  let parsed: Parsed | undefined
  if (first === 123) parsed = readJson(body, context)
  else if (first === 60) {
    const found = parseXml(body, context)
    parsed = typeof found === 'symbol' ? undefined : found
  } else parsed = readSnare(body, context)
  if (parsed?.ok !== true) return undefined
  const { event, kind, timeUs } = parsed
  return {
    event,
    ...(kind === undefined ? undefined : { kind }),
    ...(timeUs === undefined ? undefined : { timeUs })
  }
}

function readJson(body: string, context: ParseContext): Parsed | undefined {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  return isWindowsJson(json as JsonObject) ? parseJson(json as JsonObject, context) : undefined
}

function readSnare(body: string, context: ParseContext): Parsed | undefined {
  // rsyslog and others write control characters in octal.
  const text = body.includes('\t') ? body : body.replaceAll('#011', '\t')
  const parts = text.split('\t', 32)
  const [, , channel, , date, eventId, provider, user, , type, computer, task, , ...rest] = parts
  if (eventId === undefined || !/^[0-9]{1,5}$/.test(eventId) || computer === undefined) return undefined
  const audit = type === 'Success Audit' ? ['Audit Success'] : type === 'Failure Audit' ? ['Audit Failure'] : undefined
  const account = accountParts(user)
  const source: WinEvent = {
    eventId,
    provider: provider || undefined,
    providerGuid: undefined,
    eventSource: undefined,
    channel: channel || undefined,
    computer: computer || undefined,
    recordId: undefined,
    timeCreated: isoDate(date),
    version: undefined,
    level: audit === undefined ? type?.toLowerCase() || undefined : 'information',
    task: task === 'None' ? undefined : task || undefined,
    opcode: undefined,
    keywords: audit,
    outcome: outcomeOfNames(audit),
    activityId: undefined,
    relatedActivityId: undefined,
    processId: undefined,
    threadId: undefined,
    userSid: undefined,
    userName: account?.name,
    userDomain: account?.domain,
    userType: undefined,
    message: rest[0]?.trim() || undefined,
    data: {},
    userData: undefined
  }
  return toEcs(source, context.timezoneMinutes)
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** `Fri May 24 22:05:09 2013` → `2013-05-24T22:05:09`. */
function isoDate(date: string | undefined): string | undefined {
  const found = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9:]{8}) ([0-9]{4})$/.exec(date ?? '')
  const month = found === null ? -1 : months.indexOf(found[1]!)
  if (found === null || month < 0 || month % 3 !== 0) return undefined
  return `${found[4]}-${String(month / 3 + 1).padStart(2, '0')}-${found[2]!.padStart(2, '0')}T${found[3]}`
}

export const windowsMessages: MessageReader = {
  name: 'windows-messages',
  title: 'Windows events inside syslog: JSON, XML, Snare',
  sign: /MSWinEventLog|<Event|\{"Event":\{|"EventID"|"winlog"/,
  claims,
  read: ({ body, text, header, context }) => {
    const tagged = header.program?.startsWith(snareMark) === true
    const found = read(tagged ? text.slice(text.indexOf(snareMark)) : body, context)
    if (found === undefined) return undefined
    const { event } = found
    // The tag is the forwarder's: not the process of the event.
    event['process'] ??= {}
    if (tagged) event['log'] = { ...(event['log'] as object), syslog: { appname: snareMark, hostname: header.host } }
    return found
  },
  description: descriptionJson
}
