/** A value is looked up, indicators are searched, added by hand, and brought in as files. */

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Badge, Button, IconButton, inputClass, Notice, Spinner } from '../controls.tsx'
import { ago, count, plural } from '../format.ts'
import { StoredText } from '../stored-text.tsx'
import { LevelMark } from '../triage/marks.tsx'
import { AddIndicators } from './add-indicators.tsx'
import { BringIn } from './bring-in.tsx'
import {
  feedsQuery,
  type Indicator,
  indicatorsQuery,
  indicatorTypes,
  lookupQuery,
  refreshIntel,
  searchFor
} from './intel.ts'
import { PeerRows, SightingRows } from './sightings-tab.tsx'

const route = getRouteApi('/frame/intel')

export function IndicatorsTab({ mayChange }: { mayChange: boolean }) {
  const { q = '' } = route.useSearch()
  const navigate = useNavigate({ from: '/intel' })
  const [adding, setAdding] = useState(false)
  const [bringing, setBringing] = useState(false)
  return (
    <div className="grid gap-5">
      <form
        key={q}
        className="flex flex-wrap items-end gap-2"
        onSubmit={event => {
          event.preventDefault()
          const value = String(new FormData(event.currentTarget).get('value')).trim()
          navigate({ search: { tab: 'indicators', q: value === '' ? undefined : value } })
        }}
      >
        <label className="grid min-w-64 flex-1 gap-1 font-medium text-soft">
          Look a value up
          <input
            name="value"
            type="search"
            defaultValue={q}
            maxLength={2048}
            placeholder="an address, a domain, a URL, a hash: evil[.]example is understood"
            className={`${inputClass} font-mono font-normal`}
          />
        </label>
        <Button type="submit" icon="search">
          Look up
        </Button>
        {mayChange && (
          <>
            <Button icon="plus" onClick={() => setAdding(true)}>
              Add by hand
            </Button>
            <Button icon="upload" onClick={() => setBringing(!bringing)} aria-expanded={bringing}>
              Bring in a file
            </Button>
          </>
        )}
      </form>
      {bringing && <BringIn onClose={() => setBringing(false)} />}
      {q !== '' && <LookedUp value={q} />}
      <List mayChange={mayChange} />
      {adding && <AddIndicators initial={q} onClose={() => setAdding(false)} />}
    </div>
  )
}

function LookedUp({ value }: { value: string }) {
  const lookup = useQuery(lookupQuery(value))
  if (lookup.error !== null) return <Notice mood="danger">{messageOf(lookup.error)}</Notice>
  if (lookup.data === undefined) return <Spinner label="Looking it up" />
  const { data } = lookup
  const isKnown = data.indicators.length > 0
  return (
    <section aria-label="What is known of it" className="panel grid gap-3 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 font-semibold">
          <StoredText text={data.value} max={200} />
        </h2>
        {data.type !== undefined && <Badge tone="slate">{data.type}</Badge>}
        <Link to="/" search={searchFor(data.value)} className="ml-auto text-accent underline underline-offset-2">
          Search the events for it
        </Link>
      </div>
      {data.allowedBy !== undefined && (
        <Notice mood="good">
          It is on the allow list <strong>{data.allowedBy}</strong>: it never counts as a hit, whatever a feed says.
        </Notice>
      )}
      {isKnown ? (
        <ul aria-label="Indicators that mean it" className="divide-y divide-line rounded-lg border border-line">
          {data.indicators.map(each => (
            <Row key={each.seq} indicator={each} isLong />
          ))}
        </ul>
      ) : (
        <p className="text-soft">
          No feed knows it{data.type === undefined ? '; it is no value of a type that indicators have' : ''}.
        </p>
      )}
      {data.sightings.length > 0 && (
        <>
          <h3 className="font-semibold">Seen here</h3>
          <SightingRows sightings={data.sightings} />
        </>
      )}
      {data.peers.length > 0 && (
        <>
          <h3 className="font-semibold">Seen by peers</h3>
          <PeerRows sightings={data.peers} />
        </>
      )}
    </section>
  )
}

function List({ mayChange }: { mayChange: boolean }) {
  const [q, setQ] = useState('')
  const [type, setType] = useState('')
  const [feed, setFeed] = useState('')
  const feeds = useQuery(feedsQuery).data ?? []
  const list = useInfiniteQuery(indicatorsQuery({ q, type, feed }))
  const remove = useMutation({
    mutationFn: (each: Indicator) => change('DELETE', `/api/intel/indicators/${each.seq}`),
    onSettled: refreshIntel
  })
  const removable = new Set(
    feeds.filter(each => ['own', 'collection'].includes(each.settings.kind)).map(each => each.id)
  )
  const rows = list.data?.pages.flatMap(page => page.indicators) ?? []
  const total = feeds.reduce((sum, each) => sum + each.indicators, 0)
  const isFiltered = q !== '' || type !== '' || feed !== ''
  return (
    <section aria-label="All indicators" className="grid gap-3">
      <div className="flex flex-wrap items-end gap-2">
        <h2 className="mr-auto font-semibold">
          The newest <span className="num font-normal text-muted">of {count(total)}</span>
        </h2>
        <label className="grid gap-1 text-muted text-xs">
          begins with
          <input value={q} onChange={event => setQ(event.target.value)} className={`${inputClass} h-8! w-44!`} />
        </label>
        <label className="grid gap-1 text-muted text-xs">
          type
          <select value={type} onChange={event => setType(event.target.value)} className={`${inputClass} h-8! w-32!`}>
            <option value="">all</option>
            {indicatorTypes.map(each => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label className="grid gap-1 text-muted text-xs">
          feed
          <select value={feed} onChange={event => setFeed(event.target.value)} className={`${inputClass} h-8! w-44!`}>
            <option value="">all</option>
            {feeds.map(each => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {(list.error ?? remove.error) !== null && <Notice mood="danger">{messageOf(list.error ?? remove.error)}</Notice>}
      {list.isPending && <Spinner />}
      {list.isSuccess && rows.length === 0 && (
        <p className="panel px-4 py-10 text-center text-muted">
          {isFiltered
            ? 'No indicator is like that.'
            : 'There are no indicators yet: add a feed, bring in a file, or add some by hand.'}
        </p>
      )}
      {rows.length > 0 && (
        <ul aria-label="Indicators" className="panel divide-y divide-line">
          {rows.map(each => (
            <Row
              key={each.seq}
              indicator={each}
              onRemove={mayChange && removable.has(each.feed) ? () => remove.mutate(each) : undefined}
            />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button className="justify-self-center" disabled={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
          Show more
        </Button>
      )}
      {rows.length > 0 && !list.hasNextPage && (
        <p className="text-center text-muted text-xs">{plural(rows.length, 'indicator')}</p>
      )}
    </section>
  )
}

function Row({
  indicator,
  isLong = false,
  onRemove
}: {
  indicator: Indicator
  isLong?: boolean
  onRemove?: (() => void) | undefined
}) {
  const {
    value,
    type,
    port,
    level,
    confidence,
    labels,
    source,
    seen,
    validUntil,
    name,
    description,
    reference,
    allowedBy
  } = indicator
  const ends = validUntil === undefined ? undefined : Date.parse(validUntil)
  const hasEnded = ends !== undefined && ends <= Date.now()
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
      <div className="min-w-60 flex-1">
        <div className="flex min-w-0 flex-wrap items-center gap-2">
          <span
            className={`min-w-0 font-mono text-[13px] ${hasEnded || allowedBy !== undefined ? 'text-muted line-through' : ''}`}
          >
            <StoredText text={port === undefined ? value : `${value} port ${port}`} max={160} />
          </span>
          <Badge tone="slate">{type}</Badge>
          {allowedBy !== undefined && <Badge tone="green">allowed: {allowedBy}</Badge>}
        </div>
        <div className="text-muted text-xs">
          {source} · said {ago(Date.parse(seen))} · {Math.round(confidence)} %{hasEnded ? ' · ended' : ''}
          {ends !== undefined && !hasEnded && ` · ends ${ago(ends)}`}
          {name !== undefined && (
            <>
              {' · '}
              <StoredText text={name} max={100} />
            </>
          )}
          {labels.length > 0 && (
            <>
              {' · '}
              <StoredText text={labels.join(', ')} max={120} />
            </>
          )}
        </div>
        {isLong && description !== undefined && (
          <div className="text-soft text-xs">
            <StoredText text={description} max={400} />
          </div>
        )}
        {isLong && reference !== undefined && /^https?:\/\//.test(reference) && (
          <a
            href={reference}
            target="_blank"
            rel="noreferrer noopener"
            className="text-accent text-xs underline underline-offset-2"
          >
            {URL.parse(reference)?.host ?? 'its page'}
          </a>
        )}
      </div>
      <LevelMark level={level} />
      {onRemove !== undefined && <IconButton label={`Remove ${value}`} icon="trash" onClick={onRemove} />}
    </li>
  )
}
