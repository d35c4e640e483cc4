/** Whether messages arrived: the dead letters, which can be sent again, and every attempt. */

import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, inputClass, Notice, Spinner } from '../controls.tsx'
import { ago, count, dateTime, duration, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { LevelMark } from '../triage/marks.tsx'
import { type Attempt, attemptsQuery, deadQuery, type Notifications, refresh } from './notifications.ts'
import { Empty, Section, SmallButton } from './section.tsx'

export function DeadLetters({ dead, mayReplay }: { dead: number; mayReplay: boolean }) {
  const letters = useInfiniteQuery(deadQuery)
  const act = useMutation({
    mutationFn: ({ verb, ids }: { verb: 'replay' | 'discard'; ids?: number[] }) =>
      change<{ messages: number }>('POST', `/api/notifications/${verb}`, ids === undefined ? { all: true } : { ids }),
    onSettled: refresh
  })
  const list = letters.data?.pages.flatMap(page => page.messages) ?? []
  return (
    <Section
      title="Dead letters"
      hint="Messages that could not be sent. They wait here until somebody sends them again or gives them up."
      action={
        mayReplay &&
        dead > 1 && (
          <div className="flex gap-1.5">
            <SmallButton icon="replay" disabled={act.isPending} onClick={() => act.mutate({ verb: 'replay' })}>
              Send all {count(dead)} again
            </SmallButton>
            <SmallButton look="danger" disabled={act.isPending} onClick={() => act.mutate({ verb: 'discard' })}>
              Give all up
            </SmallButton>
          </div>
        )
      }
    >
      {(letters.error ?? act.error) !== null && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{messageOf(letters.error ?? act.error)}</Notice>
        </div>
      )}
      {letters.isPending ? (
        <div className="px-4 pb-4">
          <Spinner />
        </div>
      ) : list.length === 0 ? (
        <Empty>There are none.</Empty>
      ) : (
        <ul aria-label="Dead letters" className="divide-y divide-line border-line border-t">
          {list.map(letter => (
            <li key={letter.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5">
              {letter.kind !== 'report' && <LevelMark level={letter.severity} />}
              <div className="min-w-52 flex-1">
                <div className="font-medium">
                  {letter.alert === undefined ? (
                    <StoredText text={letter.subject} max={120} />
                  ) : (
                    <Link
                      to="/alerts/$id"
                      params={{ id: letter.alert }}
                      className="text-accent underline-offset-2 hover:underline"
                    >
                      <StoredText text={letter.subject} max={120} />
                    </Link>
                  )}{' '}
                  <span className="font-normal text-muted">to {letter.destinationName}</span>
                </div>
                <div className="text-danger text-xs">
                  <StoredText text={letter.reason} max={300} />
                </div>
              </div>
              <span className="num text-muted text-xs">
                {ago(Date.parse(letter.created))} · {plural(letter.attempts, 'attempt')}
              </span>
              {mayReplay && (
                <div className="flex gap-1.5">
                  <SmallButton
                    aria-label={`Send again: ${letter.subject} to ${letter.destinationName}`}
                    disabled={act.isPending}
                    onClick={() => act.mutate({ verb: 'replay', ids: [letter.id] })}
                  >
                    Send again
                  </SmallButton>
                  <SmallButton
                    look="ghost"
                    aria-label={`Give up: ${letter.subject} to ${letter.destinationName}`}
                    disabled={act.isPending}
                    onClick={() => act.mutate({ verb: 'discard', ids: [letter.id] })}
                  >
                    Give up
                  </SmallButton>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {letters.hasNextPage && <More busy={letters.isFetchingNextPage} onMore={() => void letters.fetchNextPage()} />}
    </Section>
  )
}

const results: Readonly<Record<Attempt['result'], { readonly tone: string; readonly label: string }>> = {
  started: { tone: 'blue', label: 'under way' },
  sent: { tone: 'green', label: 'sent' },
  transient: { tone: 'amber', label: 'failed for now' },
  permanent: { tone: 'red', label: 'cannot be sent' },
  unknown: { tone: 'violet', label: 'unknown' }
}
const kinds = { alert: '', digest: '', test: '', report: 'report' } as const

export function Attempts({ data }: { data: Notifications }) {
  const [destination, setDestination] = useState('')
  const attempts = useInfiniteQuery(attemptsQuery(destination === '' ? undefined : destination))
  const list = attempts.data?.pages.flatMap(page => page.attempts) ?? []
  return (
    <Section
      title="Attempts"
      hint="Every attempt to send, the newest first."
      action={
        <select
          aria-label="Attempts of this destination"
          value={destination}
          className={`${inputClass} h-8 w-48!`}
          onChange={event => setDestination(event.target.value)}
        >
          <option value="">all destinations</option>
          {data.destinations.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          <option value="reports">Reports by mail</option>
        </select>
      }
    >
      {attempts.isError && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{messageOf(attempts.error)}</Notice>
        </div>
      )}
      {attempts.isPending ? (
        <div className="px-4 pb-4">
          <Spinner />
        </div>
      ) : list.length === 0 ? (
        <Empty>Nothing was sent yet.</Empty>
      ) : (
        <ul aria-label="Attempts" className="divide-y divide-line border-line border-t">
          {list.map(attempt => (
            <li key={attempt.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
              <time className="num w-40 text-muted text-xs" dateTime={attempt.started}>
                {dateTime(Date.parse(attempt.started)).slice(0, 19)}
              </time>
              <span className="w-36">
                <Badge tone={results[attempt.result].tone}>{results[attempt.result].label}</Badge>
              </span>
              <span className="min-w-40 flex-1">
                <span className="font-medium">{attempt.destinationName}</span>{' '}
                <span className="text-soft">
                  {kinds[attempt.kind]} <StoredText text={attempt.subject} max={100} />
                </span>
                <div className="truncate text-muted text-xs">
                  {attempt.number > 1 && `attempt ${attempt.number} · `}
                  <StoredText text={attempt.detail} max={200} />
                  {attempt.tookMs !== undefined && ` · ${duration(attempt.tookMs)}`}
                </div>
              </span>
            </li>
          ))}
        </ul>
      )}
      {attempts.hasNextPage && <More busy={attempts.isFetchingNextPage} onMore={() => void attempts.fetchNextPage()} />}
    </Section>
  )
}

function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  return (
    <div className="border-line border-t px-4 py-2 text-center">
      <Button small look="ghost" disabled={busy} onClick={onMore}>
        {busy ? 'Reading …' : 'Older ones'}
      </Button>
    </div>
  )
}
