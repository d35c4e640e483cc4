/** What can be done with one event besides searching: hold it against a rule, keep it with a case. Loaded when it is asked for. */

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { messageOf, type StoredEvent } from '../../api.ts'
import { buttonClass, inputClass, Notice, Spinner } from '../controls.tsx'
import { ago, plural } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { Verdict } from '../rules/explain-panel.tsx'
import { matching } from '../rules/rule-search.ts'
import { explainQuery, rulesQuery } from '../rules/rules.ts'
import { useLater } from '../rules/use-later.ts'
import { StoredText } from '../stored-text.tsx'
import { msOf } from './alerts.ts'
import { casesQuery, workOnCase } from './cases.ts'
import { Question } from './dialogs.tsx'
import { LevelMark } from './marks.tsx'

type DialogProps = { event: StoredEvent; onClose: () => void }

export default function EventDialog({ what, ...props }: DialogProps & { what: 'rule' | 'case' }) {
  return what === 'rule' ? <RuleDialog {...props} /> : <CaseDialog {...props} />
}

const rulesShown = 8

function RuleDialog({ event, onClose }: DialogProps) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState<string | undefined>()
  const words = useLater(text, 150)
  const rules = useQuery(rulesQuery)
  const found = useMemo(
    () =>
      words.trim() === '' || rules.data === undefined
        ? []
        : matching(
            rules.data.rules.filter(({ kind }) => kind === 'rule'),
            undefined,
            { q: words }
          ),
    [words, rules.data]
  )
  const why = useQuery({ ...explainQuery(chosen ?? '', event.document), enabled: chosen !== undefined })
  return (
    <Overlay open kind="wide" onClose={onClose} title="Hold the event against a rule">
      <div className="grid gap-3">
        <input
          type="search"
          aria-label="Find a rule"
          placeholder="Words of its title, a tag, its id"
          className={inputClass}
          value={text}
          onChange={changed => {
            setText(changed.target.value)
            setChosen(undefined)
          }}
        />
        {rules.isPending && <Spinner />}
        {chosen === undefined && found.length > 0 && (
          <ul aria-label="Rules" className="divide-y divide-line overflow-hidden rounded-lg border border-line">
            {found.slice(0, rulesShown).map(rule => (
              <li key={rule.id}>
                <button
                  type="button"
                  className="flex w-full items-center gap-3 px-3 py-1.5 text-left hover:bg-hover focus-visible:-outline-offset-2"
                  onClick={() => setChosen(rule.id)}
                >
                  <span className="w-20">
                    <LevelMark level={rule.level} />
                  </span>
                  <span className="min-w-0 flex-1 truncate">
                    <StoredText text={rule.title} max={160} />
                  </span>
                </button>
              </li>
            ))}
            {found.length > rulesShown && (
              <li className="px-3 py-1.5 text-muted text-xs">and {plural(found.length - rulesShown, 'other')}</li>
            )}
          </ul>
        )}
        {words.trim() !== '' && chosen === undefined && rules.isSuccess && found.length === 0 && (
          <p className="text-muted">No rule is like that.</p>
        )}
        {why.error !== null && chosen !== undefined && <Notice mood="danger">{messageOf(why.error)}</Notice>}
        {chosen !== undefined && why.isFetching && <Spinner />}
        {chosen !== undefined && why.data !== undefined && !why.isFetching && (
          <>
            <Verdict of={why.data} />
            <Link
              to="/rules/$id"
              params={{ id: chosen }}
              search={{ tab: 'try', event: event.id }}
              className={`${buttonClass('plain', true)} justify-self-start`}
            >
              Open the rule with this event
            </Link>
          </>
        )}
      </div>
    </Overlay>
  )
}

function CaseDialog({ event, onClose }: DialogProps) {
  const open = useInfiniteQuery(casesQuery({ state: 'open' }))
  const cases = open.data?.pages.flatMap(page => page.cases) ?? []
  const [chosen, setChosen] = useState<number | undefined>()
  const id = chosen ?? cases[0]?.id
  const put = useMutation({
    mutationFn: () => workOnCase(id!, 'POST', '/events', { ids: [event.id] })
  })
  if (put.isSuccess)
    return (
      <Overlay open onClose={onClose} title="The event is kept with the case">
        <Link to="/cases/$id" params={{ id: String(id) }} className={buttonClass()}>
          Open case {id}
        </Link>
      </Overlay>
    )
  return (
    <Question
      title="Keep the event with a case"
      description="There it stays, also when it is too old for the store."
      act="Keep it"
      disabled={id === undefined || put.isPending}
      onClose={onClose}
      onAct={() => put.mutate()}
    >
      {open.isPending && <Spinner />}
      {open.isSuccess && cases.length === 0 && (
        <p className="text-soft">
          No case is open.{' '}
          <Link to="/cases" className="text-accent underline underline-offset-2">
            Open one first.
          </Link>
        </p>
      )}
      {cases.length > 0 && (
        <fieldset className="grid gap-1.5">
          <legend className="sr-only">Which case</legend>
          {cases.slice(0, 20).map(each => (
            <label
              key={each.id}
              className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft"
            >
              <input
                type="radio"
                name="case"
                className="mt-1 accent-accent"
                checked={id === each.id}
                onChange={() => setChosen(each.id)}
              />
              <span className="min-w-0">
                <span className="wrap-anywhere font-medium">{each.title}</span>
                <span className="num block text-muted text-xs">
                  case {each.id} · {ago(msOf(each.updated))}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {put.error !== null && <Notice mood="danger">{messageOf(put.error)}</Notice>}
    </Question>
  )
}
