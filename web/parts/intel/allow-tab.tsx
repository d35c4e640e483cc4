/** Allow lists: made and changed by people, or brought by a feed of warninglists. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, get, messageOf } from '../../api.ts'
import { Badge, Button, IconButton, inputClass, Notice, SelectField, Spinner, TextField } from '../controls.tsx'
import { ago, plural } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { Switch } from '../rules/switch.tsx'
import { StoredText } from '../stored-text.tsx'
import { type AllowList, allowListsQuery, refreshIntel } from './intel.ts'

const kinds = [
  ['string', 'exactly these values'],
  ['hostname', 'domains and all below them'],
  ['cidr', 'addresses and networks'],
  ['substring', 'values that contain these texts'],
  ['regex', 'values that match these expressions']
] as const

export function AllowTab({ mayChange }: { mayChange: boolean }) {
  const lists = useQuery(allowListsQuery)
  const [open, setOpen] = useState<AllowList | 'new' | undefined>()
  const set = useMutation({
    mutationFn: ({ id, enabled }: AllowList) => change('PATCH', `/api/intel/allow-lists/${id}`, { enabled: !enabled }),
    onSettled: refreshIntel
  })
  const remove = useMutation({
    mutationFn: ({ id }: AllowList) => change('DELETE', `/api/intel/allow-lists/${id}`),
    onSettled: refreshIntel
  })
  const failure = lists.error ?? set.error ?? remove.error
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-soft">
          What stands here never counts as a hit, whatever a feed says: your own names and networks, resolvers, content
          networks.
        </p>
        {mayChange && (
          <Button look="primary" icon="plus" onClick={() => setOpen('new')}>
            New allow list
          </Button>
        )}
      </div>
      {failure !== null && <Notice mood="danger">{messageOf(failure)}</Notice>}
      {lists.isPending && <Spinner />}
      {lists.data?.length === 0 && (
        <p className="panel px-4 py-10 text-center text-muted">
          There are no allow lists. Under Feeds, the well-known ones of MISP can be added.
        </p>
      )}
      {lists.data !== undefined && lists.data.length > 0 && (
        <ul aria-label="Allow lists" className="panel divide-y divide-line">
          {lists.data.map(list => (
            <li key={list.id} className="flex flex-wrap items-center gap-3 px-4 py-2.5">
              <div className="min-w-56 flex-1">
                <div className="flex flex-wrap items-center gap-2">
                  <span className="font-medium">
                    <StoredText text={list.name} max={120} />
                  </span>
                  <Badge tone="slate">{list.kind}</Badge>
                </div>
                <div className="text-muted text-xs">
                  {plural(list.entries, 'entry', 'entries')} · for{' '}
                  {list.types.length === 0 ? 'all types' : list.types.join(', ')} ·{' '}
                  {list.feed === undefined ? `by ${list.by}` : `of ${list.feed}`} · {ago(Date.parse(list.updated))}
                </div>
              </div>
              {list.feed === undefined && mayChange && (
                <>
                  <IconButton label={`Change ${list.name}`} icon="formats" onClick={() => setOpen(list)} />
                  <IconButton
                    label={`Remove ${list.name}`}
                    icon="trash"
                    disabled={remove.isPending}
                    onClick={() => remove.mutate(list)}
                  />
                </>
              )}
              <Switch
                label={`${list.name} is in force`}
                isOn={list.enabled}
                disabled={!mayChange || set.isPending}
                onChange={() => set.mutate(list)}
              />
            </li>
          ))}
        </ul>
      )}
      {open === 'new' && <AllowDialog onClose={() => setOpen(undefined)} />}
      {open !== undefined && open !== 'new' && <Loaded list={open} onClose={() => setOpen(undefined)} />}
    </div>
  )
}

function Loaded({ list, onClose }: { list: AllowList; onClose: () => void }) {
  const entries = useQuery({
    queryKey: ['intel', 'allow-entries', list.id, list.updated],
    queryFn: ({ signal }) =>
      get<{ entries: string[] }>(`/api/intel/allow-lists/${list.id}/entries`, { limit: 200_000 }, signal)
  })
  return entries.data === undefined ? null : (
    <AllowDialog list={list} entries={entries.data.entries} onClose={onClose} />
  )
}

function AllowDialog({
  list,
  entries = [],
  onClose
}: {
  list?: AllowList
  entries?: readonly string[]
  onClose: () => void
}) {
  const [name, setName] = useState(list?.name ?? '')
  const [kind, setKind] = useState<string>(list?.kind ?? 'hostname')
  const [text, setText] = useState(entries.join('\n'))
  const isWarningList = list === undefined && /^\s*\{/.test(text)
  const save = useMutation({
    mutationFn: () => {
      if (isWarningList) return change('POST', '/api/intel/allow-lists/warninglist', { text })
      const body = {
        name: name.trim(),
        kind,
        types: list?.types,
        description: list?.description,
        entries: text
          .split('\n')
          .map(line => line.trim())
          .filter(line => line !== '')
      }
      return list === undefined
        ? change('POST', '/api/intel/allow-lists', body)
        : change('PUT', `/api/intel/allow-lists/${list.id}`, body)
    },
    onSuccess: () => {
      onClose()
      return refreshIntel()
    }
  })
  return (
    <Overlay open onClose={onClose} title={list === undefined ? 'New allow list' : `Change ${list.name}`}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          save.mutate()
        }}
      >
        {!isWarningList && (
          <>
            <TextField
              label="Name"
              required
              maxLength={256}
              value={name}
              onChange={event => setName(event.target.value)}
              data-first
            />
            <SelectField
              label="It allows"
              value={kind}
              onChange={setKind}
              options={kinds.map(([value, label]) => ({ value, label }))}
            />
          </>
        )}
        <label className="grid gap-1 font-medium text-soft">
          {isWarningList ? 'A warninglist of MISP' : 'Entries, one a line'}
          <textarea
            rows={8}
            required
            value={text}
            onChange={event => setText(event.target.value)}
            placeholder="Or paste a warninglist of MISP (JSON)"
            className={`${inputClass} h-auto! py-2 font-mono font-normal text-xs`}
          />
        </label>
        {save.error !== null && <Notice mood="danger">{messageOf(save.error)}</Notice>}
        <Button type="submit" look="primary" className="justify-self-end" disabled={save.isPending}>
          Keep the list
        </Button>
      </form>
    </Overlay>
  )
}
