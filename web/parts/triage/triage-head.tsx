/** The head of the pages around alerts, and the way between them. */

import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

const tabs = [
  ['alerts', '/alerts', 'Alerts'],
  ['cases', '/cases', 'Cases'],
  ['metrics', '/alerts/metrics', 'Metrics'],
  ['heartbeat', '/alerts/heartbeat', 'Heartbeat']
] as const

export function TriageHead({ tab, actions }: { tab: (typeof tabs)[number][0]; actions?: ReactNode }) {
  const title = tabs.find(([name]) => name === tab)![2]
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line border-b">
      <h1 className="sr-only">{title}</h1>
      <nav aria-label="Around alerts" className="-mb-px flex gap-1">
        {tabs.map(([name, to, label]) => (
          <Link
            key={name}
            to={to}
            {...(name === tab ? { 'aria-current': 'page' as const } : {})}
            activeProps={{}}
            activeOptions={{ exact: true, includeSearch: true }}
            className={`border-b-2 px-3 py-2 text-[15px] ${name === tab ? 'border-accent font-semibold' : 'border-transparent font-medium text-soft hover:text-ink'}`}
          >
            {label}
          </Link>
        ))}
      </nav>
      {actions !== undefined && <div className="mb-1.5 flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}
