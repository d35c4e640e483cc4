/** Below the query: what is wrong or odd, at which place, with what to write instead; else what the query means. */

import type { QueryNote } from '../api.ts'
import { Icon } from './icons.tsx'

const notesMax = 3

export function QueryNotes({
  text,
  wrong,
  odd,
  words,
  isSearched,
  onUse
}: {
  text: string
  wrong: readonly QueryNote[]
  odd: readonly QueryNote[]
  words: string | undefined
  isSearched: boolean
  onUse: (query: string) => void
}) {
  const isAll = words === 'every event' || words === 'no event'
  return (
    <div id="query-notes" aria-live="polite" className="empty:hidden mt-1.5 grid gap-1 px-0.5">
      {wrong.slice(0, notesMax).map(note => (
        <Note key={`${note.position} ${note.message}`} note={note} text={text} mood="danger" onUse={onUse} />
      ))}
      {odd.slice(0, notesMax).map(note => (
        <Note key={`${note.position} ${note.message}`} note={note} text={text} mood="warn" onUse={onUse} />
      ))}
      {words !== undefined && words !== '' && (
        <p className="line-clamp-2 text-muted text-xs">
          <span className="sr-only">In words: </span>
          {isSearched ? 'Shows ' : 'Press Enter for '}
          {isAll || /^(every|all|no) event/.test(words) ? '' : 'events where '}
          <bdi className="stored text-soft">{words}</bdi>
        </p>
      )}
    </div>
  )
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
          onClick={() => onUse(text.slice(0, note.position) + suggestion + text.slice(note.position + note.length))}
        >
          Use <bdi>{suggestion}</bdi>
        </button>
      )}
    </p>
  )
}
