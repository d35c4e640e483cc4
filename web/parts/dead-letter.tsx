/** One dead letter in the list, and opened: the reason and the record as it came in. */

import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { DeadLetter } from '../api.ts'
import { Badge } from './controls.tsx'
import { CopyButton } from './copy-button.tsx'
import { bytes, dateTime, isoTime } from './format.ts'
import { Icon } from './icons.tsx'
import { quoted } from './query-text.ts'
import { StoredBlock, StoredText } from './stored-text.tsx'

export function Letter({
  letter,
  index,
  isOpen,
  isSelected,
  onOpen,
  onSelect
}: {
  letter: DeadLetter
  index: number
  isOpen: boolean
  isSelected: boolean
  onOpen: () => void
  onSelect: (() => void) | undefined
}) {
  const time = dateTime(letter.timeMs)
  return (
    <li className={isSelected ? 'bg-accent-soft/50' : ''}>
      <div className="flex items-start gap-3 px-4 hover:bg-hover">
        {onSelect !== undefined && (
          <input
            type="checkbox"
            aria-label={`Select the dead letter of ${time}`}
            className="mt-2.5 size-4 shrink-0 accent-accent"
            checked={isSelected}
            onChange={onSelect}
          />
        )}
        <button
          type="button"
          data-row={index}
          aria-expanded={isOpen}
          className="grid min-w-0 flex-1 grid-cols-[auto_1fr] items-center gap-x-3 gap-y-0.5 py-2 text-left focus-visible:-outline-offset-2 md:grid-cols-[20px_176px_minmax(120px,200px)_minmax(160px,280px)_1fr]"
          onClick={onOpen}
        >
          <Icon
            name="chevron"
            className={`size-3 self-start mt-1 text-muted transition-transform max-md:row-span-4 ${isOpen ? 'rotate-90' : ''}`}
          />
          <time dateTime={isoTime(letter.timeMs)} className="num font-mono text-xs">
            <span className="text-muted">{time.slice(0, 11)}</span>
            {time.slice(11)}
          </time>
          <span className="flex min-w-0 items-center gap-1.5 text-xs max-md:col-start-2">
            <span className="truncate font-mono">
              <StoredText text={letter.source} max={120} />
            </span>
            {letter.format !== '' && <Badge tone="slate">{letter.format}</Badge>}
          </span>
          <span className="wrap-anywhere line-clamp-2 text-danger text-xs max-md:col-start-2">
            <StoredText text={letter.reason} max={300} />
          </span>
          <span className="min-w-0 truncate font-mono text-muted text-xs max-md:col-start-2">
            <StoredText text={letter.preview} max={300} />
          </span>
        </button>
      </div>
      {isOpen && <Opened letter={letter} />}
    </li>
  )
}

function Opened({ letter }: { letter: DeadLetter }) {
  const text = useMemo(() => textOfBase64(letter.originalBase64), [letter.originalBase64])
  const kept = Math.floor((letter.originalBase64.length * 3) / 4)
  return (
    <section aria-label="The record" className="enter grid gap-2 px-4 pb-4 md:pl-14">
      {letter.reason.length > 60 && (
        <p className="text-danger">
          <StoredBlock text={letter.reason} />
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <pre tabIndex={0} className="max-h-[50dvh] overflow-auto rounded-lg bg-sunken p-3 text-xs leading-[1.55]">
        <StoredBlock text={text} max={20_000} />
      </pre>
      <div className="flex flex-wrap items-center gap-3 text-muted text-xs">
        <span className="num">{bytes(letter.bytes)}</span>
        {kept + 3 < letter.bytes && <span>The first {bytes(kept)} are shown.</span>}
        <CopyButton
          text={() => text}
          label="Copy the record"
          shown="Copy the record"
          className="rounded-md px-2 py-1 font-medium text-soft hover:bg-hover"
        />
        <Link
          to="/"
          search={{ q: `picket.source:${quoted(letter.source)}` }}
          className="inline-flex items-center gap-1.5 rounded-md px-2 py-1 font-medium text-soft hover:bg-hover"
        >
          <Icon name="search" className="size-3.5" /> Search its source
        </Link>
      </div>
    </section>
  )
}

/** Bytes that are no UTF-8 become replacement characters. */
export function textOfBase64(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), c => c.charCodeAt(0)))
  } catch {
    return ''
  }
}
