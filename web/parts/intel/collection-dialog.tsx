/** What a collection tells, and a peer who is invited into it. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, Notice, TextField } from '../controls.tsx'
import { CopyButton } from '../copy-button.tsx'
import { count } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { type Collection, feedsQuery, refreshIntel } from './intel.ts'

export function CollectionDialog({ collection, onClose }: { collection: Collection | undefined; onClose: () => void }) {
  const feeds = useQuery(feedsQuery).data?.filter(feed => feed.settings.kind !== 'warninglists') ?? []
  const [title, setTitle] = useState(collection?.title ?? '')
  const [chosen, setChosen] = useState<readonly number[]>(collection?.feeds ?? [])
  const [sightings, setSightings] = useState(collection?.sightings ?? true)
  const [confidence, setConfidence] = useState(String(collection?.confidenceMin ?? 0))
  const save = useMutation({
    mutationFn: () => {
      const body = {
        title: title.trim(),
        description: collection?.description ?? '',
        feeds: chosen,
        sightings,
        confidenceMin: Number(confidence)
      }
      return collection === undefined
        ? change('POST', '/api/intel/collections', body)
        : change('PUT', `/api/intel/collections/${collection.id}`, body)
    },
    onSuccess: () => {
      onClose()
      return refreshIntel()
    }
  })
  return (
    <Overlay open onClose={onClose} title={collection === undefined ? 'New collection' : `Change ${collection.title}`}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <TextField
          label="Title"
          required
          maxLength={128}
          value={title}
          onChange={event => setTitle(event.target.value)}
          hint="Peers see it."
        />
        <fieldset className="grid gap-1.5">
          <legend className="mb-1 font-medium text-soft">It tells the indicators of</legend>
          {feeds.length === 0 && (
            <p className="text-muted">There are no feeds yet. Indicators that you add by hand become one.</p>
          )}
          {feeds.map(feed => (
            <label key={feed.id} className="flex items-center gap-2.5">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={chosen.includes(feed.id)}
                onChange={event =>
                  setChosen(event.target.checked ? [...chosen, feed.id] : chosen.filter(id => id !== feed.id))
                }
              />
              <span className="font-medium">{feed.name}</span>
              <span className="num text-muted text-xs">{count(feed.indicators)}</span>
            </label>
          ))}
          <p className="text-muted text-xs">Look at a feed’s terms before you pass it on: many forbid it.</p>
        </fieldset>
        <label className="flex items-start gap-2.5">
          <input
            type="checkbox"
            className="mt-0.5 size-4 accent-accent"
            checked={sightings}
            onChange={event => setSightings(event.target.checked)}
          />
          <span>
            <span className="font-medium">and what was seen here</span>
            <span className="block text-muted text-xs">
              Which indicator, how often, from when to when. Never where: no host, no user, no event.
            </span>
          </span>
        </label>
        <TextField
          label="Only from this confidence on, %"
          type="number"
          min={0}
          max={100}
          value={confidence}
          onChange={event => setConfidence(event.target.value)}
        />
        {save.error !== null && <Notice mood="danger">{messageOf(save.error)}</Notice>}
        <Button type="submit" look="primary" className="justify-self-end" disabled={save.isPending}>
          {collection === undefined ? 'Make the collection' : 'Keep the changes'}
        </Button>
      </form>
    </Overlay>
  )
}

export function PeerDialog({ collection, onClose }: { collection: Collection; onClose: () => void }) {
  const [name, setName] = useState('')
  const [write, setWrite] = useState(true)
  const invite = useMutation({
    mutationFn: () =>
      change<{ secret: string; address: string }>('POST', `/api/intel/collections/${collection.id}/peers`, {
        name: name.trim(),
        read: true,
        write
      }),
    onSuccess: refreshIntel
  })
  const { data } = invite
  return (
    <Overlay
      open
      onClose={onClose}
      title={data === undefined ? `A peer for ${collection.title}` : 'The peer’s token is made'}
    >
      {data === undefined ? (
        <form
          className="grid gap-4"
          onSubmit={event => {
            event.preventDefault()
            invite.mutate()
          }}
        >
          <TextField
            label="Who"
            required
            maxLength={64}
            value={name}
            onChange={event => setName(event.target.value)}
            placeholder="village-b"
          />
          <label className="flex items-center gap-2.5">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={write}
              onChange={event => setWrite(event.target.checked)}
            />
            They may write, too: what they give is looked for here
          </label>
          {invite.error !== null && <Notice mood="danger">{messageOf(invite.error)}</Notice>}
          <Button type="submit" look="primary" className="justify-self-end" disabled={invite.isPending}>
            Make the token
          </Button>
        </form>
      ) : (
        <div className="grid gap-4">
          <p className="text-soft">
            Give these two to the peer, on a way that you trust. The token is shown this once.
          </p>
          <Given label="Address" text={data.address} />
          <Given label="Token" text={data.secret} />
          <p className="text-muted text-xs">
            In their Picket: Feeds → Add a feed → By its address → TAXII 2.1, with these as address and token. Other
            TAXII clients: the token as the password, with any user.
          </p>
          <Button look="primary" className="justify-self-end" onClick={onClose}>
            Done
          </Button>
        </div>
      )}
    </Overlay>
  )
}

function Given({ label, text }: { label: string; text: string }) {
  return (
    <div className="grid gap-1">
      <div className="font-medium text-soft">{label}</div>
      <div className="flex items-center gap-2 rounded-lg bg-sunken px-3 py-2">
        <code className="min-w-0 flex-1 break-all font-mono text-xs">{text}</code>
        <CopyButton text={() => text} label={`Copy the ${label.toLowerCase()}`} className="text-soft" />
      </div>
    </div>
  )
}
