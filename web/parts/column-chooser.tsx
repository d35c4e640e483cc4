/** Chooses the columns of the events' table among the fields that occur. */

import { Popover } from '@base-ui-components/react/popover'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { fieldsQuery } from '../queries.ts'
import { type Column, columnTitle, defaultColumns, ownColumns, toggled } from './columns.ts'
import { Button, buttonClass, inputClass } from './controls.tsx'
import { focusFirst } from './first-focus.ts'
import { Icon } from './icons.tsx'

const shownMax = 200

export function ColumnChooser({
  columns,
  onChange
}: {
  columns: readonly Column[]
  onChange: (columns: readonly Column[]) => void
}) {
  const [only, setOnly] = useState('')
  const [open, setOpen] = useState(false)
  const fields = useQuery({ ...fieldsQuery, enabled: open }).data ?? []
  const chosen = columns.map(column => column.name)
  const names = [...new Set([...chosen, ...Object.keys(ownColumns), ...fields.map(field => field.name)])]
  const wanted = only.trim().toLowerCase()
  const found = names.filter(name => `${name} ${columnTitle(name)}`.toLowerCase().includes(wanted)).slice(0, shownMax)
  const share = new Map(fields.map(field => [field.name, field.share]))
  const box = useRef<HTMLDivElement>(null)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={buttonClass('plain', true)}>
        <Icon name="columns" className="size-3.5" /> Columns
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} className="z-40">
          <Popover.Popup
            ref={box}
            initialFocus={how => focusFirst(box.current, how)}
            className="enter flex max-h-[min(460px,70dvh)] w-[min(340px,calc(100vw-24px))] flex-col gap-2 rounded-xl border border-line bg-raised p-3 shadow-float"
          >
            <Popover.Title className="sr-only">Columns</Popover.Title>
            <input
              type="search"
              aria-label="Find a field"
              placeholder="Find a field"
              className={`${inputClass} h-8! shrink-0`}
              value={only}
              onChange={event => setOnly(event.target.value)}
            />
            <ul className="min-h-0 flex-1 overflow-y-auto">
              {found.map(name => (
                <li key={name}>
                  <label className="flex cursor-pointer items-center gap-2 rounded px-1.5 py-1 hover:bg-hover">
                    <input
                      type="checkbox"
                      className="accent-accent"
                      checked={chosen.includes(name)}
                      onChange={() => onChange(toggled(columns, name))}
                    />
                    <bdi className={`stored min-w-0 flex-1 truncate ${name in ownColumns ? '' : 'font-mono text-xs'}`}>
                      {columnTitle(name)}
                    </bdi>
                    {share.get(name) !== undefined && (
                      <span className="num text-muted text-xs">{percent(share.get(name)!)}</span>
                    )}
                  </label>
                </li>
              ))}
            </ul>
            {found.length === 0 && wanted !== '' && (
              <Button small onClick={() => onChange(toggled(columns, only.trim()))}>
                Add the column {only.trim().slice(0, 40)}
              </Button>
            )}
            <Button small look="ghost" onClick={() => onChange(defaultColumns)}>
              The usual columns
            </Button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

const percent = (share: number) => (share > 0 && share < 0.01 ? '< 1%' : `${Math.round(share * 100)}%`)
