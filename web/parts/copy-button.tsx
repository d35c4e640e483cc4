/** Copies a text, and says so. */

import { useEffect, useState } from 'react'
import { Icon } from './icons.tsx'

export function CopyButton({
  text,
  label,
  shown,
  className = ''
}: {
  /** Made only when it is asked for. */
  text: () => string
  label: string
  shown?: string
  className?: string
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), 1500)
    return () => clearTimeout(timer)
  }, [state])
  const name = state === 'copied' ? 'Copied' : state === 'failed' ? 'This browser does not allow copying' : label
  return (
    <button
      type="button"
      // With a text of its own it is named by that.
      aria-label={shown === undefined ? name : undefined}
      title={name}
      className={`inline-flex items-center gap-1.5 ${className}`}
      onClick={async event => {
        event.stopPropagation()
        setState((await copyText(text())) ? 'copied' : 'failed')
      }}
    >
      <Icon name={state === 'copied' ? 'check' : state === 'failed' ? 'warning' : 'copy'} className="size-3.5" />
      {shown !== undefined && <span>{state === 'copied' ? 'Copied' : shown}</span>}
    </button>
  )
}

/** Over plain HTTP to another machine there is no clipboard API: then the old way. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
