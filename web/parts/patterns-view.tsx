/** What matches, grouped by the shape of its text: the frequent ones first, each with an example and the way to its events. */

import { useState } from 'react'
import { messageOf } from '../api.ts'
import type { Search } from '../queries.ts'
import { cellText, numberOf } from './cell-text.ts'
import { Notice } from './controls.tsx'
import { count } from './format.ts'
import { QueryProgress } from './query-progress.tsx'
import { joinQuery, patternClause, toggleClause } from './query-text.ts'
import { useRunningQuery } from './running-query.ts'
import { StoredText } from './stored-text.tsx'

/** The fields that hold text. */
const texts = [
  'message',
  'rule.name',
  'url.original',
  'dns.question.name',
  'user_agent.original',
  'event.action'
].concat(['process.command_line', 'file.path', 'error.message', 'host.name'])

export function PatternsView({ search, onGo }: { search: Search; onGo: (query: string) => void }) {
  const [field, setField] = useState('message')
  return (
    <>
      <label className="flex items-center gap-2 px-3 pt-2 text-muted text-xs">
        Patterns of
        <select
          value={field}
          className="h-7 rounded-md border border-line-strong bg-raised px-2 text-ink"
          onChange={event => setField(event.target.value)}
        >
          {texts.map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Patterns search={search} field={field} onGo={onGo} />
    </>
  )
}

function Patterns({ search, field, onGo }: { search: Search; field: string; onGo: (query: string) => void }) {
  const q = joinQuery(search.q === '' ? '*' : search.q, `| pattern ${field}`)
  const running = useRunningQuery({ q, from: search.from, to: search.to }, true)
  const table = running.answer?.table
  if (running.error !== undefined) return <Notice mood="danger">{messageOf(running.error)}</Notice>
  if (table === undefined)
    return running.isRunning ? (
      <QueryProgress progress={running.progress} onCancel={running.cancel} />
    ) : (
      <p className="p-4 text-muted">Cancelled.</p>
    )
  const index = (name: string) => table.columns.findIndex(column => column.name === name)
  const [pattern, counted, example] = [index('pattern'), index('count'), index('example')]
  const most = Math.max(1, ...table.rows.map(row => numberOf(row[counted]) ?? 0))
  if (table.rows.length === 0)
    return <p className="p-6 text-center text-muted">These events have no {field}: choose another field.</p>
  return (
    <ol aria-label="Patterns" className="divide-y divide-line">
      {table.rows.slice(0, 200).map((row, at) => {
        const text = cellText(row[pattern], 'text')
        const number = numberOf(row[counted]) ?? 0
        const clause = patternClause(field, text)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows of one answer
          <li key={at} className="relative grid grid-cols-[72px_minmax(0,1fr)] gap-3 px-3 py-2">
            <span
              aria-hidden="true"
              className="absolute inset-y-0 left-0 bg-accent/10"
              style={{ width: `${(number / most) * 100}%` }}
            />
            <span className="num relative text-right font-semibold">{count(number)}</span>
            <div className="relative min-w-0">
              <div className="wrap-anywhere font-mono text-xs leading-5">
                <StoredText text={text} max={600} />
              </div>
              {example >= 0 && (
                <div className="truncate text-muted text-xs">
                  <StoredText text={cellText(row[example], 'text')} max={300} />
                </div>
              )}
              {clause !== undefined && (
                <button
                  type="button"
                  className="text-accent text-xs hover:underline"
                  onClick={() => onGo(toggleClause(search.q, clause, 'include'))}
                >
                  Show such events
                </button>
              )}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
