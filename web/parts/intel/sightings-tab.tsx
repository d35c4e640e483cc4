/** Sightings: indicators that were seen here, and those that peers tell of. */

import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { messageOf } from '../../api.ts'
import { Badge, Button, Notice, Spinner } from '../controls.tsx'
import { ago, count, dateTime } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { ViewSwitch } from '../view-switch.tsx'
import { type PeerSighting, type Sighting, searchFor, sightingsQuery } from './intel.ts'

export function SightingsTab() {
  const [from, setFrom] = useState<'here' | 'peers'>('here')
  return (
    <div className="grid gap-4">
      <ViewSwitch
        label="Seen where"
        options={[
          ['here', 'Seen here'],
          ['peers', 'Seen by peers']
        ]}
        value={from}
        onChange={setFrom}
      />
      {from === 'here' ? <Here /> : <Peers />}
    </div>
  )
}

function Here() {
  const list = useInfiniteQuery(sightingsQuery<Sighting>('sightings'))
  const rows = list.data?.pages.flatMap(page => page.sightings) ?? []
  return (
    <Listed
      query={list}
      isEmpty={rows.length === 0}
      empty="No indicator was seen here. Each hit, in what comes in and in what is stored, will stand here."
    >
      <div className="panel">
        <SightingRows sightings={rows} />
      </div>
    </Listed>
  )
}

function Peers() {
  const list = useInfiniteQuery(sightingsQuery<PeerSighting>('peer-sightings'))
  const rows = list.data?.pages.flatMap(page => page.sightings) ?? []
  return (
    <Listed
      query={list}
      isEmpty={rows.length === 0}
      empty="No peer has told of a sighting. They arrive with the feeds of peers (TAXII), or when peers write into a collection that you share."
    >
      <div className="panel">
        <PeerRows sightings={rows} />
      </div>
    </Listed>
  )
}

function Listed({
  query,
  isEmpty,
  empty,
  children
}: {
  query: {
    error: Error | null
    isPending: boolean
    isSuccess: boolean
    hasNextPage: boolean
    fetchNextPage: () => unknown
  }
  isEmpty: boolean
  empty: string
  children: ReactNode
}) {
  return (
    <>
      {query.error !== null && <Notice mood="danger">{messageOf(query.error)}</Notice>}
      {query.isPending && <Spinner />}
      {query.isSuccess && isEmpty && <p className="panel px-4 py-10 text-center text-muted">{empty}</p>}
      {!isEmpty && children}
      {query.hasNextPage && (
        <Button className="justify-self-center" onClick={() => query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  )
}

export function SightingRows({ sightings }: { sightings: readonly Sighting[] }) {
  return (
    <ul aria-label="Sightings" className="divide-y divide-line">
      {sightings.map(each => (
        <li key={each.seq} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
          <div className="min-w-60 flex-1">
            <div className="flex min-w-0 flex-wrap items-center gap-2">
              <Link
                to="/"
                search={searchFor(each.observed, each.field)}
                className="min-w-0 font-mono text-[13px] text-accent underline-offset-2 hover:underline"
              >
                <StoredText text={each.observed} max={160} />
              </Link>
              {each.observed !== each.value && (
                <span className="min-w-0 text-muted text-xs">
                  means <StoredText text={each.value} max={100} />
                </span>
              )}
              <Badge tone="slate">{each.type}</Badge>
            </div>
            <div className="text-muted text-xs">
              in {each.field} · {each.source}
            </div>
          </div>
          <Span sighting={each} />
        </li>
      ))}
    </ul>
  )
}

export function PeerRows({ sightings }: { sightings: readonly PeerSighting[] }) {
  return (
    <ul aria-label="Sightings of peers" className="divide-y divide-line">
      {sightings.map(each => (
        <li key={each.seq} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
          <div className="min-w-60 flex-1">
            <div className="flex min-w-0 flex-wrap items-center gap-2">
              {each.value === undefined ? (
                <span className="font-mono text-muted text-xs">{each.indicator}</span>
              ) : (
                <Link
                  to="/intel"
                  search={{ tab: 'indicators', q: each.value }}
                  className="min-w-0 font-mono text-[13px] text-accent underline-offset-2 hover:underline"
                >
                  <StoredText text={each.value} max={160} />
                </Link>
              )}
              {each.type !== undefined && <Badge tone="slate">{each.type}</Badge>}
            </div>
            <div className="text-muted text-xs">
              by <StoredText text={each.who === '' ? 'somebody' : each.who} max={100} /> · told by {each.source}
            </div>
          </div>
          <Span sighting={each} />
        </li>
      ))}
    </ul>
  )
}

function Span({ sighting: { count: times, first, last } }: { sighting: Sighting | PeerSighting }) {
  return (
    <div className="num text-right">
      <div className="font-medium">{count(times)} ×</div>
      {last !== undefined && (
        <div
          className="text-muted text-xs"
          title={
            first === undefined ? undefined : `from ${dateTime(Date.parse(first))} to ${dateTime(Date.parse(last))}`
          }
        >
          last {ago(Date.parse(last))}
        </div>
      )}
    </div>
  )
}
