/** The search: a query and a range of time above, what matches below, as bars over time, frequent values and rows. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { ApiError, messageOf, type Range } from '../api.ts'
import { Button, Notice, Spinner } from '../parts/controls.tsx'
import { Elsewhere, useElsewhere } from '../parts/elsewhere.tsx'
import { Facets } from '../parts/facets.tsx'
import { count, duration, plural } from '../parts/format.ts'
import { Histogram } from '../parts/histogram.tsx'
import { LiveButton } from '../parts/live-button.tsx'
import { BadQuery, NothingMatches, NothingStored } from '../parts/nothing.tsx'
import { Overlay } from '../parts/overlay.tsx'
import { QueryBox } from '../parts/query-box.tsx'
import { Results } from '../parts/results.tsx'
import { useSearchState } from '../parts/search-address.ts'
import { TimePicker } from '../parts/time-picker.tsx'
import { isMoving, isoOf, rangeAround } from '../parts/time-range.ts'
import { facetsQuery, histogramQuery, searchQuery, statusQuery } from '../queries.ts'

const refreshMs = 2000

export function SearchPage() {
  const { address, search, go, look, toggle, setRange } = useSearchState()
  const [zooms, setZooms] = useState<readonly Range[]>([])
  const [filtersOpen, setFiltersOpen] = useState(false)
  const status = useQuery(statusQuery)

  const canLive = isMoving(search)
  const isReading = useHasScrolled() || address.event !== undefined
  const isLive = canLive && address.live === 'on'
  const refresh = isLive && !isReading ? refreshMs : (false as const)

  const events = useInfiniteQuery(searchQuery(search, refresh))
  const histogram = useQuery(histogramQuery(search, window.innerWidth < 640 ? 40 : 90, refresh))
  const facets = useQuery(facetsQuery(search, refresh))

  const pages = events.data?.pages
  const rows = useMemo(() => withoutRepeats(pages?.flatMap(page => page.events) ?? []), [pages])
  const total = histogram.data?.total
  const failure = events.error ?? undefined
  const badQuery = failure instanceof ApiError && failure.code === 'bad-query' ? failure : undefined
  const isStale = events.isPlaceholderData
  const stored = storedRange(status.data)
  const isEmpty = status.data !== undefined && status.data.events === 0 && rows.length === 0
  const elsewhere = useElsewhere(search, events.isSuccess && !isStale && rows.length === 0)
  const first = pages?.[0]
  const hasFilters = !isEmpty && badQuery === undefined

  const zoom = (fromMs: number, toMs: number) => {
    setZooms([...zooms, { from: search.from, to: search.to }])
    setRange({ from: isoOf(fromMs), to: isoOf(toMs) })
  }
  const choose = (range: Range) => {
    setZooms([])
    setRange(range)
  }
  const sidebar =
    facets.data === undefined ? (
      facets.isPending && <Spinner />
    ) : (
      <div className={facets.isPlaceholderData ? 'opacity-60' : ''}>
        <Facets facets={facets.data.facets} query={search.q} onToggle={toggle} />
      </div>
    )

  return (
    <>
      <title>{search.q === '' ? 'Search · Picket' : `${search.q.slice(0, 80)} · Picket`}</title>
      <h1 className="sr-only">Search</h1>
      <div className="relative z-20 border-line md:sticky md:top-13 border-b bg-page/95 px-3 py-2.5 backdrop-blur sm:px-5">
        <QueryBox
          query={search.q}
          errors={badQuery?.details ?? []}
          warnings={first?.warnings ?? []}
          onSearch={q => {
            if (q.trim() === search.q.trim()) {
              events.refetch()
              histogram.refetch()
              facets.refetch()
            } else go({ q })
          }}
        >
          <TimePicker range={search} stored={stored} onChange={choose} />
          <LiveButton
            isOn={isLive}
            isPaused={isLive && isReading}
            disabled={!canLive}
            onChange={on => go({ live: on ? 'on' : undefined })}
          />
        </QueryBox>
        {(events.isFetching || histogram.isFetching) && !isLive && <Progress />}
      </div>

      <div
        className={`mx-auto grid w-full max-w-[1800px] gap-4 px-3 py-3 sm:px-5 ${hasFilters ? 'lg:grid-cols-[232px_minmax(0,1fr)]' : ''}`}
      >
        <aside aria-label="Filters" className={hasFilters ? 'max-lg:hidden' : 'hidden'}>
          <div className="sticky top-32 max-h-[calc(100dvh-9rem)] overflow-y-auto overscroll-contain pr-1 pb-4">
            {sidebar}
          </div>
        </aside>
        <div className="grid min-w-0 content-start gap-3">
          {status.data?.stalled != null && (
            <Notice mood="warn">New records wait: {status.data.stalled}. Nothing is lost; searching goes on.</Notice>
          )}
          {elsewhere !== undefined && (
            <Elsewhere
              query={search.q}
              found={elsewhere}
              onGo={() => choose(rangeAround(elsewhere.fromMs, elsewhere.toMs))}
            />
          )}
          {failure !== undefined && badQuery === undefined && (
            <Notice
              mood="danger"
              action={
                <Button small onClick={() => events.refetch()}>
                  Try again
                </Button>
              }
            >
              {messageOf(failure)}
            </Notice>
          )}
          {badQuery !== undefined ? (
            <BadQuery onTry={q => go({ q })} />
          ) : isEmpty ? (
            <NothingStored backlogBytes={status.data?.backlogBytes ?? 0} />
          ) : (
            <>
              <section aria-label="Events over time" className="panel px-3 pt-2 pb-1">
                <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
                  <p className="num" aria-live={isLive ? 'off' : 'polite'}>
                    {total === undefined ? (
                      <span className="text-muted">{histogram.isError ? '–' : 'Searching …'}</span>
                    ) : (
                      <>
                        <strong className="font-semibold text-[15px]">{count(total)}</strong>{' '}
                        {total === 1 ? 'event' : 'events'}
                      </>
                    )}
                    {first !== undefined && (
                      <span className="text-muted">
                        {' '}
                        · {duration(first.elapsedMs)} · {plural(first.rowsRead, 'row')} read
                      </span>
                    )}
                  </p>
                  <div className="ml-auto flex items-center gap-2">
                    {histogram.data !== undefined && (
                      <span className="text-muted text-xs">
                        a bar is {duration(histogram.data.bucketMs)}
                        <span className="max-md:hidden">; drag to zoom</span>
                      </span>
                    )}
                    {zooms.length > 0 && (
                      <Button
                        small
                        icon="back"
                        onClick={() => {
                          setRange(zooms.at(-1)!)
                          setZooms(zooms.slice(0, -1))
                        }}
                      >
                        Zoom back
                      </Button>
                    )}
                    {zooms.length === 0 && search.from !== undefined && (
                      <Button small look="ghost" onClick={() => choose({})}>
                        All time
                      </Button>
                    )}
                  </div>
                </div>
                {histogram.data === undefined ? (
                  <div className="h-[92px] sm:h-[116px]" />
                ) : (
                  <Histogram reply={histogram.data} isStale={histogram.isPlaceholderData} onZoom={zoom} />
                )}
              </section>

              <div className="flex items-center gap-2 lg:hidden">
                <Button small icon="filter" onClick={() => setFiltersOpen(true)}>
                  Filters
                </Button>
                <span className="text-muted text-xs">the most frequent values</span>
              </div>

              {rows.length > 0 ? (
                <section
                  aria-label="Results"
                  aria-busy={isStale}
                  className={`panel transition-opacity ${isStale ? 'opacity-60' : ''}`}
                >
                  <Results
                    events={rows}
                    query={search.q}
                    openId={address.event}
                    view={address.view ?? 'table'}
                    onOpen={event => look({ event })}
                    onView={view => look({ view: view === 'table' ? undefined : view })}
                    onToggle={toggle}
                    onAround={timeMs => {
                      setZooms([...zooms, { from: search.from, to: search.to }])
                      go({ q: '', from: isoOf(timeMs - 60_000), to: isoOf(timeMs + 60_000) })
                    }}
                    onEnd={() => events.hasNextPage && !events.isFetching && events.fetchNextPage()}
                  />
                  <div className="flex flex-wrap items-center justify-center gap-3 p-3 text-muted">
                    <span className="num">
                      {count(rows.length)}
                      {total !== undefined && total >= rows.length ? ` of ${count(total)}` : ''} shown
                    </span>
                    {events.hasNextPage && (
                      <Button small disabled={events.isFetchingNextPage} onClick={() => events.fetchNextPage()}>
                        {events.isFetchingNextPage ? 'Loading …' : 'Load more'}
                      </Button>
                    )}
                  </div>
                </section>
              ) : events.isSuccess ? (
                <NothingMatches
                  search={search}
                  stored={stored}
                  isElsewhere={elsewhere !== undefined}
                  onWiden={() => choose({})}
                  onClear={() => go({ q: '' })}
                  onGo={choose}
                />
              ) : (
                failure === undefined && <Skeleton />
              )}
            </>
          )}
        </div>
      </div>
      <Overlay kind="drawer" open={filtersOpen} onClose={() => setFiltersOpen(false)} title="Filters">
        {sidebar}
      </Overlay>
    </>
  )
}

function Progress() {
  return (
    <div role="status" aria-label="Searching" className="absolute inset-x-0 -bottom-px h-0.5 overflow-hidden">
      <div className="sweep h-full w-1/3 bg-accent" />
    </div>
  )
}

function Skeleton() {
  return (
    <div aria-hidden="true" className="panel grid gap-3 p-4">
      {[72, 88, 64, 91, 57, 80, 69].map(width => (
        <div key={width} className="h-4 animate-pulse rounded bg-sunken" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}

function storedRange(status: { fromMs: number | null; toMs: number | null } | undefined) {
  return status?.fromMs == null || status.toMs == null ? undefined : { fromMs: status.fromMs, toMs: status.toMs }
}

/** Pages that were read at different moments may overlap. */
function withoutRepeats<T extends { id: string }>(events: T[]): T[] {
  const seen = new Set<string>()
  return events.filter(event => !seen.has(event.id) && seen.add(event.id))
}

function useHasScrolled(): boolean {
  const [has, setHas] = useState(false)
  useEffect(() => {
    const update = () => setHas(window.scrollY > 240)
    window.addEventListener('scroll', update, { passive: true })
    return () => window.removeEventListener('scroll', update)
  }, [])
  return has
}
