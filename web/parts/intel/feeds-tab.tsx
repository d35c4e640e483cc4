/** The feeds: how each one goes, and what can be done with it. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, IconButton, Notice, Spinner } from '../controls.tsx'
import { ago, count, duration, plural } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { Switch } from '../rules/switch.tsx'
import { StoredText } from '../stored-text.tsx'
import { FeedDialog } from './feed-dialog.tsx'
import { type Feed, feedsQuery, kindNames, refreshIntel } from './intel.ts'

export function FeedsTab({ isAdmin, mayRun }: { isAdmin: boolean; mayRun: boolean }) {
  const feeds = useQuery(feedsQuery)
  const [adding, setAdding] = useState(false)
  const [editing, setEditing] = useState<Feed | undefined>()
  const [removing, setRemoving] = useState<Feed | undefined>()
  const run = useMutation({
    mutationFn: (feed: Feed) => change('POST', `/api/intel/feeds/${feed.id}/run`, {}),
    onSettled: refreshIntel
  })
  const set = useMutation({
    mutationFn: ({ id, enabled }: { id: number; enabled: boolean }) =>
      change('PATCH', `/api/intel/feeds/${id}`, { enabled }),
    onSettled: refreshIntel
  })
  const remove = useMutation({
    mutationFn: (feed: Feed) => change('DELETE', `/api/intel/feeds/${feed.id}`),
    onSuccess: () => setRemoving(undefined),
    onSettled: refreshIntel
  })
  const failure = feeds.error ?? run.error ?? set.error
  const list = feeds.data ?? []
  const total = list.reduce((sum, feed) => sum + (feed.enabled ? feed.indicators : 0), 0)
  const failing = list.filter(feed => feed.enabled && feed.problem !== '').length
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-soft" role="status">
          {feeds.isSuccess &&
            list.length > 0 &&
            `${plural(total, 'indicator')} in force, of ${plural(list.filter(feed => feed.enabled).length, 'feed')}` +
              (failing === 0 ? '.' : `; ${failing} cannot be read at present.`)}
        </p>
        {isAdmin && (
          <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
            Add a feed
          </Button>
        )}
      </div>
      {failure !== null && <Notice mood="danger">{messageOf(failure)}</Notice>}
      {feeds.isPending && <Spinner />}
      {feeds.isSuccess && list.length === 0 && (
        <section className="panel grid justify-items-center gap-2 px-4 py-12 text-center">
          <h2 className="font-semibold text-base">There are no feeds yet</h2>
          <p className="max-w-prose text-soft">
            A feed brings addresses, domains and hashes that are known to be bad. Picket looks for them in every event
            that comes in, and in what is stored as soon as they become known.
          </p>
        </section>
      )}
      {list.length > 0 && (
        <ul aria-label="Feeds" className="panel divide-y divide-line">
          {list.map(feed => (
            <li key={feed.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              <Health feed={feed} />
              <div className="min-w-56 flex-1">
                <div className="flex flex-wrap items-center gap-2">
                  <span className="font-medium">{feed.name}</span>
                  <Badge tone={feed.settings.kind === 'warninglists' ? 'green' : 'slate'}>
                    {kindNames[feed.settings.kind]}
                  </Badge>
                </div>
                <div className="num text-muted text-xs">{stateOf(feed)}</div>
                {feed.problem !== '' && (
                  <div className="text-danger text-xs">
                    <StoredText text={feed.problem} max={300} />
                    {feed.indicators > 0 && ' What it brought before stays in force.'}
                  </div>
                )}
                {feed.problem === '' && (feed.counts.refused ?? 0) > 0 && <Refused feed={feed} />}
              </div>
              <div className="num w-28 text-right max-sm:ml-auto">
                <div className="font-medium">{count(feed.indicators)}</div>
                <div className="text-muted text-xs">{changesOf(feed)}</div>
              </div>
              <div className="flex items-center gap-1">
                {mayRun && feed.runs && (
                  <IconButton
                    label={`Run ${feed.name} now`}
                    icon="replay"
                    disabled={feed.running || !feed.enabled}
                    onClick={() => run.mutate(feed)}
                  />
                )}
                {isAdmin && (
                  <>
                    <IconButton label={`Change ${feed.name}`} icon="formats" onClick={() => setEditing(feed)} />
                    <IconButton label={`Remove ${feed.name}`} icon="trash" onClick={() => setRemoving(feed)} />
                    <Switch
                      label={`${feed.name} is in force`}
                      isOn={feed.enabled}
                      disabled={set.isPending}
                      onChange={() => set.mutate({ id: feed.id, enabled: !feed.enabled })}
                    />
                  </>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {adding && <FeedDialog onClose={() => setAdding(false)} />}
      {editing !== undefined && <FeedDialog feed={editing} onClose={() => setEditing(undefined)} />}
      <Overlay
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove ${removing?.name ?? ''}?`}
        description={`Its ${plural(removing?.indicators ?? 0, 'indicator')} are not looked for any more. What was seen of them stays.`}
      >
        {remove.error !== null && <Notice mood="danger">{messageOf(remove.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={() => setRemoving(undefined)}>
            Cancel
          </Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => removing && remove.mutate(removing)}>
            {remove.isPending ? 'Removing …' : 'Remove'}
          </Button>
        </div>
      </Overlay>
    </div>
  )
}

function Health({ feed }: { feed: Feed }) {
  const [tone, says] = !feed.enabled
    ? ['bg-line-strong', 'Switched off']
    : feed.running
      ? ['animate-pulse bg-accent', 'Running']
      : feed.problem !== ''
        ? ['bg-danger', 'Cannot be read']
        : feed.runs && feed.lastRun === undefined
          ? ['bg-warn', 'Has not run yet']
          : ['bg-good', 'Well']
  return (
    <span title={says} className="inline-flex">
      <span aria-hidden="true" className={`size-2.5 rounded-full ${tone}`} />
      <span className="sr-only">{says}</span>
    </span>
  )
}

function stateOf(feed: Feed): string {
  const parts: string[] = []
  const { url, path } = feed.settings
  if (url !== undefined) parts.push(URL.parse(url)?.host ?? url)
  if (path !== undefined) parts.push(path)
  if (!feed.enabled) parts.push('switched off: not in force')
  else if (feed.running) parts.push('running now')
  else if (feed.runs) {
    parts.push(feed.fetched === undefined ? 'not read yet' : `read ${ago(Date.parse(feed.fetched))}`)
    if (feed.failures > 0) parts.push(`failed ${plural(feed.failures, 'time')}`)
    if (feed.nextRun !== undefined) {
      const waitMs = Date.parse(feed.nextRun) - Date.now()
      parts.push(waitMs <= 0 ? 'due' : `again in ${duration(waitMs)}`)
    }
  }
  return parts.join(' · ')
}

function changesOf(feed: Feed): string {
  const { added = 0, removed = 0 } = feed.counts
  if (added + removed === 0) return feed.settings.kind === 'warninglists' ? 'allow lists' : 'indicators'
  return [added > 0 && `+${count(added)}`, removed > 0 && `−${count(removed)}`].filter(Boolean).join(' ')
}

function Refused({ feed }: { feed: Feed }) {
  return (
    <details className="text-xs">
      <summary className="cursor-pointer text-warn">
        {plural(feed.counts.refused ?? 0, 'line')} of {count((feed.counts.read ?? 0) + (feed.counts.refused ?? 0))}{' '}
        could not be used
      </summary>
      <ul className="mt-1 list-disc pl-5 text-soft">
        {(feed.counts.problems ?? []).map(problem => (
          <li key={problem}>
            <StoredText text={problem} max={200} />
          </li>
        ))}
      </ul>
    </details>
  )
}
