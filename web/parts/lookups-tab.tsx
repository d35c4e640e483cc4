/** The lookup tables for `| join`: CSV files that are brought in, and removed. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, get, messageOf, type Session } from '../api.ts'
import { queryClient } from '../queries.ts'
import { Button, IconButton, Notice, Spinner, TextField } from './controls.tsx'
import { ago, plural } from './format.ts'
import { StoredText } from './stored-text.tsx'

type Lookup = { name: string; columns: string[]; rows: number; updated: string; by: string }

const key = ['lookups']
const refresh = () => queryClient.invalidateQueries({ queryKey: key })

export function LookupsTab({ session }: { session: Session }) {
  const mayChange = session.scopes.includes('ingest')
  const lookups = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => get<{ lookups: Lookup[] }>('/api/lookups', {}, signal)
  })
  const remove = useMutation({
    mutationFn: (name: string) => change('DELETE', `/api/lookups/${encodeURIComponent(name)}`),
    onSettled: refresh
  })
  const failure = lookups.error ?? remove.error
  const list = lookups.data?.lookups ?? []
  return (
    <div className="grid gap-4">
      <p className="max-w-prose text-soft">
        A CSV file whose first line names its columns. A search adds them to what it finds:{' '}
        <code className="text-accent text-xs">* | join NAME on host.name=COLUMN</code>
      </p>
      {failure !== null && <Notice mood="danger">{messageOf(failure)}</Notice>}
      {lookups.isPending && <Spinner />}
      {lookups.isSuccess && list.length === 0 && <p className="text-muted">There are no lookup tables.</p>}
      {list.length > 0 && (
        <ul aria-label="Lookup tables" className="panel divide-y divide-line">
          {list.map(lookup => (
            <li key={lookup.name} className="flex items-center gap-3 px-4 py-2">
              <div className="min-w-0 flex-1">
                <span className="font-medium font-mono">{lookup.name}</span>{' '}
                <span className="text-muted text-xs">
                  {plural(lookup.rows, 'row')} · {ago(Date.parse(lookup.updated))} by {lookup.by}
                </span>
                <div className="truncate font-mono text-soft text-xs">
                  <StoredText text={lookup.columns.join(', ')} max={300} />
                </div>
              </div>
              {mayChange && (
                <IconButton
                  label={`Remove ${lookup.name}`}
                  icon="trash"
                  disabled={remove.isPending}
                  onClick={() => remove.mutate(lookup.name)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <NewLookup />}
    </div>
  )
}

function NewLookup() {
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | undefined>()
  const keep = useMutation({
    mutationFn: async () => change('PUT', `/api/lookups/${encodeURIComponent(name)}`, { csv: await file!.text() }),
    onSuccess: () => {
      setName('')
      setFile(undefined)
      return refresh()
    }
  })
  return (
    <form
      aria-label="New lookup table"
      className="panel grid max-w-xl gap-3 p-4"
      onSubmit={event => {
        event.preventDefault()
        if (file !== undefined && name !== '') keep.mutate()
      }}
    >
      <label className="grid gap-1 font-medium text-soft">
        CSV file
        <input
          key={keep.submittedAt}
          type="file"
          accept=".csv,text/csv"
          className="font-normal"
          onChange={event => {
            const chosen = event.target.files?.[0]
            setFile(chosen)
            if (name === '' && chosen !== undefined)
              setName(
                chosen.name
                  .replace(/\.csv$/i, '')
                  .replace(/[^A-Za-z0-9_]+/g, '_')
                  .slice(0, 60)
              )
          }}
        />
      </label>
      <TextField
        label="Name"
        hint="Another table of this name is replaced."
        value={name}
        onChange={event => setName(event.target.value)}
      />
      {keep.isError && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
      <Button
        type="submit"
        look="primary"
        className="justify-self-start"
        disabled={file === undefined || name === '' || keep.isPending}
      >
        Keep the table
      </Button>
    </form>
  )
}
