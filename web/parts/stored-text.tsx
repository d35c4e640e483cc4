/** Shows stored text as text: hidden characters marked, its direction contained, and no more of it than asked for. */

import { useState } from 'react'
import { Button } from './controls.tsx'
import { bytes } from './format.ts'
import { clamp, segmentsOf } from './visible-text.ts'

/** In one line: what is longer than `max` ends in an ellipsis. */
export function StoredText({ text, max = 400 }: { text: string; max?: number }) {
  const shown = clamp(text, max).replace(/\s*\n\s*/g, ' ⏎ ')
  return (
    <bdi className="stored">
      <Marked text={shown} />
      {text.length > max && '…'}
    </bdi>
  )
}

/** With its line breaks; what is longer than `max` waits behind a button. */
export function StoredBlock({ text, max = 1500 }: { text: string; max?: number }) {
  const [all, setAll] = useState(false)
  const isLong = text.length > max * 1.25
  return (
    <>
      <bdi className="stored whitespace-pre-wrap wrap-anywhere">
        <Marked text={isLong && !all ? clamp(text, max) : text} />
        {isLong && !all && '…'}
      </bdi>
      {isLong && (
        <Button small look="ghost" className="ml-1 align-middle font-sans text-accent" onClick={() => setAll(!all)}>
          {all ? 'Show less' : `Show all (${bytes(text.length)})`}
        </Button>
      )}
    </>
  )
}

function Marked({ text }: { text: string }) {
  const segments = segmentsOf(text)
  if (segments.length === 1 && typeof segments[0] === 'string') return segments[0]
  return segments.map((segment, at) =>
    typeof segment === 'string' ? (
      segment
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name
      <span key={at} className="control-mark" title={segment.title}>
        {segment.shown}
      </span>
    )
  )
}
