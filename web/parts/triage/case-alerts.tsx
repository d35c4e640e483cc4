/** The alerts of a case; each opens, and can be taken out. */

import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { messageOf } from '../../api.ts'
import { IconButton } from '../controls.tsx'
import { ago, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { EntityLine } from './alert-rows.tsx'
import { msOf } from './alerts.ts'
import { type CaseDetail, workOnCase } from './cases.ts'
import { sayDone } from './done-notice.tsx'
import { LevelMark, StateMark } from './marks.tsx'

export function CaseAlerts({ of, mayWork }: { of: CaseDetail; mayWork: boolean }) {
  const takeOut = useMutation({
    mutationFn: (alert: number) => workOnCase(of.id, 'DELETE', `/alerts/${alert}`),
    onError: error => sayDone({ text: messageOf(error), isFailure: true }),
    onSuccess: (_, alert) =>
      sayDone({
        text: 'The alert is out of the case.',
        undo: () => void workOnCase(of.id, 'POST', '/alerts', { ids: [alert] })
      })
  })
  return (
    <section aria-label="Alerts of the case" className="panel min-w-0">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">
        {of.members.length === 0 ? 'Alerts' : plural(of.members.length, 'alert')}
      </h2>
      {of.members.length === 0 ? (
        <p className="px-4 py-3 text-muted">
          None yet. Select alerts in{' '}
          <Link to="/alerts" className="text-accent underline underline-offset-2">
            the list
          </Link>{' '}
          and press <kbd>m</kbd>.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {of.members.map(alert => (
            <li
              key={alert.id}
              className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-4 py-2 hover:bg-hover sm:grid-cols-[84px_minmax(0,1fr)_auto_auto_32px]"
            >
              <LevelMark level={alert.severity} />
              <span className="min-w-0 max-sm:col-span-2 max-sm:row-start-2">
                <Link
                  to="/alerts/$id"
                  params={{ id: String(alert.id) }}
                  search={{ case: String(of.id), state: 'all' }}
                  className="block truncate font-medium after:absolute after:inset-0"
                >
                  <StoredText text={alert.rule.title} max={200} />
                </Link>
                <span className="block truncate text-soft text-xs">
                  <EntityLine alert={alert} />
                </span>
              </span>
              <StateMark alert={alert} />
              <span className="num text-muted text-xs max-sm:hidden">{ago(msOf(alert.last))}</span>
              {mayWork && (
                <IconButton
                  label={`Take ${alert.rule.title} out of the case`}
                  icon="close"
                  className="relative z-1 size-8 max-sm:hidden"
                  disabled={takeOut.isPending}
                  onClick={() => takeOut.mutate(alert.id)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
