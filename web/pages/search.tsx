/** The search: a query and a range of time above, what matches below, as bars over time, frequent values and rows. */

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { ApiError, messageOf, type Range } from '../api.ts'
import { columnsText, toggled } from '../parts/columns.ts'
import { CommandResults } from '../parts/command-results.tsx'
import { Button, Notice } from '../parts/controls.tsx'
import { Elsewhere, useElsewhere } from '../parts/elsewhere.tsx'
import { useColumns } from '../parts/event-columns-state.ts'
import { EventResults } from '../parts/event-results.tsx'
import { ExportMenu } from '../parts/export-menu.tsx'
import { FacetBar, useFacetFields } from '../parts/facet-bar.tsx'
import { HistogramPanel } from '../parts/histogram-panel.tsx'
import { LiveBar } from '../parts/live-bar.tsx'
import { LiveButton } from '../parts/live-button.tsx'
import { useTail } from '../parts/live-tail.ts'
import { BadQuery, NothingMatches, NothingStored } from '../parts/nothing.tsx'
import { Overlay } from '../parts/overlay.tsx'
import { PatternsView } from '../parts/patterns-view.tsx'
import { QueryBox } from '../parts/query-box.tsx'
import { QueryProgress } from '../parts/query-progress.tsx'
import { joinQuery, splitQuery, toggleClause } from '../parts/query-text.ts'
import { useRunningQuery } from '../parts/running-query.ts'
import { SavedSearches } from '../parts/saved-searches.tsx'
import { useSearchState } from '../parts/search-address.ts'
import { TimePicker } from '../parts/time-picker.tsx'
import { isMoving, isoOf, rangeAround } from '../parts/time-range.ts'
import { ValueMenu } from '../parts/value-menu.tsx'
import { facetSample, facetsQuery, histogramQuery, queryClient, searchQuery, statusQuery } from '../queries.ts'

const refreshMs = 2000

export function SearchPage() {
  const { address, search, go, look, toggle, setRange } = useSearchState()
  const [zooms, setZooms] = useState<readonly Range[]>([])
  const [filtersOpen, setFiltersOpen] = useState(false)
  const [columns, setColumns] = useColumns(address.cols, look)
  const status = useQuery(statusQuery)

  const { filter, commands } = splitQuery(search.q)
  const hasCommands = commands !== ''
  const filtered = useMemo(() => ({ ...search, q: filter.trim() }), [search, filter])

  const canLive = isMoving(search) && !hasCommands
  const isReading = useHasScrolled() || address.event !== undefined
  const isLive = canLive && address.live === 'on'
  const isResting = isLive && isReading
  const tail = useTail(filtered.q, isLive, isResting)
  const refresh = isLive && !isResting ? refreshMs : (false as const)

  const events = useInfiniteQuery({
    ...searchQuery(search, isLive && tail.isUnsupported ? refresh : false),
    enabled: !hasCommands
  })
  const running = useRunningQuery(search, hasCommands)
  const histogram = useQuery({
    ...histogramQuery(filtered, window.innerWidth < 640 ? 40 : 90, refresh, address.by),
    enabled: !hasCommands
  })
  const fields = useFacetFields()
  const [countsAll, setCountsAll] = useState(false)
  const facets = useQuery(facetsQuery(filtered, fields.names, refresh, countsAll ? 0 : facetSample))

  const pages = events.data?.pages
  const answered = running.answer?.events
  const rows = useMemo(
    () =>
      withoutRepeats([...tail.rows, ...(hasCommands ? (answered ?? []) : (pages?.flatMap(page => page.events) ?? []))]),
    [pages, answered, hasCommands, tail.rows]
  )
  const failure = hasCommands ? undefined : (events.error ?? undefined)
  const failed = hasCommands ? running.error : failure
  const badQuery = failed instanceof ApiError && failed.code === 'bad-query' ? failed : undefined
  const isStale = events.isPlaceholderData
  const stored = storedRange(status.data)
  const isEmpty = status.data !== undefined && status.data.events === 0 && rows.length === 0
  const isNothing = !hasCommands && events.isSuccess && !isStale && rows.length === 0
  const elsewhere = useElsewhere(search, isNothing)
  const first = pages?.[0]
  const hasFilters = !isEmpty && badQuery === undefined

  const zoom = (fromMs: number, toMs: number) => {
    setZooms([...zooms, { from: search.from, to: search.to }])
    setRange({ from: isoOf(fromMs), to: isoOf(toMs) })
  }
  const zoomBack = () => {
    setRange(zooms.at(-1)!)
    setZooms(zooms.slice(0, -1))
  }
  const choose = (range: Range) => {
    if (range.from !== search.from || range.to !== search.to)
      setZooms([...zooms, { from: search.from, to: search.to }].slice(-50))
    setRange(range)
  }
  const sidebar = (
    <FacetBar
      reply={facets.data?.facets}
      isStale={facets.isPlaceholderData}
      isPending={facets.isPending}
      search={filtered}
      fields={fields}
      matches={hasCommands ? undefined : histogram.data?.total}
      countsAll={countsAll}
      onCountAll={setCountsAll}
      onToggle={(clause, mode) => go({ q: joinQuery(toggleClause(filter, clause, mode), commands) })}
    />
  )
  const resultColumns = columns.flatMap(({ name }) => (name.startsWith('_') ? [] : [name]))
  const exporting = <ExportMenu search={search} columns={hasCommands ? undefined : resultColumns} />
  const isPatterns = !hasCommands && address.as === 'patterns'

  return (
    <ValueMenu
      query={search.q}
      onGo={q => go({ q })}
      onShowColumn={hasCommands ? undefined : field => setColumns(toggled(columns, field))}
    >
      <title>{search.q === '' ? 'Search · Picket' : `${search.q.slice(0, 80)} · Picket`}</title>
      <h1 className="sr-only">Search</h1>
      <div className="relative z-20 border-line md:sticky md:top-13 border-b bg-page/95 px-3 py-2.5 backdrop-blur sm:px-5">
        <QueryBox
          query={search.q}
          errors={badQuery?.details ?? []}
          warnings={(hasCommands ? running.answer?.warnings : first?.warnings) ?? []}
          isAnswered={hasCommands ? running.answer !== undefined : events.isSuccess && !isStale}
          onSearch={q => {
            if (q.trim() !== search.q.trim()) return go({ q })
            if (hasCommands) running.run()
            else events.refetch()
            histogram.refetch()
            facets.refetch()
          }}
        >
          <TimePicker
            range={search}
            stored={stored}
            onChange={choose}
            onBack={zooms.length === 0 ? undefined : zoomBack}
          />
          <LiveButton
            isOn={isLive}
            isPaused={isResting}
            disabled={!canLive}
            onChange={on => go({ live: on ? 'on' : undefined })}
          />
          <SavedSearches
            current={{
              q: search.q,
              from: search.from,
              to: search.to,
              columns: columnsText(columns).split(','),
              view: address.as
            }}
            onOpen={saved => {
              const as = (['patterns', 'table', 'chart'] as const).find(each => each === saved.view)
              const { from, to } = saved
              go({ q: saved.q, from: from ?? undefined, to: to ?? undefined, as, cols: saved.columns?.join(',') })
            }}
          />
        </QueryBox>
        {(events.isFetching || histogram.isFetching || running.isRunning) && !isLive && <Progress />}
      </div>

      <div
        className={`mx-auto grid w-full max-w-[1800px] grid-cols-[minmax(0,1fr)] gap-4 px-3 py-3 sm:px-5 ${hasFilters ? 'lg:grid-cols-[232px_minmax(0,1fr)]' : ''}`}
      >
        <aside aria-label="Filters" className={hasFilters ? 'max-lg:hidden' : 'hidden'}>
          <div className="sticky top-36 max-h-[calc(100dvh-10rem)] overflow-y-auto overscroll-contain pr-1 pb-4">
            {sidebar}
          </div>
        </aside>
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3">
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
              {!hasCommands && (
                <HistogramPanel
                  reply={histogram.data}
                  isFailed={histogram.isError}
                  isStale={histogram.isPlaceholderData}
                  isLive={isLive}
                  first={first}
                  by={address.by}
                  zoomedFrom={zooms.at(-1)}
                  isBounded={search.from !== undefined}
                  onBy={by => look({ by })}
                  onZoom={zoom}
                  onZoomBack={zoomBack}
                  onAllTime={() => choose({})}
                />
              )}
              <div className="flex items-center gap-2 lg:hidden">
                <Button small icon="filter" onClick={() => setFiltersOpen(true)}>
                  Filters
                </Button>
                <span className="text-muted text-xs">the most frequent values</span>
              </div>
              {hasCommands && answered === undefined ? (
                <CommandResults
                  running={running}
                  as={address.as}
                  shape={address.shape}
                  sort={address.sort}
                  onLook={look}
                  onZoom={zoom}
                  actions={exporting}
                />
              ) : rows.length > 0 || isPatterns ? (
                <EventResults
                  rows={rows}
                  total={hasCommands ? undefined : histogram.data?.total}
                  isStale={isStale}
                  isPatterns={isPatterns}
                  patterns={isPatterns && <PatternsView search={search} onGo={q => go({ q, as: undefined })} />}
                  actions={exporting}
                  query={search.q}
                  address={address}
                  columns={columns}
                  more={hasCommands ? undefined : events}
                  onColumns={setColumns}
                  onLook={look}
                  onToggle={toggle}
                  onAround={timeMs => {
                    setZooms([...zooms, { from: search.from, to: search.to }])
                    go({ q: '', from: isoOf(timeMs - 60_000), to: isoOf(timeMs + 60_000) })
                  }}
                  onOther={event => {
                    setZooms([...zooms, { from: search.from, to: search.to }])
                    const span = { from: isoOf(event.timeMs - 60_000), to: isoOf(event.timeMs + 60_000) }
                    go({ q: '', ...span, event: event.id, view: address.view })
                  }}
                />
              ) : isNothing ? (
                <NothingMatches
                  search={search}
                  stored={stored}
                  isElsewhere={elsewhere !== undefined}
                  onWiden={() => choose({})}
                  onClear={() => go({ q: '' })}
                  onGo={choose}
                />
              ) : (
                failure === undefined && (
                  <>
                    {events.isFetching && (
                      <QueryProgress
                        progress={undefined}
                        onCancel={() => queryClient.cancelQueries({ queryKey: ['search'] })}
                      />
                    )}
                    {events.isFetching ? <Skeleton /> : <NotSearched onAgain={() => events.refetch()} />}
                  </>
                )
              )}
            </>
          )}
        </div>
      </div>
      {isLive && (
        <LiveBar
          isResting={isResting}
          waiting={tail.waiting}
          skipped={tail.skipped}
          onResume={() => {
            look({ event: undefined, view: undefined })
            window.scrollTo({ top: 0 })
          }}
        />
      )}
      <Overlay kind="drawer" open={filtersOpen} onClose={() => setFiltersOpen(false)} title="Filters">
        {sidebar}
      </Overlay>
    </ValueMenu>
  )
}

function Progress() {
  return (
    <div role="status" aria-label="Searching" className="absolute inset-x-0 -bottom-px h-0.5 overflow-hidden">
      <div className="sweep h-full w-1/3 bg-accent" />
    </div>
  )
}

function NotSearched({ onAgain }: { onAgain: () => void }) {
  return (
    <section className="panel grid justify-items-center gap-3 px-4 py-12 text-center">
      <p className="text-soft">The search was cancelled.</p>
      <Button onClick={onAgain}>Search again</Button>
    </section>
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
