/** Beside an alert: who was told of it, and which routes would tell of it now, or why not. */

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { messageOf } from '../../api.ts'
import { Badge, Notice } from '../controls.tsx'
import { ago, dateTime } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { toldQuery } from './notifications.ts'

const states: Readonly<Record<string, { readonly tone: string; readonly label: string }>> = {
  waiting: { tone: 'amber', label: 'waits' },
  sending: { tone: 'blue', label: 'under way' },
  sent: { tone: 'green', label: 'told' },
  gathered: { tone: 'green', label: 'in a digest' },
  dead: { tone: 'red', label: 'not told' },
  dropped: { tone: 'slate', label: 'given up' }
}

export function ToldOf({ alert }: { alert: number }) {
  const { data, error } = useQuery(toldQuery(alert))
  return (
    <section aria-label="Notifications" className="panel">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Notifications</h2>
      {error !== null && (
        <div className="p-3">
          <Notice mood="danger">{messageOf(error)}</Notice>
        </div>
      )}
      {data !== undefined && (
        <>
          {data.messages.length === 0 ? (
            <p className="px-4 py-3 text-muted">Nobody was told of this alert.</p>
          ) : (
            <ul className="divide-y divide-line">
              {data.messages.map(({ id, destinationName, state, created, reason }) => (
                <li key={id} className="grid gap-0.5 px-4 py-2">
                  <span className="flex items-center gap-2">
                    <Badge tone={states[state]?.tone ?? 'slate'}>{states[state]?.label ?? state}</Badge>
                    <span className="min-w-0 truncate font-medium">{destinationName}</span>
                    <time
                      className="num ml-auto shrink-0 text-muted text-xs"
                      dateTime={created}
                      title={dateTime(Date.parse(created))}
                    >
                      {ago(Date.parse(created))}
                    </time>
                  </span>
                  {state === 'dead' && (
                    <span className="text-danger text-xs">
                      <StoredText text={reason} max={200} />
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )}
          <details className="border-line border-t px-4 py-2.5">
            <summary className="text-soft">Routes</summary>
            <ul className="mt-1.5 grid gap-1.5 text-xs">
              {data.routes.map(({ id, name, fits, why, destinations }) => (
                <li key={id}>
                  <span className="font-medium">{name}</span>{' '}
                  <span className={fits ? 'text-good' : 'text-muted'}>
                    {fits ? `fits: ${destinations.join(', ')}` : `does not fit: ${why.join('; ')}`}
                  </span>
                </li>
              ))}
              {data.routes.length === 0 && <li className="text-muted">There are none.</li>}
            </ul>
            <Link
              to="/administration"
              search={{ tab: 'notifications' }}
              className="mt-1.5 inline-block text-accent text-xs underline underline-offset-2"
            >
              All notifications
            </Link>
          </details>
        </>
      )}
    </section>
  )
}
