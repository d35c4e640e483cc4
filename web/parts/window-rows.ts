/** What long lists share whose visible rows alone exist, and that scroll with the page: where they begin, and which row the keys are at. */

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** How far below the top of the page the rows begin, in pixels: what is above them may change its height. */
export function useTopOf(rows: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const measure = () => {
      const box = rows.current?.getBoundingClientRect()
      if (box !== undefined) setTop(Math.round(box.top + window.scrollY))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [rows])
  return top
}

/** Set to the number of a row (its `data-row`), that row takes the focus once it exists. */
export function useWantedRow(rows: RefObject<HTMLElement | null>): RefObject<number | undefined> {
  const wanted = useRef<number | undefined>(undefined)
  useEffect(() => {
    if (wanted.current === undefined) return
    const row = rows.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`)
    if (row === null || row === undefined) return
    wanted.current = undefined
    row.focus({ preventScroll: true })
  })
  return wanted
}
