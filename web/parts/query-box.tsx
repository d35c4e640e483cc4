/** Where the query is written: coloured as it is read, explained in words below, with what is wrong at its place. */

import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { QueryNote } from '../api.ts'
import { explainQuery } from '../queries.ts'
import { Button, IconButton } from './controls.tsx'
import { Icon } from './icons.tsx'
import { useKeys } from './keys.ts'
import { type TokenKind, tokensOf } from './query-text.ts'
import { SyntaxHelp } from './syntax-help.tsx'

const colours: Readonly<Record<TokenKind, string>> = {
  field: 'text-accent',
  operator: 'text-muted',
  word: '',
  string: 'text-tone-amber',
  regex: 'text-tone-pink',
  logic: 'text-tone-violet font-bold',
  punctuation: 'text-muted',
  space: ''
}

export function QueryBox({
  query,
  errors,
  warnings,
  onSearch,
  children
}: {
  query: string
  /** Of the query that was searched for. */
  errors: readonly QueryNote[]
  warnings: readonly QueryNote[]
  onSearch: (query: string) => void
  /** What stands beside the box. */
  children?: ReactNode
}) {
  const [draft, setDraft] = useState(query)
  const box = useRef<HTMLTextAreaElement>(null)
  useEffect(() => setDraft(query), [query])
  useKeys({
    '/': event => {
      event.preventDefault()
      box.current?.focus()
      box.current?.select()
    }
  })

  const settled = useSettled(draft, 250)
  const explained = useQuery({ ...explainQuery(settled), enabled: settled.trim() !== '' })
  const isCurrent = settled === draft && !explained.isPlaceholderData && draft.trim() !== ''
  const isSearched = draft.trim() === query.trim()
  const explainErrors = isCurrent && explained.data?.ok === false ? explained.data.errors : []
  const wrong = isSearched && errors.length > 0 ? errors : explainErrors
  const odd =
    wrong.length > 0
      ? []
      : isSearched && warnings.length > 0
        ? warnings
        : isCurrent
          ? (explained.data?.warnings ?? [])
          : []
  const words = isCurrent && wrong.length === 0 ? explained.data?.words : undefined

  return (
    <search className="block">
      <form
        onSubmit={event => {
          event.preventDefault()
          onSearch(draft)
        }}
        className="flex flex-wrap items-start gap-2"
      >
        <div
          className={`flex min-w-0 flex-[1_1_100%] items-start rounded-lg border bg-raised pr-1 pl-3 focus-within:outline-2 focus-within:outline-accent md:flex-[1_1_320px] ${wrong.length > 0 ? 'border-danger' : 'border-control/60 hover:border-control'}`}
        >
          <Icon name="search" className="mt-[11px] mr-2.5 size-4 text-muted" />
          <div className="query-layers min-w-0 flex-1">
            <div aria-hidden="true">
              <Coloured text={draft} wrong={wrong} />
              {/* A last line break needs something behind it to take its room. */}
              {'\u200b'}
            </div>
            <textarea
              ref={box}
              rows={1}
              value={draft}
              aria-label="Query"
              aria-invalid={wrong.length > 0}
              aria-describedby="query-notes"
              placeholder="Search: words, or field:value"
              spellCheck={false}
              autoCapitalize="off"
              autoComplete="off"
              autoCorrect="off"
              enterKeyHint="search"
              onChange={event => setDraft(event.target.value)}
              onKeyDown={event => {
                if (event.nativeEvent.isComposing) return
                if (event.key === 'Enter' && !event.shiftKey) {
                  event.preventDefault()
                  onSearch(draft)
                } else if (event.key === 'Escape') {
                  event.preventDefault()
                  event.currentTarget.blur()
                }
              }}
            />
          </div>
          {draft !== '' && (
            <IconButton
              label="Clear the query"
              icon="close"
              className="mt-[3px] size-8"
              onClick={() => {
                onSearch('')
                setDraft('')
                box.current?.focus()
              }}
            />
          )}
          <SyntaxHelp
            onTry={example => {
              setDraft(example)
              onSearch(example)
            }}
          />
        </div>
        {children}
        <Button type="submit" look="primary" className="h-10">
          Search
        </Button>
      </form>
      <div id="query-notes" aria-live="polite" className="empty:hidden mt-1.5 grid gap-1 px-0.5">
        {wrong.slice(0, 3).map(note => (
          <Note key={`${note.position} ${note.message}`} note={note} text={draft} mood="danger" onUse={setDraft} />
        ))}
        {odd.slice(0, 3).map(note => (
          <Note key={`${note.position} ${note.message}`} note={note} text={draft} mood="warn" onUse={setDraft} />
        ))}
        {words !== undefined && words !== '' && (
          <p className="line-clamp-2 text-muted text-xs">
            <span className="sr-only">In words: </span>
            {isSearched ? 'Shows ' : 'Press Enter for '}
            {words === 'every event' || words === 'no event' ? '' : 'events where '}
            <bdi className="stored text-soft">{words}</bdi>
          </p>
        )}
      </div>
    </search>
  )
}

function Coloured({ text, wrong }: { text: string; wrong: readonly QueryNote[] }) {
  return tokensOf(text).map(token => {
    const end = token.start + token.text.length
    const isWrong = wrong.some(note => note.position < end && note.position + Math.max(1, note.length) > token.start)
    return (
      <span key={token.start} className={`${colours[token.kind]} ${isWrong ? 'wrong' : ''}`}>
        {token.text}
      </span>
    )
  })
}

function Note({
  note,
  text,
  mood,
  onUse
}: {
  note: QueryNote
  text: string
  mood: 'danger' | 'warn'
  onUse: (query: string) => void
}) {
  const expected = [note.expected ?? []].flat().slice(0, 6)
  const found = text.slice(note.position, note.position + note.length)
  const { suggestion } = note
  return (
    <p className={`flex items-start gap-2 text-xs ${mood === 'danger' ? 'text-danger' : 'text-warn'}`}>
      <Icon name="warning" className="mt-0.5 size-3.5" />
      <span className="min-w-0">
        <bdi>{note.message}</bdi>{' '}
        <span className="text-muted">
          {note.position >= text.length ? 'At the end' : `At position ${note.position + 1}`}
          {expected.length > 0 && `; expected: ${expected.join(', ')}`}
        </span>
      </span>
      {suggestion !== undefined && (
        <button
          type="button"
          className="-my-0.5 shrink-0 rounded border border-current/40 px-1.5 py-0.5 font-mono hover:bg-hover"
          onClick={() => onUse(text.slice(0, note.position) + suggestion + text.slice(note.position + found.length))}
        >
          Use <bdi>{suggestion}</bdi>
        </button>
      )}
    </p>
  )
}

/** The value, once it has not changed for a while. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
