/** Keys of a list whose rows can be selected: `j` `k` move, `x` selects, Shift extends. Rows have `data-row` with their place. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { Bindings } from '../keys.ts'
import { nothingSelected, rangeTo, type Selection, stillThere, toggled } from './selection.ts'

export type Rows = {
  readonly selection: Selection
  select(next: Selection): void
  /** With Shift: up to here. */
  toggle(id: string, isRange: boolean): void
  /** Where the keys are. */
  readonly active: number | undefined
  setActive(at: number | undefined): void
  readonly keys: Bindings
}

export function useRows(order: readonly string[]): Rows {
  const [kept, select] = useState(nothingSelected)
  const [active, setActive] = useState<number | undefined>()
  const wanted = useRef<number | undefined>(undefined)
  const selection = stillThere(kept, order)

  useEffect(() => {
    if (wanted.current === undefined) return
    const row = document.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`)
    wanted.current = undefined
    row?.focus()
    row?.scrollIntoView({ block: 'nearest' })
  })

  // What was worked on is gone: the keys stay at their place, which is the next one.
  const count = order.length
  const first = order.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each change of the rows
  useEffect(() => {
    if (active === undefined) return
    const at = count === 0 ? undefined : Math.min(active, count - 1)
    if (at !== active) setActive(at)
    if (document.activeElement !== document.body && document.activeElement !== null) return
    document.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true })
  }, [first])

  const move = useCallback(
    (step: number): number | undefined => {
      if (count === 0) return undefined
      const at = active === undefined ? 0 : Math.min(Math.max(active + step, 0), count - 1)
      wanted.current = at
      setActive(at)
      return at
    },
    [active, count]
  )
  const extend = (step: number) => {
    const from = active === undefined ? undefined : order[active]
    const at = move(step)
    const id = at === undefined ? undefined : order[at]
    if (id === undefined) return
    // The row that one comes from is part of the range.
    const begun =
      from !== undefined && !selection.ids.has(from)
        ? { ids: new Set([...selection.ids, from]), anchor: from }
        : selection
    select(rangeTo(begun, order, id))
  }
  const toggle = (id: string, isRange: boolean) =>
    select(isRange ? rangeTo(selection, order, id) : toggled(selection, id))

  const shiftDown = () => extend(1)
  const shiftUp = () => extend(-1)
  const selectUpTo = () => {
    const id = active === undefined ? undefined : order[active]
    if (id !== undefined) toggle(id, true)
  }

  return {
    selection,
    select,
    toggle,
    active,
    setActive,
    keys: {
      j: () => void move(1),
      k: () => void move(-1),
      J: shiftDown,
      K: shiftUp,
      x: () => {
        const id = active === undefined ? undefined : order[active]
        if (id !== undefined) toggle(id, false)
      },
      X: selectUpTo
    }
  }
}
