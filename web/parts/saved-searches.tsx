/** Searches kept under a name, for oneself or for everybody: opened, added, removed. */

import { Popover } from '@base-ui-components/react/popover'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { ApiError, change, get, messageOf, withQuery } from '../api.ts'
import { queryClient } from '../queries.ts'
import { Button, IconButton, inputClass } from './controls.tsx'
import { focusFirst } from './first-focus.ts'
import { Icon } from './icons.tsx'
import { rangeLabel } from './time-range.ts'

export type SavedSearch = {
  name: string
  q: string
  from?: string | undefined
  to?: string | undefined
  columns?: string[] | undefined
  view?: string | undefined
  shared?: boolean | undefined
  owner?: string | undefined
}

const savedKey = ['saved-searches']

async function readSaved(signal: AbortSignal): Promise<SavedSearch[]> {
  const reply = await get<Record<string, unknown> | SavedSearch[]>('/api/saved-searches', {}, signal)
  const list = Array.isArray(reply) ? reply : Object.values(reply).find(Array.isArray)
  return (list ?? []) as SavedSearch[]
}

export function SavedSearches({
  current,
  onOpen
}: {
  current: Omit<SavedSearch, 'name' | 'shared'>
  onOpen: (saved: SavedSearch) => void
}) {
  const [open, setOpen] = useState(false)
  const saved = useQuery({
    queryKey: savedKey,
    queryFn: ({ signal }) => readSaved(signal),
    enabled: open,
    retry: false
  })
  const refresh = () => queryClient.invalidateQueries({ queryKey: savedKey })
  const remove = useMutation({
    mutationFn: ({ name, shared }: SavedSearch) =>
      change(
        'DELETE',
        withQuery(`/api/saved-searches/${encodeURIComponent(name)}`, { shared: String(shared === true) })
      ),
    onSettled: refresh
  })
  const box = useRef<HTMLDivElement>(null)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label="Saved searches"
        title="Saved searches"
        className="inline-flex h-10 items-center gap-2 rounded-lg border border-line-strong bg-raised px-3 font-medium text-soft hover:bg-hover"
      >
        <Icon name="star" className="size-4 text-muted" />
        <span className="max-xl:hidden">Saved</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} className="z-40">
          <Popover.Popup
            ref={box}
            initialFocus={how => focusFirst(box.current, how)}
            className="enter grid max-h-[70dvh] w-[min(420px,calc(100vw-24px))] gap-3 overflow-auto rounded-xl border border-line bg-raised p-3 shadow-float"
          >
            <Popover.Title className="font-semibold text-sm">Saved searches</Popover.Title>
            {saved.isError ? (
              <p className="text-muted">
                {saved.error instanceof ApiError && saved.error.status === 404
                  ? 'This server keeps no searches yet.'
                  : messageOf(saved.error)}
              </p>
            ) : (saved.data ?? []).length === 0 ? (
              <p className="text-muted">{saved.isPending ? 'Loading …' : 'None yet. Name this search to keep it.'}</p>
            ) : (
              <ul className="grid gap-px">
                {saved.data!.map(each => (
                  <li
                    key={`${each.name} ${each.shared}`}
                    className="group flex items-center gap-1 rounded-md hover:bg-hover"
                  >
                    <button
                      type="button"
                      className="min-w-0 flex-1 px-2 py-1.5 text-left"
                      onClick={() => {
                        setOpen(false)
                        onOpen(each)
                      }}
                    >
                      <span className="flex items-baseline gap-2">
                        <bdi className="truncate font-medium">{each.name}</bdi>
                        <span className="shrink-0 text-muted text-xs">
                          {each.shared ? 'everybody · ' : ''}
                          {rangeLabel({ from: each.from, to: each.to })}
                        </span>
                      </span>
                      <code className="block truncate text-muted text-xs">{each.q === '' ? '*' : each.q}</code>
                    </button>
                    <IconButton
                      label={`Delete ${each.name}`}
                      icon="trash"
                      className="size-8"
                      onClick={() => remove.mutate(each)}
                    />
                  </li>
                ))}
              </ul>
            )}
            {remove.isError && <p className="text-danger text-xs">{messageOf(remove.error)}</p>}
            <Keep current={current} onKept={refresh} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Keep({ current, onKept }: { current: Omit<SavedSearch, 'name' | 'shared'>; onKept: () => void }) {
  const [name, setName] = useState('')
  const [shared, setShared] = useState(false)
  const keep = useMutation({
    mutationFn: () =>
      change('PUT', `/api/saved-searches/${encodeURIComponent(name.trim())}`, {
        ...current,
        name: name.trim(),
        shared
      }),
    onSuccess: () => {
      setName('')
      onKept()
    }
  })
  return (
    <form
      className="grid gap-2 border-line border-t pt-3"
      onSubmit={event => {
        event.preventDefault()
        if (name.trim() !== '') keep.mutate()
      }}
    >
      <div className="flex gap-2">
        <input
          aria-label="Name of this search"
          placeholder="Name of this search"
          maxLength={100}
          className={inputClass}
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <Button type="submit" look="primary" disabled={name.trim() === '' || keep.isPending}>
          Keep
        </Button>
      </div>
      <label className="flex items-center gap-2 text-soft text-xs">
        <input type="checkbox" checked={shared} onChange={event => setShared(event.target.checked)} />
        for everybody
      </label>
      {keep.isError && (
        <p role="alert" className="text-danger text-xs">
          {messageOf(keep.error)}
        </p>
      )}
    </form>
  )
}
