/** A plain field for the query, coloured as it is read: what stands in the editor's place while that is loading. */

import { type Ref, useImperativeHandle, useRef } from 'react'
import { tokenClasses } from './query-colours.ts'
import type { QueryField } from './query-editor.tsx'
import { tokensOf } from './query-text.ts'

export function PlainQuery({
  value,
  isWrong,
  onChange,
  onSearch,
  ref
}: {
  value: string
  isWrong: boolean
  onChange: (text: string) => void
  onSearch: (text: string) => void
  ref?: Ref<QueryField>
}) {
  const box = useRef<HTMLTextAreaElement>(null)
  useImperativeHandle(ref, () => ({
    focus(select) {
      box.current?.focus()
      if (select) box.current?.select()
    }
  }))
  return (
    <div className="query-layers min-w-0 flex-1">
      <div aria-hidden="true">
        {tokensOf(value).map(token => (
          <span key={token.start} className={tokenClasses[token.kind]}>
            {token.text}
          </span>
        ))}
        {/* A last line break needs something behind it to take its room. */}
        {'\u200b'}
      </div>
      <textarea
        ref={box}
        rows={1}
        value={value}
        aria-label="Query"
        aria-invalid={isWrong}
        aria-describedby="query-notes"
        placeholder="Search: words, field:value, then | stats count() by …"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        enterKeyHint="search"
        onChange={event => onChange(event.target.value)}
        onKeyDown={event => {
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault()
            onSearch(value)
          } else if (event.key === 'Escape') {
            event.preventDefault()
            event.currentTarget.blur()
          }
        }}
      />
    </div>
  )
}
