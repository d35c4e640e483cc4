/**
 * Scheduled tasks of events 4698 to 4702: the task's XML ([MS-TSCH] 2.5) as `winlog.scheduled_task`, in the words of Elastic's
 * system/security integration.
 */

import type { Draft, Fields } from './draft.ts'
import { said } from './win-event.ts'
import { child, childText, type Element, findTag, readElement } from './xml.ts'

const triggerTypes: readonly (readonly [element: string, type: string])[] = [
  ['BootTrigger', 'boot'],
  ['WnfStateChangeTrigger', 'wnf_state_change'],
  ['TimeTrigger', 'time'],
  ['CalendarTrigger', 'calendar'],
  ['LogonTrigger', 'logon'],
  ['RegistrationTrigger', 'registration'],
  ['SessionStateChangeTrigger', 'session_state_change'],
  ['EventTrigger', 'event'],
  ['IdleTrigger', 'idle']
]
const itemsMax = 64

export function scheduledTask(draft: Draft): void {
  const { source, data, winlog } = draft
  if (!['4698', '4699', '4700', '4701', '4702'].includes(source.eventId)) return
  const name = said(data, 'TaskName')
  const xml = said(data, source.eventId === '4702' ? 'TaskContentNew' : 'TaskContent')
  const at = xml === undefined ? -1 : findTag(xml, 'Task')
  const task = at < 0 ? undefined : readElement(xml!, at)?.element
  const made: Fields = { name }
  if (task !== undefined) {
    made['uri'] = childText(child(task, 'RegistrationInfo'), 'URI')
    made['principals'] = some(child(task, 'Principals'), 'Principal', principal)
    const settings = child(task, 'Settings')
    made['settings'] = { enabled: flag(childText(settings, 'Enabled')), hidden: flag(childText(settings, 'Hidden')) }
    made['triggers'] = triggers(child(task, 'Triggers'))
    made['actions'] = actions(child(task, 'Actions'))
  }
  winlog['scheduled_task'] = made
}

function some(parent: Element | undefined, name: string, make: (element: Element) => Fields): Fields[] | undefined {
  const found = parent?.children.filter(one => one.name === name).slice(0, itemsMax)
  return found === undefined || found.length === 0 ? undefined : found.map(make)
}

function flag(text: string | undefined): boolean | undefined {
  const value = text?.toLowerCase()
  return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined
}

function principal(element: Element): Fields {
  return {
    id: element.attributes['id'],
    user: { identifier: childText(element, 'UserId') },
    group: { identifier: childText(element, 'GroupId') },
    logon: { type: childText(element, 'LogonType') },
    run_level: childText(element, 'RunLevel')
  }
}

function triggers(parent: Element | undefined): Fields[] | undefined {
  const found: Fields[] = []
  for (const [name, type] of triggerTypes)
    for (const one of parent?.children.filter(element => element.name === name) ?? []) {
      if (found.length >= itemsMax) return found
      const repeated = child(one, 'Repetition')
      const repetition = {
        interval: childText(repeated, 'Interval'),
        duration: childText(repeated, 'Duration'),
        stop_at_duration_end: flag(childText(repeated, 'StopAtDurationEnd'))
      }
      // A trigger that does not say is enabled.
      const enabled = child(one, 'Enabled') === undefined ? true : flag(childText(one, 'Enabled'))
      const values = [
        ['type', type],
        ['enabled', enabled],
        ['interval', repetition.interval],
        ['duration', repetition.duration],
        ['stop_at_duration_end', repetition.stop_at_duration_end]
      ] as const
      found.push({ type, enabled, repetition, definition: definition(values) })
    }
  return found.length === 0 ? undefined : found
}

function actions(parent: Element | undefined): Fields[] | undefined {
  if (parent === undefined) return undefined
  const context = parent.attributes['Context']
  const found: Fields[] = []
  for (const [name, type] of [
    ['Exec', 'exec'],
    ['ComHandler', 'com_handler']
  ] as const)
    for (const one of parent.children.filter(element => element.name === name)) {
      if (found.length >= itemsMax) return found
      const exec = type === 'exec'
      const made = {
        type,
        context,
        command: exec ? childText(one, 'Command') : undefined,
        arguments: exec ? childText(one, 'Arguments') : undefined,
        working_directory: exec ? childText(one, 'WorkingDirectory') : undefined,
        class_id: exec ? undefined : childText(one, 'ClassId')
      }
      found.push({ ...made, definition: definition(Object.entries(made)) })
    }
  return found.length === 0 ? undefined : found
}

/** All values in one text, to compare tasks by: `v=1|type=exec|…`, with `%`, `|`, `=` and control characters as `%XX`. */
function definition(values: readonly (readonly [string, string | boolean | undefined])[]): string {
  return ['v=1', ...values.map(([key, value]) => `${key}=${value === undefined ? '' : escaped(String(value))}`)].join(
    '|'
  )
}

function escaped(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const special = c === 37 || c === 124 || c === 61 || c < 32 || c === 127
    out += special ? '%' + c.toString(16).toUpperCase().padStart(2, '0') : text[i]
  }
  return out
}
