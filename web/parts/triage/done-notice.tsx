/** What was done last, said once at the lower edge, with the way back. It outlives the change to another page. */

import { useEffect, useSyncExternalStore } from 'react'
import { Button, IconButton } from '../controls.tsx'

export type Done = {
  readonly text: string
  readonly isFailure?: boolean
  readonly undo?: (() => void) | undefined
  /** Where one may want to go now. */
  readonly way?: { readonly label: string; readonly go: () => void }
}

const shownMs = 8000
const listeners = new Set<() => void>()
let current: Done | undefined

export function sayDone(done: Done | undefined): void {
  current = done
  for (const listener of listeners) listener()
}

export function DoneNotice() {
  const done = useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current
  )
  useEffect(() => {
    if (done === undefined || done.isFailure) return
    const timer = setTimeout(() => sayDone(undefined), shownMs)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-4 z-40 flex justify-center px-3 max-md:bottom-18"
    >
      {done !== undefined && (
        <div
          className={`enter pointer-events-auto flex max-w-xl items-center gap-3 rounded-xl border bg-raised py-1.5 pr-1.5 pl-4 shadow-float ${done.isFailure ? 'border-danger/50 text-danger' : 'border-line-strong'}`}
        >
          <span className="min-w-0">{done.text}</span>
          {done.undo !== undefined && (
            <Button
              small
              icon="back"
              onClick={() => {
                sayDone(undefined)
                done.undo?.()
              }}
            >
              Undo
            </Button>
          )}
          {done.way !== undefined && (
            <Button
              small
              icon="arrow"
              onClick={() => {
                sayDone(undefined)
                done.way?.go()
              }}
            >
              {done.way.label}
            </Button>
          )}
          <IconButton label="Dismiss" icon="close" className="size-8" onClick={() => sayDone(undefined)} />
        </div>
      )}
    </div>
  )
}
