/** What could not be read: why, the record itself, and another try. */

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { change, type DeadLetter, messageOf } from '../api.ts'
import { Badge, Button, Notice, PageHead, SelectField, Spinner } from '../parts/controls.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { bytes, count, dateTime, isoTime, plural } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { useKeys } from '../parts/keys.ts'
import { Overlay } from '../parts/overlay.tsx'
import { quoted } from '../parts/query-text.ts'
import { StoredBlock, StoredText } from '../parts/stored-text.tsx'
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

function Letter({
  letter,
  index,
  isOpen,
  isSelected,
  onOpen,
  onSelect
}: {
  letter: DeadLetter
  index: number
  isOpen: boolean
  isSelected: boolean
  onOpen: () => void
  onSelect: (() => void) | undefined
}) {
  const time = dateTime(letter.timeMs)
  return (
    <li className={isSelected ? 'bg-accent-soft/50' : ''}>
      <div className="flex items-start gap-3 px-4 hover:bg-hover">
        {onSelect !== undefined && (
          <input
            type="checkbox"
            aria-label={`Select the dead letter of ${time}`}
            className="mt-2.5 size-4 shrink-0 accent-accent"
            checked={isSelected}
            onChange={onSelect}
          />
        )}
        <button
          type="button"
          data-row={index}
          aria-expanded={isOpen}
          className="grid min-w-0 flex-1 grid-cols-[auto_1fr] items-center gap-x-3 gap-y-0.5 py-2 text-left focus-visible:-outline-offset-2 md:grid-cols-[20px_176px_minmax(120px,200px)_minmax(160px,280px)_1fr]"
          onClick={onOpen}
        >
          <Icon
            name="chevron"
            className={`size-3 self-start mt-1 text-muted transition-transform max-md:row-span-4 ${isOpen ? 'rotate-90' : ''}`}
          />
          <time dateTime={isoTime(letter.timeMs)} className="num font-mono text-xs">
            <span className="text-muted">{time.slice(0, 11)}</span>
            {time.slice(11)}
          </time>
          <span className="flex min-w-0 items-center gap-1.5 text-xs max-md:col-start-2">
            <span className="truncate font-mono">
              <StoredText text={letter.source} max={120} />
            </span>
            {letter.format !== '' && <Badge tone="slate">{letter.format}</Badge>}
          </span>
          <span className="wrap-anywhere line-clamp-2 text-danger text-xs max-md:col-start-2">
            <StoredText text={letter.reason} max={300} />
          </span>
          <span className="min-w-0 truncate font-mono text-muted text-xs max-md:col-start-2">
            <StoredText text={letter.preview} max={300} />
          </span>
        </button>
      </div>
      {isOpen && <Opened letter={letter} />}
    </li>
  )
}

function Opened({ letter }: { letter: DeadLetter }) {
  const text = useMemo(() => textOfBase64(letter.originalBase64), [letter.originalBase64])
  const kept = Math.floor((letter.originalBase64.length * 3) / 4)
  return (
    <section aria-label="The record" className="enter grid gap-2 px-4 pb-4 md:pl-14">
      {letter.reason.length > 60 && (
        <p className="text-danger">
          <StoredBlock text={letter.reason} />
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard */}
      <pre tabIndex={0} className="max-h-[50dvh] overflow-auto rounded-lg bg-sunken p-3 text-xs leading-[1.55]">
        <StoredBlock text={text} max={20_000} />
      </pre>
      <div className="flex flex-wrap items-center gap-3 text-muted text-xs">
        <span className="num">{bytes(letter.bytes)}</span>
        {kept + 3 < letter.bytes && <span>The first {bytes(kept)} are shown.</span>}
        <CopyButton
          text={() => text}
          label="Copy the record"
          shown="Copy the record"
          className="rounded-md px-2 py-1 font-medium text-soft hover:bg-hover"
        />
        <Link
          to="/"
          search={{ q: `picket.source:${quoted(letter.source)}` }}
          className="inline-flex items-center gap-1.5 rounded-md px-2 py-1 font-medium text-soft hover:bg-hover"
        >
          <Icon name="search" className="size-3.5" /> Search its source
        </Link>
      </div>
    </section>
  )
}

/** Bytes that are no UTF-8 become replacement characters. */
function textOfBase64(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), c => c.charCodeAt(0)))
  } catch {
    return ''
  }
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
