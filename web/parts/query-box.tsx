/** Where the query is written: coloured as it is read, explained in words below, with what is wrong at its place. */

import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import type { QueryNote } from '../api.ts'
import { explainQuery } from '../queries.ts'
import { Button, IconButton } from './controls.tsx'
import { Icon } from './icons.tsx'
import { useKeys } from './keys.ts'
import { PlainQuery } from './plain-query.tsx'
import type { QueryField } from './query-editor.tsx'
import { QueryNotes } from './query-notes.tsx'
import { splitQuery } from './query-text.ts'
import { useSetting } from './settings.ts'
import { SyntaxHelp } from './syntax-help.tsx'

const QueryEditor = lazy(() => import('./query-editor.tsx'))

const none: readonly QueryNote[] = []
const recentMax = 40

export function QueryBox({
  query,
  errors,
  warnings,
  isAnswered,
  onSearch,
  children
}: {
  query: string
  /** Of the query that was searched for. */
  errors: readonly QueryNote[]
  warnings: readonly QueryNote[]
  /** It has been answered: then it can be read, whatever the explanation says. */
  isAnswered: boolean
  onSearch: (query: string) => void
  /** What stands beside the box. */
  children?: ReactNode
}) {
  const [draft, setDraft] = useState(query)
  const [recent, setRecent] = useSetting<string[]>('recent-queries', [])
  const field = useRef<QueryField>(null)
  useEffect(() => setDraft(query), [query])
  useKeys({
    '/': event => {
      event.preventDefault()
      field.current?.focus(true)
    }
  })

  const settled = useSettled(draft, 250)
  const explained = useQuery({ ...explainQuery(settled), enabled: settled.trim() !== '' })
  const isCurrent = settled === draft && !explained.isPlaceholderData && draft.trim() !== ''
  const isSearched = draft.trim() === query.trim()
  const wrong =
    isSearched && errors.length > 0
      ? errors
      : isCurrent && explained.data?.ok === false && !(isSearched && isAnswered)
        ? explained.data.errors
        : none
  const odd =
    wrong.length > 0 || draft.trim() === ''
      ? none
      : isSearched && warnings.length > 0
        ? warnings
        : isCurrent
          ? (explained.data?.warnings ?? none)
          : none
  const words = isCurrent && wrong.length === 0 ? explained.data?.words : undefined

  const search = (text: string) => {
    const asked = text.trim()
    if (asked !== '' && recent[0] !== asked)
      setRecent([asked, ...recent.filter(each => each !== asked)].slice(0, recentMax))
    onSearch(text)
  }
  const shared = { value: draft, isWrong: wrong.length > 0, onChange: setDraft, onSearch: search, ref: field }

  return (
    <search className="block">
      <form
        onSubmit={event => {
          event.preventDefault()
          search(draft)
        }}
        className="flex flex-wrap items-start gap-2"
      >
        <div
          className={`flex min-w-0 flex-[1_1_100%] items-start rounded-lg border bg-raised pr-1 pl-3 focus-within:outline-2 focus-within:outline-accent md:flex-[1_1_320px] ${wrong.length > 0 ? 'border-danger' : 'border-control/60 hover:border-control'}`}
        >
          <Icon name="search" className="mt-[11px] mr-2.5 size-4 text-muted" />
          <Suspense fallback={<PlainQuery {...shared} />}>
            <QueryEditor
              {...shared}
              notes={wrong.length > 0 ? wrong : odd}
              recent={recent}
              takesFocus={document.activeElement?.getAttribute('aria-label') === 'Query'}
            />
          </Suspense>
          {draft !== '' && (
            <IconButton
              label="Clear the query"
              icon="close"
              className="mt-[3px] size-8"
              onClick={() => {
                onSearch('')
                setDraft('')
                field.current?.focus()
              }}
            />
          )}
          <SyntaxHelp
            onTry={example => {
              // A command goes behind the filter that is there.
              const text = example.startsWith('|') ? `${splitQuery(draft).filter.trim()} ${example}`.trim() : example
              setDraft(text)
              search(text)
            }}
          />
        </div>
        {children}
        <Button type="submit" look="primary" className="h-10">
          Search
        </Button>
      </form>
      <QueryNotes
        text={draft}
        wrong={wrong}
        odd={odd}
        words={words}
        isSearched={isSearched}
        onUse={text => {
          setDraft(text)
          field.current?.focus()
        }}
      />
    </search>
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
