/** Chooses the range of time: one of the usual ones, or from a point to another. */

import { Popover } from '@base-ui-components/react/popover'
import { useRef, useState } from 'react'
import type { Range } from '../api.ts'
import { Button, inputClass } from './controls.tsx'
import { focusFirst } from './first-focus.ts'
import { Icon } from './icons.tsx'
import { isoOf, localInput, presets, rangeLabel, resolveMs } from './time-range.ts'

export function TimePicker({
  range,
  stored,
  onChange,
  onBack
}: {
  range: Range
  /** What is stored, in milliseconds; undefined if nothing is. */
  stored: { fromMs: number; toMs: number } | undefined
  onChange: (range: Range) => void
  /** To the range before this one; undefined if there was none. */
  onBack?: (() => void) | undefined
}) {
  const [open, setOpen] = useState(false)
  const choose = (next: Range) => {
    setOpen(false)
    onChange(next)
  }
  const box = useRef<HTMLDivElement>(null)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label={`Time range: ${rangeLabel(range)}`}
        className="inline-flex h-10 min-w-0 items-center gap-2 rounded-lg border border-line-strong bg-raised px-3 font-medium hover:bg-hover max-md:flex-1"
      >
        <Icon name="clock" className="size-4 text-muted" />
        <span className="truncate">{rangeLabel(range)}</span>
        <Icon name="down" className="ml-auto size-3 text-muted" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} className="z-40">
          <Popover.Popup
            ref={box}
            initialFocus={how => focusFirst(box.current, how)}
            className="enter w-[min(340px,calc(100vw-24px))] rounded-xl border border-line bg-raised p-3 shadow-float"
          >
            <Popover.Title className="sr-only">Time range</Popover.Title>
            <div className="grid grid-cols-2 gap-1">
              {presets.map(preset => {
                const isChosen = range.to === undefined && range.from === preset.from
                return (
                  <button
                    key={preset.label}
                    type="button"
                    aria-pressed={isChosen}
                    className={`rounded-md px-2.5 py-1.5 text-left ${isChosen ? 'bg-accent-soft font-semibold text-accent' : 'hover:bg-hover'}`}
                    onClick={() => choose({ from: preset.from, to: undefined })}
                  >
                    {preset.label}
                  </button>
                )
              })}
            </div>
            {onBack !== undefined && (
              <Button
                small
                icon="back"
                className="mt-2 w-full"
                onClick={() => {
                  setOpen(false)
                  onBack()
                }}
              >
                The range before
              </Button>
            )}
            <Relative range={range} onChange={choose} />
            <Absolute range={range} stored={stored} onChange={choose} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

const units = [
  ['m', 'minutes'],
  ['h', 'hours'],
  ['d', 'days'],
  ['w', 'weeks']
] as const

function Relative({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const written = range.to === undefined ? /^-(\d{1,4})([mhdw])$/.exec(range.from ?? '') : null
  const [number, setNumber] = useState(written?.[1] ?? '4')
  const [unit, setUnit] = useState(written?.[2] ?? 'h')
  return (
    <form
      className="mt-3 flex items-center gap-2 border-line border-t pt-3 text-soft"
      onSubmit={event => {
        event.preventDefault()
        if (Number(number) > 0) onChange({ from: `-${Number(number)}${unit}`, to: undefined })
      }}
    >
      Last
      <input
        type="number"
        min={1}
        max={9999}
        required
        aria-label="How many"
        className={`${inputClass} w-20!`}
        value={number}
        onChange={event => setNumber(event.target.value)}
      />
      <select aria-label="Of what" className={inputClass} value={unit} onChange={event => setUnit(event.target.value)}>
        {units.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
      <Button type="submit" small>
        Use
      </Button>
    </form>
  )
}

function Absolute({
  range,
  stored,
  onChange
}: {
  range: Range
  stored: { fromMs: number; toMs: number } | undefined
  onChange: (range: Range) => void
}) {
  const nowMs = Date.now()
  const startMs = (range.from === undefined ? stored?.fromMs : resolveMs(range.from, nowMs)) ?? nowMs - 86_400_000
  const endMs =
    (range.to === undefined ? (range.from === undefined ? stored?.toMs : nowMs) : resolveMs(range.to, nowMs)) ?? nowMs
  const [from, setFrom] = useState(localInput(startMs))
  const [to, setTo] = useState(localInput(Math.ceil(endMs / 1000) * 1000))
  const isBackwards = from !== '' && to !== '' && from >= to
  return (
    <form
      className="mt-3 grid gap-2 border-line border-t pt-3"
      onSubmit={event => {
        event.preventDefault()
        if (isBackwards) return
        onChange({
          from: from === '' ? undefined : isoOf(new Date(from).getTime()),
          to: to === '' ? undefined : isoOf(new Date(to).getTime())
        })
      }}
    >
      <label className="grid grid-cols-[44px_1fr] items-center gap-2 text-soft">
        From
        <input
          type="datetime-local"
          step="1"
          className={inputClass}
          value={from}
          onChange={event => setFrom(event.target.value)}
        />
      </label>
      <label className="grid grid-cols-[44px_1fr] items-center gap-2 text-soft">
        To
        <input
          type="datetime-local"
          step="1"
          className={inputClass}
          value={to}
          onChange={event => setTo(event.target.value)}
        />
      </label>
      {isBackwards && (
        <p role="alert" className="text-danger text-xs">
          The beginning must lie before the end.
        </p>
      )}
      <div className="flex items-center justify-between gap-2">
        <span className="text-muted text-xs">{Intl.DateTimeFormat().resolvedOptions().timeZone}</span>
        <Button type="submit" small look="primary" disabled={isBackwards}>
          Use this range
        </Button>
      </div>
    </form>
  )
}
