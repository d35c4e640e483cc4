/** Who did what, when, from where: newest first, and whether the chain of hashes holds. */

import { useInfiniteQuery } from '@tanstack/react-query'
import { auditQuery } from '../queries.ts'
import { Button, Notice, Spinner } from './controls.tsx'
import { dateTime } from './format.ts'
import { StoredText } from './stored-text.tsx'

export function AuditTab() {
  const audit = useInfiniteQuery(auditQuery)
  const pages = audit.data?.pages
  const entries = pages?.flatMap(page => page.entries) ?? []
  return (
    <div className="grid gap-3">
      {audit.error !== null && <Notice mood="danger">{audit.error.message}</Notice>}
      {audit.isPending && <Spinner />}
      {pages !== undefined &&
        (pages.every(page => page.intact) ? (
          <Notice mood="good">Each entry holds the hash of the one before, and all that are shown do.</Notice>
        ) : (
          <Notice mood="danger">The hashes do not hold: somebody has changed the trail.</Notice>
        ))}
      {entries.length > 0 && (
        <section aria-label="Audit trail" className="panel overflow-hidden">
          <ol className="divide-y divide-line">
            {entries.map(entry => (
              <li
                key={entry.id}
                className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 px-4 py-2 md:grid-cols-[168px_minmax(110px,150px)_minmax(140px,190px)_1fr_auto]"
              >
                <time dateTime={entry.time} className="num font-mono text-muted text-xs leading-5">
                  {dateTime(Date.parse(entry.time)).slice(0, 19)}
                </time>
                <span className="truncate text-soft max-md:col-start-2 max-md:row-start-2 max-md:justify-self-end">
                  <StoredText text={entry.actor} max={120} />
                </span>
                <span className="font-medium max-md:col-start-1 max-md:row-start-2">{entry.action}</span>
                <span className="wrap-anywhere min-w-0 max-md:col-span-2 max-md:row-start-3">
                  <StoredText text={entry.object} max={200} />{' '}
                  {Object.keys(entry.detail).length > 0 && (
                    <span className="font-mono text-muted text-xs">
                      <StoredText text={detailText(entry.detail)} max={300} />
                    </span>
                  )}
                </span>
                <span className="num font-mono text-muted text-xs leading-5">
                  <StoredText text={entry.ip} max={60} />
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {audit.hasNextPage && (
        <Button
          small
          className="justify-self-center"
          disabled={audit.isFetchingNextPage}
          onClick={() => audit.fetchNextPage()}
        >
          {audit.isFetchingNextPage ? 'Loading …' : 'Load more'}
        </Button>
      )}
    </div>
  )
}

function detailText(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}
