/** The columns in use: those of the address, else those that somebody chose last, else the usual ones. */

import { useEffect, useMemo, useState } from 'react'
import { type Column, columnsOf, columnsText, defaultColumns } from './columns.ts'
import { useSetting } from './settings.ts'

export function useColumns(
  inAddress: string | undefined,
  look: (next: { cols: string | undefined }) => void
): readonly [readonly Column[], (columns: readonly Column[], isDone?: boolean) => void] {
  const [kept, keep] = useSetting<string>('columns', '')
  // While an edge is dragged, the address does not change with each pixel.
  const [dragged, setDragged] = useState<readonly Column[] | undefined>()
  const text = inAddress ?? kept
  const stored = useMemo(() => columnsOf(text) ?? defaultColumns, [text])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was dragged is over as soon as the address has it
  useEffect(() => setDragged(undefined), [text])
  const change = (columns: readonly Column[], isDone = true) => {
    setDragged(columns)
    if (!isDone) return
    const next = columnsText(columns)
    const isUsual = next === columnsText(defaultColumns)
    keep(isUsual ? '' : next)
    look({ cols: isUsual ? undefined : next })
  }
  return [dragged ?? stored, change]
}
