/** A box to tick, with its words. */

import type { ReactNode } from 'react'

export function Check({
  checked,
  onChange,
  children
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
}) {
  return (
    <label className="flex items-center gap-2.5">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={checked}
        onChange={event => onChange(event.target.checked)}
      />
      <span>{children}</span>
    </label>
  )
}
