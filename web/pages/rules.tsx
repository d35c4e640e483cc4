/** Rules: which there are, which are on, and which can fire with what is stored here. */

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { messageOf } from '../api.ts'
import { buttonClass, Notice, PageHead, Spinner } from '../parts/controls.tsx'
import { count, plural } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { useKeys } from '../parts/keys.ts'
import { CoverageBar } from '../parts/rules/coverage-bar.tsx'
import { RuleFilters } from '../parts/rules/rule-filters.tsx'
import { RuleProblems } from '../parts/rules/rule-problems.tsx'
import { RuleRows } from '../parts/rules/rule-rows.tsx'
import { matching } from '../parts/rules/rule-search.ts'
import { coverageQuery, rulesQuery } from '../parts/rules/rules.ts'
import type { RulesAddress } from '../parts/rules/rules-address.ts'
import { DoneNotice } from '../parts/triage/done-notice.tsx'
import { sessionQuery } from '../queries.ts'

const route = getRouteApi('/frame/rules')

export function RulesPage() {
  const filter = route.useSearch()
  const navigate = useNavigate({ from: '/rules' })
  const rules = useQuery(rulesQuery)
  const coverage = useQuery(coverageQuery)
  const mayChange = useQuery(sessionQuery).data?.scopes.includes('triage') ?? false
  const found = useMemo(
    () => (rules.data === undefined ? [] : matching(rules.data.rules, coverage.data, filter)),
    [rules.data, coverage.data, filter]
  )
  const change = (next: Partial<RulesAddress>) =>
    void navigate({ search: before => ({ ...before, ...next }), replace: true, resetScroll: false })
  useKeys({
    f: event => {
      event.preventDefault()
      document.querySelector<HTMLElement>('[data-rule-words]')?.focus()
    }
  })
  const all = rules.data?.rules
  const on = all?.filter(({ enabled }) => enabled).length ?? 0
  const isNarrowed = Object.values(filter).some(value => value !== undefined)
  return (
    <div className="mx-auto w-full max-w-[1400px] px-3 py-5 sm:px-5">
      <title>Rules · Picket</title>
      <PageHead
        title="Rules"
        actions={
          mayChange && (
            <Link to="/rules/$id" params={{ id: 'new' }} className={buttonClass('primary')}>
              <Icon name="plus" /> New rule
            </Link>
          )
        }
      >
        {all === undefined
          ? 'What Picket looks for in each event as it comes in.'
          : `${count(on)} of ${plural(all.length, 'rule')} are on. Each event is held against them as it comes in.`}
      </PageHead>
      <div className="grid gap-3">
        {rules.error !== null && <Notice mood="danger">{messageOf(rules.error)}</Notice>}
        {rules.data === undefined ? (
          rules.isPending && <Spinner />
        ) : (
          <>
            <RuleProblems problems={rules.data.diagnostics} />
            <CoverageBar
              coverage={coverage.data}
              chosen={filter.coverage}
              onChoose={coverage => change({ coverage })}
            />
            <RuleFilters filter={filter} rules={rules.data.rules} onChange={change} />
            {found.length === 0 ? (
              <section className="panel grid justify-items-center gap-3 px-4 py-12 text-center">
                <h2 className="font-semibold text-base">
                  {isNarrowed ? 'No rule is like that' : 'There are no rules yet'}
                </h2>
                {isNarrowed ? (
                  <Link to="/rules" search={{}} className={buttonClass()}>
                    Show all rules
                  </Link>
                ) : (
                  <p className="max-w-prose text-soft">
                    Put Sigma rules into the folder <code>rules</code> of the data folder, or write one here.
                  </p>
                )}
              </section>
            ) : (
              <RuleRows rules={found} coverage={coverage.data} mayChange={mayChange} total={all?.length ?? 0} />
            )}
          </>
        )}
      </div>
      <DoneNotice />
    </div>
  )
}
