/**
 * The panels in their grid. On narrow screens they stand one below the other. While it is being changed, panels are moved by their
 * handles and resized at their corners, with the pointer or with the arrow keys.
 */

import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { Panel } from './dashboard.ts'
import { gridColumns, moveBox, resizeBox, settle, stepBox } from './layout.ts'
import { type Around, PanelCard } from './panel-card.tsx'

const rowPx = 36
const gapPx = 12
const narrowPx = 820

export const heightOf = (h: number): number => h * rowPx + (h - 1) * gapPx

type Drag = { readonly id: string; readonly kind: 'move' | 'size'; readonly panels: readonly Panel[] }

export function Grid({
  panels,
  around,
  isEditing,
  onChange,
  actionsOf,
  onFull
}: {
  panels: readonly Panel[]
  around: Around
  isEditing: boolean
  onChange: (panels: Panel[]) => void
  actionsOf: (panel: Panel) => readonly { readonly label: string; readonly act: () => void }[]
  onFull: (id: string) => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [drag, setDrag] = useState<Drag | undefined>()
  const start = useRef({ x: 0, y: 0 })
  const [said, setSaid] = useState('')
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const observer = new ResizeObserver(entries => setWidth(Math.floor(entries[0]!.contentRect.width)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const isNarrow = width > 0 && width < narrowPx
  const settled = useMemo(() => settle(panels), [panels])
  const shown = drag?.panels ?? settled
  // The order of reading is that of the eye, and on narrow screens that of the panels.
  const ordered = useMemo(() => [...shown].sort((a, b) => a.y - b.y || a.x - b.x), [shown])

  const begin = (event: PointerEvent<HTMLElement>, id: string, kind: Drag['kind']) => {
    if (event.button !== 0) return
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    start.current = { x: event.clientX, y: event.clientY + window.scrollY }
    setDrag({ id, kind, panels: settled })
  }
  const drawn = (event: PointerEvent<HTMLElement>) => {
    if (drag === undefined) return
    const box = settled.find(({ id }) => id === drag.id)!
    const dx = (event.clientX - start.current.x) / ((width + gapPx) / gridColumns)
    const dy = (event.clientY + window.scrollY - start.current.y) / (rowPx + gapPx)
    const next =
      drag.kind === 'move'
        ? moveBox(settled, drag.id, box.x + dx, box.y + dy)
        : resizeBox(settled, drag.id, box.w + dx, box.h + dy)
    setDrag({ ...drag, panels: next })
  }
  const end = () => {
    if (drag !== undefined) onChange([...drag.panels])
    setDrag(undefined)
  }
  const onKey = (event: KeyboardEvent<HTMLElement>, id: string) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1]
    }
    const step = steps[event.key]
    if (step === undefined) {
      if (event.key === 'Escape' && drag !== undefined) setDrag(undefined)
      return
    }
    event.preventDefault()
    const box = settled.find(each => each.id === id)!
    const next = event.shiftKey
      ? resizeBox(settled, id, box.w + step[0], box.h + step[1])
      : stepBox(settled, id, step[0], step[1])
    const now = next.find(each => each.id === id)!
    setSaid(`${box.title}: column ${now.x + 1}, row ${now.y + 1}, ${now.w} wide, ${now.h} high`)
    onChange(next)
  }

  return (
    <>
      <div
        ref={place}
        className="grid"
        style={
          isNarrow
            ? { gap: gapPx, gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }
            : {
                gap: gapPx,
                gridTemplateColumns: `repeat(${gridColumns}, minmax(0, 1fr))`,
                gridAutoRows: rowPx
              }
        }
      >
        {width > 0 &&
          ordered.map(panel => {
            const height = heightOf(
              isNarrow ? (panel.view === 'single' ? 3 : Math.max(5, Math.min(panel.h, 9))) : panel.h
            )
            const isDragged = drag?.id === panel.id
            return (
              <div
                key={panel.id}
                className={`min-w-0 ${isDragged ? 'z-10 opacity-80' : ''} ${isEditing ? 'rounded-[10px] ring-1 ring-accent/40' : ''}`}
                style={
                  isNarrow
                    ? { height, gridColumn: panel.view === 'single' ? 'auto' : '1 / -1' }
                    : {
                        gridColumn: `${panel.x + 1} / span ${panel.w}`,
                        gridRow: `${panel.y + 1} / span ${panel.h}`
                      }
                }
              >
                <PanelCard
                  panel={panel}
                  around={around}
                  height={height}
                  actions={actionsOf(panel)}
                  onFull={() => onFull(panel.id)}
                  handle={
                    isEditing &&
                    !isNarrow && (
                      <button
                        type="button"
                        aria-label={`Move ${panel.title}: arrow keys; with Shift they resize it`}
                        title="Drag to move. Arrow keys move, Shift and arrow keys resize."
                        className="-ml-1.5 inline-flex h-7 w-5 cursor-grab touch-none items-center justify-center rounded text-muted hover:bg-hover hover:text-ink active:cursor-grabbing"
                        onPointerDown={event => begin(event, panel.id, 'move')}
                        onPointerMove={drawn}
                        onPointerUp={end}
                        onPointerCancel={() => setDrag(undefined)}
                        onKeyDown={event => onKey(event, panel.id)}
                      >
                        <span aria-hidden="true">⠿</span>
                      </button>
                    )
                  }
                  corner={
                    isEditing &&
                    !isNarrow && (
                      // The keyboard resizes at the handle.
                      <span
                        aria-hidden="true"
                        data-resize={panel.id}
                        className="absolute right-0 bottom-0 size-5 cursor-nwse-resize touch-none after:absolute after:right-1 after:bottom-1 after:size-2.5 after:rounded-br-sm after:border-control after:border-r-2 after:border-b-2"
                        onPointerDown={event => begin(event, panel.id, 'size')}
                        onPointerMove={drawn}
                        onPointerUp={end}
                        onPointerCancel={() => setDrag(undefined)}
                      />
                    )
                  }
                />
              </div>
            )
          })}
      </div>
      <p role="status" className="sr-only">
        {said}
      </p>
    </>
  )
}
