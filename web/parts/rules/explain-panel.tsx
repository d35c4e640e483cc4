/** A rule against one event: each clause, the field that it read, what stood there, true or false. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { ApiError, type Document, get, messageOf, type StoredEvent } from '../../api.ts'
import { Button, inputClass, Notice, Spinner } from '../controls.tsx'
import { dateTime } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import { ClauseTree } from './clause-tree.tsx'
import { type Explained, explainQuery, type RuleDetail } from './rules.ts'

export function ExplainPanel({ rule, start }: { rule: RuleDetail; start: string | undefined }) {
  const id = useId()
  const [text, setText] = useState(start ?? '')
  const [event, setEvent] = useState<Document | undefined>()
  const read = useMutation({ mutationFn: () => eventOf(text), onSuccess: setEvent })
  const newest = useMutation({
    mutationFn: () => newestOf(rule),
    onSuccess: found => {
      setText(found.id)
      setEvent(found.document)
    }
  })
  const begun = useQuery({
    queryKey: ['rules', 'explain-start', start],
    queryFn: () => eventOf(start ?? ''),
    enabled: start !== undefined && start !== '',
    retry: false
  })
  const shown = event ?? begun.data
  const why = useQuery({ ...explainQuery(rule.id, shown ?? {}), enabled: shown !== undefined })
  const error = read.error ?? newest.error ?? (event === undefined ? begun.error : null) ?? why.error
  const isBusy = read.isPending || newest.isPending || why.isFetching
  return (
    <section aria-label="Against one event" className="grid min-w-0 gap-3">
      <form
        className="grid gap-1"
        onSubmit={submitted => {
          submitted.preventDefault()
          if (text.trim() !== '') read.mutate()
        }}
      >
        <label htmlFor={id} className="font-medium text-soft">
          The event: its id, or the document as JSON
        </label>
        <textarea
          id={id}
          rows={text.includes('{') ? 6 : 1}
          spellCheck={false}
          autoCapitalize="off"
          placeholder="e3b0c50926a776e0"
          value={text}
          className={`${inputClass} h-auto! min-h-9 resize-y py-2 font-mono text-xs leading-5`}
          onChange={changed => setText(changed.target.value)}
          onKeyDown={key => {
            if (key.key !== 'Enter' || key.shiftKey || text.includes('{')) return
            key.preventDefault()
            key.currentTarget.form?.requestSubmit()
          }}
        />
        <div className="mt-1 flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" disabled={text.trim() === '' || isBusy}>
            Explain
          </Button>
          <Button disabled={isBusy} onClick={() => newest.mutate()}>
            The newest event of its log source
          </Button>
          {isBusy && <Spinner />}
        </div>
      </form>
      {error != null && <Notice mood="danger">{messageOf(error)}</Notice>}
      {shown !== undefined && why.data !== undefined && <Verdict of={why.data} event={shown} />}
    </section>
  )
}

export function Verdict({ of, event }: { of: Explained; event?: Document }) {
  const time = event?.['@timestamp']
  return (
    <div className="panel grid min-w-0 gap-3 px-4 py-3">
      <p
        className={`flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold ${of.matches ? 'text-good' : 'text-danger'}`}
      >
        <Icon name={of.matches ? 'check' : 'close'} />
        {of.matches ? 'The rule matches this event' : 'The rule does not match this event'}
        {typeof time === 'string' && (
          <span className="num font-normal text-muted text-xs">of {dateTime(Date.parse(time))}</span>
        )}
      </p>
      {of.exceptions.map(({ id, query, reason }) => (
        <p key={id} className="wrap-anywhere rounded-lg border border-warn/35 bg-warn-soft px-3 py-1.5">
          Excepted by{' '}
          <code className="text-xs">
            <StoredText text={query} max={300} />
          </code>
          : <StoredText text={reason} max={300} />
        </p>
      ))}
      <ClauseTree clause={of.clause} />
    </div>
  )
}

async function eventOf(text: string): Promise<Document> {
  const wanted = text.trim()
  if (/^[0-9a-f]{16}$/i.test(wanted)) return (await get<StoredEvent>(`/api/events/${wanted.toLowerCase()}`)).document
  try {
    const document: unknown = JSON.parse(wanted)
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as Document
  } catch {
    // Told below, together with JSON that is no document.
  }
  throw new Error('Give the id of a stored event (16 digits, from 0 to f), or a document as JSON.')
}

async function newestOf(rule: RuleDetail): Promise<StoredEvent> {
  const { events } = await get<{ events: StoredEvent[] }>('/api/search', { q: rule.route ?? '', limit: 1 })
  const found = events[0]
  if (found === undefined) throw new ApiError(404, 'no-event', 'No event of its log source is stored.')
  return found
}
