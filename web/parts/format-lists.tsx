/** The lists of formats: people's own, and Picket's. */

import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { change } from '../api.ts'
import { queryClient } from '../queries.ts'
import { Badge, Button, buttonClass, inputClass, Notice } from './controls.tsx'
import { plural } from './format.ts'
import type { Formats, OwnFormat } from './formats.ts'
import { Icon } from './icons.tsx'
import { Overlay } from './overlay.tsx'

export function OwnFormats({
  formats,
  mayTry,
  mayKeep
}: {
  formats: Formats
  /** Try and propose. */
  mayTry: boolean
  /** Save and delete. */
  mayKeep: boolean
}) {
  const title = useId()
  const [doomed, setDoomed] = useState<string | undefined>()
  const remove = useMutation({
    mutationFn: (name: string) => change('DELETE', `/api/parsers/${name}`),
    onSettled: () => {
      setDoomed(undefined)
      return queryClient.invalidateQueries({ queryKey: ['formats'] })
    }
  })
  const { own, problems } = formats
  return (
    <section aria-labelledby={title} className="panel overflow-hidden">
      <h2 id={title} className="px-4 py-3 font-semibold">
        Your own
      </h2>
      {remove.error !== null && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{remove.error.message}</Notice>
        </div>
      )}
      {problems.length > 0 && (
        <ul className="grid gap-2 px-4 pb-3">
          {problems.map(({ file, message }) => (
            <li key={`${file} ${message}`}>
              <Notice mood="danger">
                <p className="font-medium">
                  This file is not in force: <code className="wrap-anywhere text-xs">{file}</code>
                </p>
                <p className="wrap-anywhere">{message}</p>
              </Notice>
            </li>
          ))}
        </ul>
      )}
      {own.length === 0 ? (
        <Nothing mayTry={mayTry} />
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {own.map(format => (
            <OwnRow
              key={format.name}
              format={format}
              mayTry={mayTry}
              onDelete={mayKeep ? () => setDoomed(format.name) : undefined}
            />
          ))}
        </ul>
      )}
      <Overlay
        open={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        title={`Delete ${doomed ?? ''}?`}
        description="What it has read stays as it is. New records of the format are no longer understood. This cannot be undone."
      >
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={() => setDoomed(undefined)}>
            Cancel
          </Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => doomed && remove.mutate(doomed)}>
            {remove.isPending ? 'Deleting …' : 'Delete'}
          </Button>
        </div>
      </Overlay>
    </section>
  )
}

function OwnRow({
  format,
  mayTry,
  onDelete
}: {
  format: OwnFormat
  mayTry: boolean
  onDelete: (() => void) | undefined
}) {
  const { name, title, cases, broken } = format
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-52 flex-1">
        <div className="flex flex-wrap items-center gap-2">
          {mayTry ? (
            <Link
              to="/formats"
              search={{ edit: name }}
              className="wrap-anywhere rounded font-medium font-mono text-accent underline-offset-2 hover:underline"
            >
              {name}
            </Link>
          ) : (
            <span className="wrap-anywhere font-medium font-mono">{name}</span>
          )}
          {broken.length > 0 && <Badge tone="amber">{plural(broken.length, 'case')} changed</Badge>}
        </div>
        <div className="text-muted text-xs">
          {title} · {plural(cases, 'case')}
        </div>
      </div>
      <Link
        to="/"
        search={{ q: `picket.format:${name}` }}
        aria-label={`Search what ${name} has read`}
        className={buttonClass('plain', true)}
      >
        <Icon name="search" className="size-3.5" /> Search
      </Link>
      {onDelete !== undefined && (
        <Button small look="danger" icon="trash" aria-label={`Delete ${name}`} onClick={onDelete}>
          Delete
        </Button>
      )}
    </li>
  )
}

function Nothing({ mayTry }: { mayTry: boolean }) {
  return (
    <div className="grid justify-items-center gap-2 border-line border-t px-4 py-10 text-center">
      <Icon name="formats" className="size-8 text-line-strong" />
      <p className="max-w-prose text-soft">
        A format that Picket does not know, or of which it should read more, can be described here: give it a few
        records, and it proposes how to read them.
      </p>
      {mayTry && (
        <Link to="/formats" search={{ new: 'on' }} className={`mt-1 ${buttonClass('primary')}`}>
          <Icon name="plus" /> New from example
        </Link>
      )}
    </div>
  )
}

export function BuiltInFormats({ formats }: { formats: Formats['builtIn'] }) {
  const title = useId()
  const [wanted, setWanted] = useState('')
  const words = wanted.toLowerCase().split(/\s+/)
  const found = formats.filter(format => {
    const text = `${format.name} ${format.title}`.toLowerCase()
    return words.every(word => text.includes(word))
  })
  return (
    <section aria-labelledby={title} className="panel">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-4 py-3">
        <h2 id={title} className="font-semibold">
          Picket's
        </h2>
        <input
          type="search"
          aria-label="Filter the formats"
          placeholder="Filter: nginx, firewall, aws …"
          value={wanted}
          className={`${inputClass} min-w-40 max-w-80 flex-1`}
          onChange={event => setWanted(event.target.value)}
        />
        <span role="status" className="num text-muted text-xs">
          {wanted.trim() === '' ? plural(formats.length, 'format') : `${found.length} of ${formats.length}`}
        </span>
      </div>
      {found.length === 0 ? (
        <p className="px-4 py-8 text-center text-muted">
          No format of that name. A few records make one: New from example.
        </p>
      ) : (
        <dl className="grid gap-x-6 px-4 py-2 md:grid-cols-2">
          {found.map(format => (
            <div key={format.name} className="flex items-baseline gap-3 border-line border-b py-1.5 last:border-b-0">
              <dt className="w-36 shrink-0 truncate font-mono text-xs sm:w-44" title={format.name}>
                {format.name}
              </dt>
              <dd className="min-w-0 text-soft">{format.title}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
