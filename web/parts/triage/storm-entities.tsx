/** Of a storm: the entities that one alert stands for, the busiest first. */

import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { buttonClass } from '../controls.tsx'
import { ago, count } from '../format.ts'
import { Icon } from '../icons.tsx'
import { StoredText } from '../stored-text.tsx'
import { isoOf } from '../time-range.ts'
import { type AlertDetail, entityQuery, msOf } from './alerts.ts'

const shownAtFirst = 12
const minuteMs = 60_000

export function StormEntities({ detail }: { detail: AlertDetail }) {
  const [all, setAll] = useState(false)
  const { stormEntities } = detail
  if (stormEntities.length === 0) return null
  const shown = all ? stormEntities : stormEntities.slice(0, shownAtFirst)
  return (
    <section aria-label="Entities of the storm" className="panel min-w-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-2">
        <h2 className="font-semibold">Entities</h2>
        <span className="num mr-auto text-muted text-xs">
          {count(detail.entities)}: more than become alerts of their own
        </span>
        <Link
          to="/rules/$id"
          params={{ id: detail.rule.id }}
          search={{ tab: 'try' }}
          className={buttonClass('plain', true)}
        >
          What would silence the rule?
        </Link>
      </div>
      <ul className="divide-y divide-line">
        {shown.map(each => (
          <li
            key={JSON.stringify(each.entity)}
            className="grid grid-cols-[minmax(0,1fr)_auto_auto_auto] items-center gap-x-4 px-4 py-1.5"
          >
            <span className="truncate">
              {Object.entries(each.entity).map(([field, value]) => (
                <span key={field} className="mr-2">
                  <span className="text-muted text-xs">{field} </span>
                  <span className="font-mono text-xs">
                    <StoredText text={value} max={120} />
                  </span>
                </span>
              ))}
            </span>
            <span className="num text-soft">{count(each.count)}</span>
            <span className="num w-20 text-right text-muted text-xs max-sm:hidden">{ago(msOf(each.last))}</span>
            <Link
              to="/"
              search={{
                q: entityQuery(each),
                from: isoOf(msOf(each.first) - minuteMs),
                to: isoOf(msOf(each.last) + minuteMs)
              }}
              aria-label={`Search ${Object.values(each.entity).join(', ')}`}
              title="Search"
              className="grid size-7 place-items-center rounded text-muted hover:bg-hover hover:text-ink"
            >
              <Icon name="search" className="size-3.5" />
            </Link>
          </li>
        ))}
      </ul>
      {stormEntities.length > shown.length && (
        <button
          type="button"
          className="w-full border-line border-t px-4 py-2 text-left font-medium text-accent hover:underline"
          onClick={() => setAll(true)}
        >
          Show all {count(stormEntities.length)}
        </button>
      )}
    </section>
  )
}
