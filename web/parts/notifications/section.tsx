/** A part of the tab: a title, a sentence, what one can do, and a list or a note that there is nothing. */

import type { ReactNode } from 'react'
import { Button, type ButtonProps } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'

export function Section({
  title,
  hint,
  action,
  children
}: {
  title: string
  hint?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  const id = `notify-${title.toLowerCase().replaceAll(' ', '-')}`
  return (
    <section aria-labelledby={id} className="panel">
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 py-3">
        <div className="min-w-0">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {hint !== undefined && <p className="max-w-prose text-muted">{hint}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="border-line border-t px-4 py-8 text-center text-muted">{children}</p>
}

export function SmallButton(props: ButtonProps) {
  return <Button small {...props} />
}

/** Asks before something goes. */
export function RemoveDialog({
  name,
  children,
  busy,
  onRemove,
  onClose
}: {
  name: string
  children: ReactNode
  busy: boolean
  onRemove: () => void
  onClose: () => void
}) {
  return (
    <Overlay open onClose={onClose} title={`Remove ${name}?`} description={children}>
      <div className="flex justify-end gap-2">
        <Button look="ghost" onClick={onClose}>
          Cancel
        </Button>
        <Button look="danger" disabled={busy} onClick={onRemove}>
          Remove
        </Button>
      </div>
    </Overlay>
  )
}
