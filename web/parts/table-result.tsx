/** The table that a search with commands makes: sorted by any column, numbers at the right, each value with its menu. */

import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import type { ColumnType, Table } from '../stream.ts'
import { cellText, compareCells } from './cell-text.ts'
import { isNaming } from './chart-data.ts'
import { Icon } from './icons.tsx'
import { StoredText } from './stored-text.tsx'
import { useValueMenu } from './value-menu.tsx'
import { useTopOf } from './window-rows.ts'

export type Sorting = { readonly column: string; readonly descending: boolean }

const rowHeight = 31

export function TableResult({
  table,
  sorting,
  onSort
}: {
  table: Table
  sorting: Sorting | undefined
  onSort: (sorting: Sorting | undefined) => void
}) {
  const { columns } = table
  const menu = useValueMenu()
  const body = useRef<HTMLTableSectionElement>(null)
  const top = useTopOf(body)
  const rows = useMemo(() => sortedRows(table, sorting), [table, sorting])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 20,
    scrollMargin: top
  })
  const items = virtual.getVirtualItems()
  const before = items.length === 0 ? 0 : items[0]!.start - top
  const after = items.length === 0 ? 0 : virtual.getTotalSize() - (items.at(-1)!.end - top)
  const cycle = (name: string, type: ColumnType): Sorting | undefined => {
    const descendsFirst = type === 'number'
    if (sorting?.column !== name) return { column: name, descending: descendsFirst }
    return sorting.descending === descendsFirst ? { column: name, descending: !descendsFirst } : undefined
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard
    <section aria-label="The table, scrolling" tabIndex={0} className="overflow-x-auto overflow-y-clip">
      <table className="w-full border-collapse" aria-label="Table" aria-rowcount={rows.length + 1}>
        <thead>
          <tr className="border-line border-b text-[11px] text-muted">
            {columns.map(({ name, type }) => {
              const isSorted = sorting?.column === name
              return (
                <th
                  key={name}
                  scope="col"
                  aria-sort={isSorted ? (sorting.descending ? 'descending' : 'ascending') : 'none'}
                  className={`p-0 ${type === 'number' ? 'text-right' : 'text-left'}`}
                >
                  <button
                    type="button"
                    className={`inline-flex h-8 items-center gap-1 whitespace-nowrap px-3 font-mono font-semibold hover:text-ink ${isSorted ? 'text-accent' : ''}`}
                    onClick={() => onSort(cycle(name, type))}
                  >
                    <bdi className="stored">{name}</bdi>
                    <Icon
                      name="down"
                      className={`size-2.5 ${isSorted ? '' : 'opacity-25'} ${isSorted && !sorting.descending ? 'rotate-180' : ''}`}
                    />
                  </button>
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody ref={body}>
          {before > 0 && <Gap height={before} columns={columns.length} />}
          {items.map(item => (
            <tr
              key={item.index}
              aria-rowindex={item.index + 2}
              className="h-[31px] border-line border-b last:border-b-0 hover:bg-hover"
            >
              {columns.map(({ name, type }, at) => {
                const value = rows[item.index]![at]
                const text = cellText(value, isNaming({ name, type }) ? 'text' : type)
                const isValue = text !== '' && isNaming({ name, type })
                return (
                  <td
                    key={name}
                    className={`max-w-[520px] truncate px-3 py-1 font-mono text-xs ${type === 'number' ? 'num text-right' : ''} ${type === 'time' ? 'num whitespace-nowrap' : ''}`}
                  >
                    {text === '' ? (
                      <span className="text-muted">–</span>
                    ) : isValue ? (
                      <button
                        type="button"
                        aria-haspopup="menu"
                        className="max-w-full truncate rounded align-bottom hover:bg-accent-soft hover:text-accent"
                        onClick={click => menu.open(click.currentTarget, { field: name, value: String(value) })}
                      >
                        <StoredText text={text} max={300} />
                      </button>
                    ) : (
                      <StoredText text={text} max={300} />
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
          {after > 0 && <Gap height={after} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  )
}

function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height }} />
    </tr>
  )
}

function sortedRows({ columns, rows }: Table, sorting: Sorting | undefined): Table['rows'] {
  const at = columns.findIndex(column => column.name === sorting?.column)
  if (sorting === undefined || at < 0) return rows
  const { type } = columns[at]!
  const sign = sorting.descending ? -1 : 1
  return rows.toSorted((a, b) => sign * compareCells(a[at], b[at], type))
}
