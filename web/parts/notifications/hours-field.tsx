/** Hours of the week: lines of days with a time from and to, in a zone. */

import { useId } from 'react'
import { IconButton, inputClass } from '../controls.tsx'
import type { Hours, Window } from './notifications.ts'
import { SmallButton } from './section.tsx'

const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const zones = Intl.supportedValuesOf('timeZone')

export function HoursField({ value, onChange }: { value: Hours; onChange: (hours: Hours) => void }) {
  const id = useId()
  const set = (at: number, window: Window): void =>
    onChange({ ...value, windows: value.windows.map((each, index) => (index === at ? window : each)) })
  return (
    <div className="grid gap-2">
      {value.windows.map((window, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name of their own
        <fieldset key={at} className="grid gap-1.5 rounded-lg border border-line p-2">
          <legend className="sr-only">Hours {at + 1}</legend>
          <div className="flex flex-wrap gap-1">
            {days.map((day, index) => {
              const number = index + 1
              const isOn = window.days.includes(number)
              return (
                <button
                  key={day}
                  type="button"
                  aria-pressed={isOn}
                  aria-label={day}
                  className={`h-7 rounded-md border px-2 text-xs ${isOn ? 'border-accent bg-accent-soft font-semibold text-accent' : 'border-line text-soft'}`}
                  onClick={() => {
                    const next = isOn ? window.days.filter(each => each !== number) : [...window.days, number].sort()
                    if (next.length > 0) set(at, { ...window, days: next })
                  }}
                >
                  {day.slice(0, 2)}
                </button>
              )
            })}
          </div>
          <div className="flex items-center gap-2">
            <input
              type="time"
              required
              aria-label="From"
              value={window.from}
              className={`${inputClass} w-32!`}
              onChange={event => set(at, { ...window, from: event.target.value })}
            />
            to
            <input
              type="time"
              required
              aria-label="To"
              value={window.to}
              className={`${inputClass} w-32!`}
              onChange={event => set(at, { ...window, to: event.target.value })}
            />
            {window.to <= window.from && <span className="text-muted text-xs">next day</span>}
            {value.windows.length > 1 && (
              <IconButton
                label={`Remove hours ${at + 1}`}
                icon="trash"
                className="ml-auto size-8"
                onClick={() => onChange({ ...value, windows: value.windows.filter((_, index) => index !== at) })}
              />
            )}
          </div>
        </fieldset>
      ))}
      <div className="flex flex-wrap items-center gap-2">
        <SmallButton
          icon="plus"
          onClick={() =>
            onChange({ ...value, windows: [...value.windows, { days: [6, 7], from: '00:00', to: '00:00' }] })
          }
        >
          More hours
        </SmallButton>
        <label htmlFor={id} className="ml-auto text-muted text-xs">
          Time zone
        </label>
        <input
          id={id}
          list={`${id}-zones`}
          value={value.zone}
          required
          className={`${inputClass} h-8 w-44!`}
          onChange={event => onChange({ ...value, zone: event.target.value })}
        />
        <datalist id={`${id}-zones`}>
          {zones.map(each => (
            <option key={each} value={each} />
          ))}
        </datalist>
      </div>
    </div>
  )
}
