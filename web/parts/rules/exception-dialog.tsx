/** Adds an exception to a rule, or keeps one that was looked at: what is harmless, why, and until when. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { explainQuery } from '../../queries.ts'
import { Button, inputClass, Notice, TextField } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'
import { isoOf } from '../time-range.ts'
import { refreshAlerts } from '../triage/alerts.ts'
import { sayDone } from '../triage/done-notice.tsx'
import { type RuleException, refreshRules, ruleAt } from './rules.ts'
import { useLater } from './use-later.ts'

const ends = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
  ['', 'no end']
] as const
const dayMs = 86_400_000

export function ExceptionDialog({
  ruleId,
  title,
  query: proposed = '',
  review,
  onClose,
  onKept
}: {
  ruleId: string
  title: string
  /** To begin with. */
  query?: string
  /** One that is there already. */
  review?: RuleException | undefined
  onClose: () => void
  onKept?: () => void
}) {
  const id = useId()
  const [query, setQuery] = useState(review?.query ?? proposed)
  const [reason, setReason] = useState(review?.reason ?? '')
  const [days, setDays] = useState<string>('90')
  const asked = useLater(query.trim(), 300)
  const read = useQuery({ ...explainQuery(asked), enabled: asked !== '' })
  const wrong = read.data?.ok === false ? read.data.errors[0]?.message : undefined
  const keep = useMutation({
    mutationFn: () => {
      const expires = days === '' ? undefined : isoOf(Date.now() + Number(days) * dayMs)
      return review === undefined
        ? change('POST', ruleAt(ruleId, '/exceptions'), { query: query.trim(), reason: reason.trim(), expires })
        : change('PUT', ruleAt(ruleId, `/exceptions/${review.id}`), { expires: expires ?? null })
    },
    onSuccess: async () => {
      onClose()
      sayDone({ text: review === undefined ? 'The exception is in force.' : 'The exception stays.' })
      await Promise.all([refreshRules(), refreshAlerts()])
      onKept?.()
    }
  })
  const canKeep = query.trim() !== '' && reason.trim() !== '' && wrong === undefined && !keep.isPending
  return (
    <Overlay
      open
      kind="wide"
      onClose={onClose}
      title={review === undefined ? 'Add an exception' : 'Is this exception still right?'}
      description={title}
    >
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          if (canKeep) keep.mutate()
        }}
      >
        <div className="grid gap-1">
          <label htmlFor={id} className="font-medium text-soft">
            Events that are harmless (in the language of the search)
          </label>
          <textarea
            id={id}
            rows={3}
            spellCheck={false}
            autoCapitalize="off"
            readOnly={review !== undefined}
            aria-invalid={wrong !== undefined}
            aria-describedby={`${id}-below`}
            placeholder='user.name:"backup" and source.ip:10.0.0.0/24'
            value={query}
            className={`${inputClass} h-auto! resize-y py-2 font-mono text-xs leading-5 aria-invalid:border-danger! read-only:bg-sunken`}
            onChange={event => setQuery(event.target.value)}
          />
          <p id={`${id}-below`} className={`text-xs ${wrong === undefined ? 'text-muted' : 'text-danger'}`}>
            {wrong ??
              (read.data?.ok && asked !== '' ? `Excepted: ${read.data.words}` : 'All of it must hold of an event.')}
          </p>
        </div>
        {review === undefined && (
          <TextField
            label="Why is it harmless?"
            required
            maxLength={2000}
            value={reason}
            onChange={event => setReason(event.target.value)}
          />
        )}
        <fieldset className="grid gap-1.5">
          <legend className="mb-1.5 font-medium text-soft">
            {review === undefined ? 'It ends by itself after' : 'It goes on for'}
          </legend>
          <div className="flex flex-wrap gap-1.5">
            {ends.map(([value, name]) => (
              <label
                key={value}
                className="flex cursor-pointer items-center gap-2 rounded-lg border border-line px-3 py-1.5 has-checked:border-accent has-checked:bg-accent-soft"
              >
                <input
                  type="radio"
                  name="end"
                  className="accent-accent"
                  checked={days === value}
                  onChange={() => setDays(value)}
                />
                {name}
              </label>
            ))}
          </div>
        </fieldset>
        {keep.error !== null && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!canKeep}>
            {review === undefined ? 'Except it' : 'Keep it'}
          </Button>
        </div>
      </form>
    </Overlay>
  )
}
