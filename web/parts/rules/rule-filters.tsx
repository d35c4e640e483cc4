/** Which rules are shown: words, where they come from, level, on or off. */

import { useEffect, useState } from 'react'
import { inputClass } from '../controls.tsx'
import { Icon } from '../icons.tsx'
import { levels } from '../triage/alerts.ts'
import { type Origin, originNames, type RuleLine } from './rules.ts'
import type { RulesAddress } from './rules-address.ts'

export function RuleFilters({
  filter,
  rules,
  onChange
}: {
  filter: RulesAddress
  rules: readonly RuleLine[]
  onChange: (next: Partial<RulesAddress>) => void
}) {
  const [text, setText] = useState(filter.q ?? '')
  useEffect(() => setText(filter.q ?? ''), [filter.q])
  const origins = [...new Set(rules.map(({ origin }) => origin))]
  const small = `${inputClass} w-auto! max-w-full pr-7! max-sm:flex-1`
  const select = (
    label: string,
    key: 'source' | 'level' | 'state',
    any: string,
    options: (readonly [string, string])[]
  ) => (
    <select
      aria-label={label}
      className={small}
      value={filter[key] ?? ''}
      onChange={event => onChange({ [key]: event.target.value || undefined })}
    >
      <option value="">{any}</option>
      {options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  )
  return (
    <search aria-label="Which rules" className="flex flex-wrap items-center gap-2">
      <label className="relative min-w-56 flex-1">
        <span className="sr-only">Words in the rules</span>
        <Icon
          name="search"
          className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-3.5 text-muted"
        />
        <input
          type="search"
          data-rule-words
          placeholder="Title, tag (t1110), log source, file"
          maxLength={200}
          className={`${inputClass} pl-8!`}
          value={text}
          onChange={event => {
            setText(event.target.value)
            onChange({ q: event.target.value.trim() === '' ? undefined : event.target.value })
          }}
          onKeyDown={event => {
            if (event.key !== 'Escape') return
            // Left to itself the browser would empty the field.
            event.preventDefault()
            event.currentTarget.blur()
          }}
        />
      </label>
      {origins.length > 1 &&
        select(
          'From',
          'source',
          'From anywhere',
          origins.map((each: Origin) => [each, originNames[each].charAt(0).toUpperCase() + originNames[each].slice(1)])
        )}
      {select(
        'Level',
        'level',
        'Any level',
        levels.map(level => [level, level.charAt(0).toUpperCase() + level.slice(1)])
      )}
      {select('On or off', 'state', 'On or off', [
        ['on', 'On'],
        ['off', 'Off']
      ])}
    </search>
  )
}
