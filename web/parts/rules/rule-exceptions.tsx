/** What is harmless, and so excepted from a rule: with the reason, who says so, and until when. */

import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, buttonClass, Notice } from '../controls.tsx'
import { ago, date } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredBlock } from '../stored-text.tsx'
import { personOf } from '../triage/timeline.tsx'
import { ExceptionDialog } from './exception-dialog.tsx'
import { type RuleDetail, type RuleException, refreshRules, ruleAt } from './rules.ts'

export function RuleExceptions({ rule, mayChange }: { rule: RuleDetail; mayChange: boolean }) {
  const [adding, setAdding] = useState(false)
  const [renewing, setRenewing] = useState<RuleException | undefined>()
  const end = useMutation({
    mutationFn: (exception: RuleException) => change('DELETE', ruleAt(rule.id, `/exceptions/${exception.id}`)),
    onSettled: refreshRules
  })
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <p className="max-w-prose text-soft">
          Events that pass an exception do not match the rule. Each has a reason, should have an end, and stays in the
          rule’s history.
        </p>
        {mayChange && (
          <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
            Add an exception
          </Button>
        )}
      </div>
      {end.error !== null && <Notice mood="danger">{messageOf(end.error)}</Notice>}
      {rule.allExceptions.length === 0 ? (
        <section className="panel grid justify-items-center gap-2 px-4 py-10 text-center">
          <h2 className="font-semibold text-base">Nothing is excepted</h2>
          <p className="max-w-prose text-soft">
            If the rule is noisy, “Try it” shows over a time of the past which values make the noise, and the exception
            that would silence them.
          </p>
          <Link to="/rules/$id" params={{ id: rule.id }} search={{ tab: 'try' }} className={buttonClass()}>
            Try it on the past
          </Link>
        </section>
      ) : (
        <ul aria-label="Exceptions" className="panel divide-y divide-line">
          {rule.allExceptions.map(exception => (
            <li key={exception.id} className="grid gap-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_auto]">
              <div className="grid min-w-0 gap-1">
                <code className="wrap-anywhere text-xs leading-5">
                  <StoredBlock text={exception.query} max={600} />
                </code>
                <p className="wrap-anywhere">
                  <StoredBlock text={exception.reason} max={600} />
                </p>
                <p className="num flex flex-wrap items-center gap-x-2 gap-y-1 text-muted text-xs">
                  {exception.expired ? (
                    <Badge tone="amber">over since {date(Date.parse(exception.expires ?? ''))}</Badge>
                  ) : exception.expires === undefined ? (
                    <Badge tone="slate">without an end</Badge>
                  ) : (
                    <Badge tone="green">until {date(Date.parse(exception.expires))}</Badge>
                  )}
                  <span>
                    {personOf(exception.by)}, {ago(Date.parse(exception.created))}
                  </span>
                  {exception.reviewed !== undefined && (
                    <span>
                      · looked at by {personOf(exception.reviewedBy ?? '')} {ago(Date.parse(exception.reviewed))}
                    </span>
                  )}
                </p>
              </div>
              <div className="flex flex-wrap items-start gap-2">
                <Link to="/" search={{ q: exception.query, from: '-7d' }} className={buttonClass('plain', true)}>
                  <Icon name="search" className="size-3.5" /> Search
                </Link>
                {mayChange && (
                  <>
                    <Button small icon="check" onClick={() => setRenewing(exception)}>
                      Review …
                    </Button>
                    <Button
                      small
                      look="danger"
                      icon="trash"
                      disabled={end.isPending}
                      onClick={() => end.mutate(exception)}
                    >
                      End it
                    </Button>
                  </>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {adding && <ExceptionDialog ruleId={rule.id} title={rule.title} onClose={() => setAdding(false)} />}
      {renewing !== undefined && (
        <ExceptionDialog ruleId={rule.id} title={rule.title} review={renewing} onClose={() => setRenewing(undefined)} />
      )}
    </div>
  )
}
