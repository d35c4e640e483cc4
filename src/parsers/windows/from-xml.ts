/**
 * Windows event XML (`http://schemas.microsoft.com/win/2004/08/events/event`, [MS-EVEN6] 2.2.17) to a Windows event:
 *   Event = System { Provider, EventID, …, Channel, Computer, Security }, EventData { Data* } | UserData { any }, RenderingInfo?
 */

import { knownAccount } from './known-sids.ts'
import { levelName, opcodeName, outcomeOfNames, readKeywords } from './names.ts'
import { type Data, putData, type WinEvent } from './win-event.ts'
import { child, childText, type Element } from './xml.ts'

export function eventOfElement(event: Element): WinEvent | undefined {
  const system = child(event, 'System')
  const eventId = childText(system, 'EventID')
  if (system === undefined || eventId === undefined) return undefined
  const provider = child(system, 'Provider')?.attributes
  const execution = child(system, 'Execution')?.attributes
  const correlation = child(system, 'Correlation')?.attributes
  const rendering = child(event, 'RenderingInfo')
  const mask = readKeywords(childText(system, 'Keywords'))
  const named = child(rendering, 'Keywords')?.children.map(one => one.text.trim())
  const keywords = named !== undefined && named.length > 0 ? named : mask.names
  const userSid = child(system, 'Security')?.attributes['UserID']
  const account = knownAccount(userSid)
  return {
    eventId,
    provider: provider?.['Name'],
    providerGuid: provider?.['Guid'],
    eventSource: provider?.['EventSourceName'],
    channel: childText(system, 'Channel'),
    computer: childText(system, 'Computer'),
    recordId: childText(system, 'EventRecordID'),
    timeCreated: child(system, 'TimeCreated')?.attributes['SystemTime'],
    version: whole(childText(system, 'Version')),
    level: childText(rendering, 'Level')?.toLowerCase() ?? levelName(childText(system, 'Level')),
    task: childText(rendering, 'Task') ?? taskOf(childText(system, 'Task')),
    opcode: childText(rendering, 'Opcode') ?? opcodeName(childText(system, 'Opcode')),
    keywords,
    outcome: mask.outcome ?? outcomeOfNames(keywords),
    activityId: correlation?.['ActivityID'],
    relatedActivityId: correlation?.['RelatedActivityID'],
    processId: whole(execution?.['ProcessID']),
    threadId: whole(execution?.['ThreadID']),
    userSid,
    userName: account?.name,
    userDomain: account?.domain,
    userType: account?.type,
    message: childText(rendering, 'Message'),
    data: eventData(child(event, 'EventData')),
    userData: userData(child(event, 'UserData'))
  }
}

/** Task 0 is none. */
export function taskOf(task: string | undefined): string | undefined {
  return task === '0' ? undefined : task
}

export function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined
}

function eventData(element: Element | undefined): Data {
  const data: Data = {}
  if (element === undefined) return data
  let unnamed = 0
  for (const one of element.children) {
    const name = one.attributes['Name'] ?? (one.name === 'Data' ? `param${++unnamed}` : one.name)
    addValue(data, name, one.text)
  }
  return data
}

/** Names as Winlogbeat writes them: blanks become underscores. A name that comes again makes a list. */
export function addValue(data: Data, name: string, value: string): void {
  if (value === '' || name === '') return
  const key = name.includes(' ') ? name.replaceAll(' ', '_') : name
  const there = Object.hasOwn(data, key) ? data[key] : undefined
  if (there === undefined) putData(data, key, value)
  else putData(data, key, typeof there === 'string' ? [there, value] : [...there.slice(0, 255), value])
}

function userData(element: Element | undefined): Data | undefined {
  const top = element?.children[0]
  if (top === undefined) return undefined
  const data: Data = { xml_name: top.name }
  flatten(data, top, '')
  return data
}

function flatten(data: Data, element: Element, prefix: string): void {
  for (const one of element.children) {
    const name = prefix + (one.attributes['Name'] ?? one.name)
    if (one.children.length > 0) flatten(data, one, `${name}_`)
    else addValue(data, name, one.text.trim())
  }
}
