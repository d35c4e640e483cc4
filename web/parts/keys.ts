/** Keys that work on the whole page. A page says which with `useKeys`; while somebody types or a dialog is open, they rest. */

import { useEffect, useRef } from 'react'

/** By key (`j`, `/`, `Escape`) or by sequence (`g s`). */
export type Bindings = Readonly<Record<string, (event: KeyboardEvent) => void>>

const sequenceMs = 1200
const stack: { current: Bindings }[] = []
let prefix = ''
let prefixAt = 0

function handle(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (isTyping(event.target) && event.key !== 'Escape') return
  if (document.querySelector('[role="dialog"][data-open], [role="menu"][data-open]') !== null) return
  const sequence = prefix !== '' && event.timeStamp - prefixAt < sequenceMs ? `${prefix} ${event.key}` : event.key
  prefix = ''
  for (const bindings of stack.toReversed()) {
    const act = bindings.current[sequence]
    if (act === undefined) continue
    act(event)
    return
  }
  if (event.key === 'g') {
    prefix = 'g'
    prefixAt = event.timeStamp
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'file'].includes(target.type)
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** The part that was mounted last is asked first. */
export function useKeys(bindings: Bindings): void {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    if (stack.length === 0) document.addEventListener('keydown', handle)
    stack.push(latest)
    return () => {
      stack.splice(stack.indexOf(latest), 1)
      if (stack.length === 0) document.removeEventListener('keydown', handle)
    }
  }, [])
}

export const keyList: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Anywhere',
    keys: [
      ['/', 'Write a query'],
      ['?', 'Show these keys'],
      ['g s', 'Search'],
      ['g l', 'Sources & ledger'],
      ['g d', 'Dashboards (also g b)'],
      ['g x', 'Dead letters'],
      ['g f', 'Formats'],
      ['g a', 'Alerts'],
      ['g c', 'Cases'],
      ['g r', 'Rules'],
      ['g i', 'Threat intelligence'],
      ['g w', 'Sensor'],
      ['g p', 'Close ports'],
      ['g n', 'Generate records'],
      ['g u', 'Administration: users, tokens, account']
    ]
  },
  {
    title: 'In a list',
    keys: [
      ['j', 'Next row'],
      ['k', 'Previous row'],
      ['Enter', 'Open or close the row'],
      ['Esc', 'Close; leave the query'],
      ['x', 'Select a dead letter']
    ]
  },
  {
    title: 'On alerts',
    keys: [
      ['x', 'Select'],
      ['Shift J', 'Select on to the next (Shift K: to the one before)'],
      ['a', 'Acknowledge'],
      ['w', 'Work on it: in progress'],
      ['e', 'Close, with a resolution'],
      ['i', 'Take it: assign to me'],
      ['t', 'Assign to somebody'],
      ['s', 'Snooze'],
      ['c', 'Comment'],
      ['m', 'Add to a case'],
      ['n', 'Not again: an exception from its rule'],
      ['o', 'Open it again'],
      ['u', 'Back to the list']
    ]
  },
  {
    title: 'On rules',
    keys: [
      ['t', 'Turn on or off, in the list'],
      ['1 2 3 4', 'Parts of the rule'],
      ['f', 'Find among rules or alerts']
    ]
  },
  {
    title: 'On a dashboard',
    keys: [
      ['r', 'Read all panels again'],
      ['e', 'Change it'],
      ['Esc', 'Leave full screen']
    ]
  },
  {
    title: 'In the query',
    keys: [
      ['Enter', 'Search'],
      ['Shift Enter', 'New line'],
      ['Tab', 'Take the completion'],
      ['↑ ↓', 'Earlier queries']
    ]
  }
]
