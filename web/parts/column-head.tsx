/** The head of a column: drag it to another place, drag its edge for another width; the same by keys and by its menu. */

import { Menu } from '@base-ui-components/react/menu'
import { useRef, useState } from 'react'
import { type Column, columnTitle, moved, resized, toggled, widthMax, widthMin } from './columns.ts'
import { Icon } from './icons.tsx'

export type HeadProps = {
  columns: readonly Column[]
  at: number
  /** Named beside the time. */
  zone: string
  oldestFirst: boolean
  onOrder: (oldestFirst: boolean) => void
  /** `isDone` is false while something is being dragged. */
  onChange: (columns: readonly Column[], isDone: boolean) => void
}

const item = 'cursor-pointer rounded-md px-2.5 py-1.5 outline-none data-highlighted:bg-hover data-disabled:opacity-40'
const dragType = 'text/x-picket-column'

export function ColumnHead({ columns, at, zone, oldestFirst, onOrder, onChange }: HeadProps) {
  const column = columns[at]!
  const { name } = column
  const head = useRef<HTMLTableCellElement>(null)
  const [isTarget, setIsTarget] = useState(false)
  const isTime = name === '@timestamp'
  const width = () => head.current?.getBoundingClientRect().width ?? 160
  return (
    <th
      ref={head}
      scope="col"
      aria-sort={isTime ? (oldestFirst ? 'ascending' : 'descending') : undefined}
      draggable
      className={`group/head relative flex h-8 min-w-0 items-center text-left ${isTarget ? 'bg-accent-soft' : ''}`}
      onDragStart={event => {
        event.dataTransfer.setData(dragType, name)
        event.dataTransfer.effectAllowed = 'move'
      }}
      onDragOver={event => {
        if (!event.dataTransfer.types.includes(dragType)) return
        event.preventDefault()
        setIsTarget(true)
      }}
      onDragLeave={() => setIsTarget(false)}
      onDrop={event => {
        const dragged = event.dataTransfer.getData(dragType)
        setIsTarget(false)
        if (dragged === '' || dragged === name) return
        event.preventDefault()
        event.stopPropagation()
        onChange(moved(columns, dragged, at), true)
      }}
    >
      <Menu.Root>
        <Menu.Trigger
          aria-label={`Column ${columnTitle(name)}`}
          className="flex h-full min-w-0 items-center gap-1 rounded pr-1 font-semibold text-[11px] hover:text-ink"
        >
          <span className={`truncate ${name.includes('.') ? 'font-mono' : 'uppercase tracking-wide'}`}>
            {columnTitle(name)}
          </span>
          {isTime && <span className="font-normal">({zone})</span>}
          <Icon
            name="down"
            className={`size-2.5 ${isTime ? (oldestFirst ? 'rotate-180' : '') : 'opacity-0 group-hover/head:opacity-100'}`}
          />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner side="bottom" align="start" className="z-40">
            <Menu.Popup className="enter w-44 rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none">
              {isTime && (
                <Menu.Item className={item} onClick={() => onOrder(!oldestFirst)}>
                  {oldestFirst ? 'Newest first' : 'Oldest first'}
                </Menu.Item>
              )}
              <Menu.Item
                className={item}
                disabled={at === 0}
                onClick={() => onChange(moved(columns, name, at - 1), true)}
              >
                Move left
              </Menu.Item>
              <Menu.Item
                className={item}
                disabled={at === columns.length - 1}
                onClick={() => onChange(moved(columns, name, at + 1), true)}
              >
                Move right
              </Menu.Item>
              <Menu.Item className={item} onClick={() => onChange(toggled(columns, name), true)}>
                Remove
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {/* biome-ignore lint/a11y/useSemanticElements: an hr cannot be focused and moved */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={`Width of ${columnTitle(name)}`}
        aria-valuemin={widthMin}
        aria-valuemax={widthMax}
        aria-valuenow={Math.round(column.width ?? 300)}
        tabIndex={0}
        className="absolute inset-y-1 -right-2 z-10 flex w-3 cursor-col-resize touch-none justify-center before:h-full before:w-px before:bg-line hover:before:w-0.5 hover:before:bg-accent"
        draggable
        onDragStart={event => {
          event.preventDefault()
          event.stopPropagation()
        }}
        onPointerDown={event => {
          event.preventDefault()
          event.currentTarget.setPointerCapture(event.pointerId)
          event.currentTarget.dataset['start'] = String(event.clientX - width())
        }}
        onPointerMove={event => {
          const { start } = event.currentTarget.dataset
          if (start !== undefined) onChange(resized(columns, name, event.clientX - Number(start)), false)
        }}
        onPointerUp={event => {
          const { start } = event.currentTarget.dataset
          if (start === undefined) return
          delete event.currentTarget.dataset['start']
          onChange(resized(columns, name, event.clientX - Number(start)), true)
        }}
        onKeyDown={event => {
          const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0
          if (step !== 0) onChange(resized(columns, name, width() + step), true)
        }}
      />
    </th>
  )
}
