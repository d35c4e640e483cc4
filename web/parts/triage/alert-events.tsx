/** The events that made an alert, kept with it: each opens as in the search, with what lies around it in the store. */

import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { StoredEvent } from '../../api.ts'
import { Badge, buttonClass } from '../controls.tsx'
import { EventEnds, EventSentence, EventTime } from '../event-cells.tsx'
import { EventDetail, type EventView } from '../event-detail.tsx'
import { summaryOf } from '../event-summary.ts'
import { count } from '../format.ts'
import { Icon } from '../icons.tsx'
import { clauseOf } from '../query-text.ts'
import { ruleAsQuery } from '../rules/rule-query.ts'
import { type RuleDetail, ruleQuery } from '../rules/rules.ts'
import { StoredText } from '../stored-text.tsx'
import { isoOf, rangeAround } from '../time-range.ts'
import { ValueMenu } from '../value-menu.tsx'
import { type Alert, type AlertDetail, entityQuery, msOf } from './alerts.ts'

const minuteMs = 60_000

export function AlertEvents({ detail }: { detail: AlertDetail }) {
  const alert = detail
  const events = useMemo(() => storedEvents(detail), [detail])
  const [open, setOpen] = useState<string | undefined>(undefined)
  const [view, setView] = useState<EventView>('table')
  const navigate = useNavigate()
  const rule = useQuery({ ...ruleQuery(alert.rule.id), enabled: alert.rule.kind === 'rule' }).data
  const search = (q: string, fromMs: number, toMs: number, event?: string) =>
    void navigate({ to: '/', search: { q, ...rangeAround(fromMs, toMs), event } })
  const span = [msOf(alert.first), msOf(alert.last)] as const
  return (
    <ValueMenu query="" onGo={q => search(q, span[0] - minuteMs, span[1] + minuteMs)}>
      <section aria-label="Events of the alert" className="panel min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-b px-4 py-2">
          <h2 className="font-semibold">Events</h2>
          <span className="num mr-auto text-muted text-xs">
            {events.length < alert.count ? `${count(events.length)} kept of ${count(alert.count)}` : count(alert.count)}
          </span>
          <Link
            to="/"
            search={{ q: queryOf(alert, rule), from: isoOf(span[0] - minuteMs), to: isoOf(span[1] + minuteMs) }}
            className={buttonClass('plain', true)}
          >
            <Icon name="search" className="size-3.5" /> Search these events
          </Link>
        </div>
        {events.length === 0 ? (
          <p className="px-4 py-3 text-muted">
            {alert.storm
              ? 'One rule found so many entities within an hour that they are counted here together.'
              : 'This alert stands for a count; no single events are kept with it. Search the time it spans.'}
          </p>
        ) : (
          <ul>
            {events.map((event, at) => {
              const key = `${event.id} ${at}`
              const isOpen = open === key
              const summary = summaryOf(event.document)
              return (
                <li key={key} className="border-line border-b last:border-b-0">
                  <button
                    type="button"
                    aria-expanded={isOpen}
                    className="grid w-full min-w-0 grid-cols-[12px_auto_1fr] items-center gap-x-3 gap-y-0.5 px-4 py-1.5 text-left hover:bg-hover focus-visible:-outline-offset-2 xl:grid-cols-[12px_auto_auto_auto_1fr]"
                    onClick={() => setOpen(isOpen ? undefined : key)}
                  >
                    <Icon
                      name="chevron"
                      className={`size-3 text-muted transition-transform ${isOpen ? 'rotate-90' : ''}`}
                    />
                    <EventTime ms={event.timeMs} />
                    <span className="justify-self-end xl:justify-self-start">
                      <Badge tone={summary.tone}>
                        <StoredText text={summary.badge} max={30} />
                      </Badge>
                    </span>
                    <span className="truncate font-mono text-xs max-xl:col-span-2 max-xl:col-start-2 empty:hidden">
                      <EventEnds event={event} />
                    </span>
                    <span className="min-w-0 truncate max-xl:col-span-2 max-xl:col-start-2">
                      <EventSentence parts={summary.parts} />
                    </span>
                  </button>
                  {isOpen && (
                    <EventDetail
                      event={event}
                      query=""
                      view={view}
                      onView={setView}
                      onToggle={(field, value, mode) =>
                        search(
                          mode === 'include' ? clauseOf(field, value) : `not ${clauseOf(field, value)}`,
                          event.timeMs - 60 * minuteMs,
                          event.timeMs + 60 * minuteMs
                        )
                      }
                      onAround={timeMs => search('', timeMs - minuteMs, timeMs + minuteMs)}
                      onOther={other => search('', other.timeMs - minuteMs, other.timeMs + minuteMs, other.id)}
                    />
                  )}
                </li>
              )
            })}
          </ul>
        )}
      </section>
    </ValueMenu>
  )
}

const queryMax = 3000

/** The rule as a search, of the alert's entity. Where the rule cannot be said in a search, what the entity did at that time. */
export function queryOf(alert: Alert, rule: Pick<RuleDetail, 'query' | 'route'> | undefined): string {
  const said = ruleAsQuery(rule ?? {})
  const entity = entityQuery(alert)
  const all = [entity, entity === '' || said === '' ? said : `(${said})`].filter(part => part !== '').join(' and ')
  return all.length <= queryMax ? all : entity
}

/** Those that are kept, in the order of their time. */
export function storedEvents({ samples }: AlertDetail): StoredEvent[] {
  return [...samples.first, ...samples.latest].map(({ id, time, event }) => ({
    id,
    timeMs: msOf(time),
    document: event
  }))
}
