/** Puts alerts into a case: one that is open, or a new one. */

import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { messageOf } from '../../api.ts'
import { Notice, Spinner, TextField } from '../controls.tsx'
import { ago, plural } from '../format.ts'
import { type Alert, msOf } from './alerts.ts'
import { casesQuery, openCase, putIntoCase } from './cases.ts'
import { Question } from './dialogs.tsx'
import { sayDone } from './done-notice.tsx'

export function CaseDialog({
  alerts,
  onClose,
  onDone
}: {
  alerts: readonly Alert[]
  onClose: () => void
  onDone: () => void
}) {
  const open = useInfiniteQuery(casesQuery({ state: 'open' }))
  const known = open.data?.pages.flatMap(page => page.cases) ?? []
  const [chosen, setChosen] = useState<number | undefined>()
  const [title, setTitle] = useState(alerts[0]?.rule.title ?? '')
  const navigate = useNavigate()
  const put = useMutation({
    mutationFn: () => {
      const ids = alerts.map(({ id }) => id)
      return chosen === undefined ? openCase(title.trim(), ids) : putIntoCase(chosen, ids)
    },
    onSuccess: into => {
      sayDone({
        text: `${plural(alerts.length, 'alert')} in case ${into.id}: ${into.title}.`,
        way: { label: 'Open the case', go: () => void navigate({ to: '/cases/$id', params: { id: String(into.id) } }) }
      })
      onDone()
    }
  })
  return (
    <Question
      title={`${alerts.length === 1 ? 'Add the alert' : `Add ${plural(alerts.length, 'alert')}`} to a case`}
      act={chosen === undefined ? 'Open the case' : 'Add'}
      disabled={put.isPending || (chosen === undefined && title.trim() === '')}
      onClose={onClose}
      onAct={() => put.mutate()}
    >
      <fieldset className="grid gap-1.5">
        <legend className="sr-only">Which case</legend>
        <Choice isChosen={chosen === undefined} onChoose={() => setChosen(undefined)} isFirst>
          <span className="font-medium">A new case</span>
        </Choice>
        {chosen === undefined && (
          <div className="mb-2 ml-6">
            <TextField
              label="Its title"
              value={title}
              maxLength={256}
              onChange={event => setTitle(event.target.value)}
            />
          </div>
        )}
        {known.slice(0, 20).map(each => (
          <Choice key={each.id} isChosen={chosen === each.id} onChoose={() => setChosen(each.id)}>
            <span className="wrap-anywhere font-medium">{each.title}</span>
            <span className="num block text-muted text-xs">
              case {each.id} · {plural(each.alerts, 'alert')} · {ago(msOf(each.updated))}
            </span>
          </Choice>
        ))}
      </fieldset>
      {open.isPending && <Spinner />}
      {put.error !== null && <Notice mood="danger">{messageOf(put.error)}</Notice>}
    </Question>
  )
}

function Choice({
  isChosen,
  onChoose,
  isFirst,
  children
}: {
  isChosen: boolean
  onChoose: () => void
  isFirst?: boolean
  children: React.ReactNode
}) {
  return (
    <label className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft">
      <input
        type="radio"
        name="case"
        className="mt-1 accent-accent"
        checked={isChosen}
        onChange={onChoose}
        data-first={isFirst}
      />
      <span className="min-w-0">{children}</span>
    </label>
  )
}
