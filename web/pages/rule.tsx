/** One rule: what it looks for and its text, whether it is on, its exceptions, trying it on an event and on the past, its history. */

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ApiError, messageOf } from '../api.ts'
import { Badge, Notice, Spinner } from '../parts/controls.tsx'
import { Icon } from '../parts/icons.tsx'
import { useKeys } from '../parts/keys.ts'
import { NewRule } from '../parts/rules/new-rule.tsx'
import { RuleExceptions } from '../parts/rules/rule-exceptions.tsx'
import { RuleHead } from '../parts/rules/rule-head.tsx'
import { RuleHistory } from '../parts/rules/rule-history.tsx'
import { RuleText } from '../parts/rules/rule-text.tsx'
import { RuleTrial } from '../parts/rules/rule-trial.tsx'
import { type RuleDetail, ruleQuery } from '../parts/rules/rules.ts'
import { DoneNotice } from '../parts/triage/done-notice.tsx'
import { sessionQuery } from '../queries.ts'
import { type RuleTab, ruleTabs } from '../routes.tsx'

const route = getRouteApi('/frame/rules/$id')

const tabNames: Readonly<Record<RuleTab, string>> = {
  text: 'Rule',
  exceptions: 'Exceptions',
  try: 'Try it',
  history: 'History'
}

export function RulePage() {
  const { id } = route.useParams()
  const isNew = id === 'new'
  const rule = useQuery({ ...ruleQuery(id), enabled: !isNew })
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-4 sm:px-5">
      <Link
        to="/rules"
        className="inline-flex items-center gap-1 rounded font-medium text-accent underline-offset-2 hover:underline"
      >
        <Icon name="chevron" className="size-3 rotate-180" /> Rules
      </Link>
      {isNew ? (
        <NewRule />
      ) : rule.data !== undefined ? (
        <Opened key={id} rule={rule.data} />
      ) : rule.error !== null ? (
        <>
          <title>Rule · Picket</title>
          <Notice mood="danger">
            {rule.error instanceof ApiError && rule.error.status === 404
              ? `There is no rule ${id}. It may have been removed; alerts keep its text.`
              : messageOf(rule.error)}
          </Notice>
        </>
      ) : (
        <Spinner />
      )}
      <DoneNotice />
    </div>
  )
}

function Opened({ rule }: { rule: RuleDetail }) {
  const { tab = 'text', event } = route.useSearch()
  const navigate = useNavigate()
  const mayChange = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const back = () => void navigate({ to: '/rules' })
  const open = (next: RuleTab) =>
    void navigate({
      to: '/rules/$id',
      params: { id: rule.id },
      search: before => ({ ...before, tab: next === 'text' ? undefined : next }),
      replace: true
    })
  useKeys({
    u: back,
    '1': () => open('text'),
    '2': () => open('exceptions'),
    '3': () => open('try'),
    '4': () => open('history')
  })
  return (
    <>
      <title>{`${rule.title} · Picket`}</title>
      <RuleHead rule={rule} mayChange={mayChange} />
      <div
        role="tablist"
        aria-label="Parts of the rule"
        className="mb-4 flex gap-1 overflow-x-auto border-line border-b"
      >
        {ruleTabs.map(each => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`rule-tab-${each}`}
            aria-selected={tab === each}
            aria-controls="rule-panel"
            tabIndex={tab === each ? 0 : -1}
            className={`-mb-px inline-flex items-center gap-1.5 whitespace-nowrap border-b-2 px-3 py-2 focus-visible:-outline-offset-2 ${tab === each ? 'border-accent font-semibold' : 'border-transparent font-medium text-soft hover:text-ink'}`}
            onClick={() => open(each)}
            onKeyDown={event => {
              const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
              if (step === 0) return
              const next = ruleTabs[(ruleTabs.indexOf(each) + step + ruleTabs.length) % ruleTabs.length]!
              open(next)
              document.getElementById(`rule-tab-${next}`)?.focus()
            }}
          >
            {tabNames[each]}
            {each === 'exceptions' && rule.allExceptions.length > 0 && (
              <Badge tone="slate">{rule.allExceptions.length}</Badge>
            )}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="rule-panel" aria-labelledby={`rule-tab-${tab}`}>
        {tab === 'text' && <RuleText rule={rule} mayChange={mayChange} />}
        {tab === 'exceptions' && <RuleExceptions rule={rule} mayChange={mayChange} />}
        {tab === 'try' && <RuleTrial rule={rule} event={event} mayChange={mayChange} />}
        {tab === 'history' && <RuleHistory rule={rule} />}
      </div>
    </>
  )
}
