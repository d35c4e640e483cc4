/** What could not be read: why, the record itself, and another try. */

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { change, messageOf } from '../api.ts'
import { Button, buttonClass, Notice, PageHead, SelectField, Spinner } from '../parts/controls.tsx'
import { Letter, textOfBase64 } from '../parts/dead-letter.tsx'
import { count, plural } from '../parts/format.ts'
import { offerSample } from '../parts/formats.ts'
import { Icon } from '../parts/icons.tsx'
import { useKeys } from '../parts/keys.ts'
import { Overlay } from '../parts/overlay.tsx'
import { deadLettersQuery, ledgerQuery, queryClient, reasonPart, sessionQuery } from '../queries.ts'
import type { LettersAddress } from '../routes.tsx'

const route = getRouteApi('/frame/dead-letters')

export function DeadLettersPage() {
  const filter = route.useSearch()
  const navigate = useNavigate({ from: '/dead-letters' })
  const letters = useInfiniteQuery(deadLettersQuery(filter))
  const ledger = useQuery(ledgerQuery(undefined, 5000))
  const mayReplay = useQuery(sessionQuery).data?.scopes.includes('ingest') ?? false
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [openId, setOpenId] = useState<string | undefined>()
  const [asking, setAsking] = useState(false)

  const rows = useMemo(() => letters.data?.pages.flatMap(page => page.letters) ?? [], [letters.data])
  const chosen = rows.filter(row => selected.has(row.id))
  const replay = useMutation({
    mutationFn: (what: { ids: string[] } | ({ all: true } & LettersAddress)) =>
      change<{ replayed: number }>('POST', '/api/dead-letters/replay', what),
    onSettled: async () => {
      setAsking(false)
      setSelected(new Set())
      for (const key of ['dead-letters', 'ledger', 'status', 'search', 'histogram', 'facets'])
        await queryClient.invalidateQueries({ queryKey: [key] })
    }
  })

  const toggle = (id: string) => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    setSelected(next)
  }
  const at = useRowKeys(rows.length, {
    onEscape: () => setOpenId(undefined),
    onSelect: index => rows[index] !== undefined && toggle(rows[index].id)
  })
  const narrow = (next: LettersAddress) => {
    setSelected(new Set())
    navigate({ search: before => ({ ...before, ...next }) })
  }
  const sources = ledger.data?.sources ?? []
  const dead = sources.filter(source => source.deadLettered > 0)
  const isFiltered = filter.source !== undefined || filter.reason !== undefined

  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      <title>Dead letters · Picket</title>
      <PageHead
        title="Dead letters"
        actions={
          mayReplay &&
          rows.length > 0 && (
            <>
              <Link
                to="/formats"
                search={{ new: 'on' }}
                className={buttonClass()}
                onClick={() =>
                  offerSample((chosen.length > 0 ? chosen : rows).map(letter => textOfBase64(letter.originalBase64)))
                }
              >
                <Icon name="formats" /> Format from {chosen.length > 0 ? 'selected' : 'these'}
              </Link>
              <Button
                icon="replay"
                disabled={chosen.length === 0 || replay.isPending}
                onClick={() => replay.mutate({ ids: chosen.map(letter => letter.id) })}
              >
                Replay selected{chosen.length > 0 ? ` (${count(chosen.length)})` : ''}
              </Button>
              <Button icon="replay" disabled={replay.isPending} onClick={() => setAsking(true)}>
                Replay all{isFiltered ? ' of these' : ''}
              </Button>
            </>
          )
        }
      >
        Records that no format could read. They are kept with the reason, and can be sent through again once Picket
        knows how to read them.
      </PageHead>

      <div className="grid gap-3">
        {replay.data !== undefined && (
          <Notice
            mood="good"
            action={
              <Link to="/sources" className="font-medium text-accent underline underline-offset-2">
                Watch the ledger
              </Link>
            }
          >
            {plural(replay.data.replayed, 'record')} on the way through the pipeline again. What still cannot be read
            comes back here.
          </Notice>
        )}
        {replay.error !== null && <Notice mood="danger">{replay.error.message}</Notice>}
        {letters.error !== null && <Notice mood="danger">{messageOf(letters.error)}</Notice>}

        {(rows.length > 0 || isFiltered) && (
          <div className="flex flex-wrap items-end gap-3">
            <SelectField
              label="Source"
              className="min-w-40 max-w-full flex-1 sm:max-w-64"
              value={filter.source ?? ''}
              onChange={source => narrow({ source: source === '' ? undefined : source, reason: undefined })}
              options={options('All sources', [...dead.map(each => each.source), filter.source])}
            />
            <SelectField
              label="Reason"
              className="min-w-40 max-w-full flex-1 sm:max-w-96"
              value={filter.reason ?? ''}
              onChange={reason => narrow({ reason: reason === '' ? undefined : reason })}
              options={options('All reasons', [
                ...dead
                  .filter(each => filter.source === undefined || each.source === filter.source)
                  .flatMap(each => each.reasons.map(({ reason }) => reason)),
                filter.reason
              ])}
            />
            {isFiltered && (
              <Button look="ghost" onClick={() => narrow({ source: undefined, reason: undefined })}>
                Show all
              </Button>
            )}
          </div>
        )}

        {letters.isPending ? (
          <Spinner />
        ) : rows.length === 0 ? (
          letters.isSuccess && <Nothing isFiltered={isFiltered} />
        ) : (
          <section aria-label="Dead letters" className="panel overflow-hidden">
            <div className="flex h-9 items-center gap-3 border-line border-b px-4">
              {mayReplay && (
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  className="size-4 accent-accent"
                  checked={chosen.length === rows.length}
                  ref={box => {
                    if (box !== null) box.indeterminate = chosen.length > 0 && chosen.length < rows.length
                  }}
                  onChange={event => setSelected(new Set(event.target.checked ? rows.map(row => row.id) : []))}
                />
              )}
              <span className="num text-muted text-xs">
                {chosen.length > 0 ? `${count(chosen.length)} selected` : `${count(rows.length)} shown, newest first`}
              </span>
            </div>
            <ul className="divide-y divide-line">
              {rows.map((letter, index) => (
                <Letter
                  key={letter.id}
                  letter={letter}
                  index={index}
                  isOpen={openId === letter.id}
                  isSelected={selected.has(letter.id)}
                  onOpen={() => {
                    at.current = index
                    setOpenId(openId === letter.id ? undefined : letter.id)
                  }}
                  onSelect={mayReplay ? () => toggle(letter.id) : undefined}
                />
              ))}
            </ul>
            {letters.hasNextPage && (
              <div className="grid justify-center border-line border-t p-3">
                <Button small disabled={letters.isFetchingNextPage} onClick={() => letters.fetchNextPage()}>
                  {letters.isFetchingNextPage ? 'Loading …' : 'Load more'}
                </Button>
              </div>
            )}
          </section>
        )}
      </div>

      <Overlay
        open={asking}
        onClose={() => setAsking(false)}
        title={isFiltered ? 'Replay all of these?' : 'Replay all dead letters?'}
        description="They are read again as if they had just arrived. Those that can be read now are stored; the others come back."
      >
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={() => setAsking(false)}>
            Cancel
          </Button>
          <Button
            look="primary"
            disabled={replay.isPending}
            onClick={() => replay.mutate({ all: true, source: filter.source, reason: reasonPart(filter.reason) })}
          >
            {replay.isPending ? 'Replaying …' : 'Replay'}
          </Button>
        </div>
      </Overlay>
    </div>
  )
}

function options(all: string, values: readonly (string | undefined)[]) {
  const known = [...new Set(values.filter(value => value !== undefined))].sort()
  return [{ value: '', label: all }, ...known.map(value => ({ value, label: value.slice(0, 120) }))]
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return (
    <section className="panel grid justify-items-center gap-2 px-4 py-14 text-center">
      <span className="grid size-12 place-items-center rounded-full bg-good-soft text-good">
        <Icon name="check" className="size-6" />
      </span>
      <h2 className="mt-1 font-semibold text-base">{isFiltered ? 'No dead letters like these' : 'No dead letters'}</h2>
      <p className="max-w-prose text-soft">
        {isFiltered ? 'They may have been replayed.' : 'Every record that came in could be read.'}
      </p>
    </section>
  )
}

/** `j` and `k` move the focus through the elements with `data-row`; Enter is the button's own. */
function useRowKeys(size: number, keys: { onEscape: () => void; onSelect: (index: number) => void }) {
  const at = useMemo<{ current: number | undefined }>(() => ({ current: undefined }), [])
  const move = (step: number) => {
    if (size === 0) return
    at.current = Math.min(size - 1, Math.max(0, at.current === undefined ? 0 : at.current + step))
    const row = document.querySelector<HTMLElement>(`[data-row="${at.current}"]`)
    row?.focus()
    row?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => at.current !== undefined && keys.onSelect(at.current),
    Escape: keys.onEscape
  })
  return at
}
