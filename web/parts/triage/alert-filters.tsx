/** Which alerts are shown: state, severity, who has them, words, time; what was chosen elsewhere (a rule, an entity) as chips. */

import { useEffect, useState } from 'react'
import { Button, inputClass } from '../controls.tsx'
import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import { TimePicker } from '../time-picker.tsx'
import { levels } from './alerts.ts'
import type { AlertsAddress } from './alerts-address.ts'

const stateChoices = [
  ['', 'Open'],
  ['new', 'New'],
  ['acknowledged', 'Acknowledged'],
  ['in_progress', 'In progress'],
  ['snoozed', 'Snoozed'],
  ['closed', 'Closed'],
  ['all', 'All']
] as const

/** No user has a name with a space before it. */
const mentionsMe = ' mentions'

export function AlertFilters({
  filter,
  onChange
}: {
  filter: AlertsAddress
  onChange: (next: Partial<AlertsAddress>) => void
}) {
  const [text, setText] = useState(filter.q ?? '')
  useEffect(() => setText(filter.q ?? ''), [filter.q])
  useEffect(() => {
    const wanted = text.trim()
    if (wanted === (filter.q ?? '')) return
    const timer = setTimeout(() => onChange({ q: wanted === '' ? undefined : wanted }), 300)
    return () => clearTimeout(timer)
  }, [text, filter.q, onChange])
  const small = `${inputClass} h-10! w-auto! max-w-full pr-7! max-sm:flex-1`
  const others = filter.assignee !== undefined && !['me', 'none'].includes(filter.assignee)
  return (
    <search aria-label="Which alerts" className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label="State"
          className={small}
          value={filter.state ?? ''}
          onChange={event => onChange({ state: (event.target.value || undefined) as AlertsAddress['state'] })}
        >
          {stateChoices.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <select
          aria-label="Severity"
          className={small}
          value={filter.severity ?? ''}
          onChange={event => onChange({ severity: event.target.value || undefined })}
        >
          <option value="">Any severity</option>
          <option value="high+">High and critical</option>
          <option value="medium+">Medium and above</option>
          {levels.map(level => (
            <option key={level} value={level}>
              {level.charAt(0).toUpperCase() + level.slice(1)}
            </option>
          ))}
        </select>
        <select
          aria-label="Assigned to"
          className={small}
          value={filter.mentions === 'on' ? mentionsMe : (filter.assignee ?? '')}
          onChange={event => {
            const { value } = event.target
            const isMention = value === mentionsMe
            onChange({ assignee: isMention ? undefined : value || undefined, mentions: isMention ? 'on' : undefined })
          }}
        >
          <option value="">Assigned to anyone</option>
          <option value="me">Mine</option>
          <option value="none">Nobody’s</option>
          <option value={mentionsMe}>Mention me</option>
          {others && <option value={filter.assignee}>{filter.assignee}</option>}
        </select>
        <TimePicker
          range={filter}
          stored={undefined}
          onChange={range => onChange({ from: range.from, to: range.to })}
        />
        <label className="relative min-w-44 flex-1">
          <span className="sr-only">Words in the alerts</span>
          <Icon
            name="search"
            className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-3.5 text-muted"
          />
          <input
            type="search"
            data-alert-words
            placeholder="Title, entity, #number"
            maxLength={200}
            className={`${inputClass} h-10! pl-8!`}
            value={text}
            onChange={event => setText(event.target.value)}
            onKeyDown={event => {
              if (event.key !== 'Escape') return
              event.preventDefault()
              event.currentTarget.blur()
            }}
          />
        </label>
      </div>
      <Chips filter={filter} onChange={onChange} />
    </search>
  )
}

function Chips({ filter, onChange }: { filter: AlertsAddress; onChange: (next: Partial<AlertsAddress>) => void }) {
  const chips = (
    [
      ['rule', 'rule'],
      ['entity', 'entity'],
      ['case', 'case'],
      ['tag', 'tag'],
      ['test', 'heartbeat']
    ] as const
  ).flatMap(([key, label]) => {
    const value = filter[key]
    return value === undefined ? [] : [{ key, label, value: key === 'test' ? 'its test alerts' : value }]
  })
  if (chips.length === 0) return null
  return (
    <ul aria-label="Only alerts with" className="flex flex-wrap gap-1.5">
      {chips.map(({ key, label, value }) => (
        <li
          key={key}
          className="flex max-w-full items-center gap-1 rounded-md bg-accent-soft py-0.5 pr-0.5 pl-2 text-xs"
        >
          <span className="text-muted">{label}</span>
          <span className="truncate font-medium">
            <StoredText text={value} max={80} />
          </span>
          <button
            type="button"
            aria-label={`Without the filter by ${label}`}
            className="grid size-6 place-items-center rounded text-muted hover:bg-line hover:text-ink"
            onClick={() => onChange({ [key]: undefined })}
          >
            <Icon name="close" className="size-3" />
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Is anything left out that would be shown by itself? */
export function isNarrowed({ state, ...filter }: AlertsAddress): boolean {
  return Object.values(filter).some(value => value !== undefined)
}

export function ClearFilters({ onChange }: { onChange: (next: Partial<AlertsAddress>) => void }) {
  return <Button onClick={() => onChange({ ...nothingAsked })}>Clear the filters</Button>
}

const nothingAsked = {
  state: undefined,
  severity: undefined,
  rule: undefined,
  entity: undefined,
  assignee: undefined,
  case: undefined,
  tag: undefined,
  mentions: undefined,
  q: undefined,
  from: undefined,
  to: undefined,
  test: undefined
} satisfies { [key in keyof Required<AlertsAddress>]: undefined }
