/** Sharing: as whom, which collections there are, what each tells, and which peers may read or write it. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, IconButton, inputClass, Notice, Spinner } from '../controls.tsx'
import { CopyButton } from '../copy-button.tsx'
import { ago, plural } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { CollectionDialog, PeerDialog } from './collection-dialog.tsx'
import { type Collection, collectionsQuery, feedsQuery, type Peer, refreshIntel } from './intel.ts'

export function SharingTab() {
  const sharing = useQuery(collectionsQuery)
  const [open, setOpen] = useState<Collection | 'new' | undefined>()
  const { data } = sharing
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <p className="max-w-prose text-soft">
          Picket is a TAXII 2.1 server: peers read what you publish, and tell you what they know, each with a token of
          their own. Two or three who share are a group that warns each other; no centre is needed.
        </p>
        <Button look="primary" icon="plus" onClick={() => setOpen('new')}>
          New collection
        </Button>
      </div>
      {sharing.error !== null && <Notice mood="danger">{messageOf(sharing.error)}</Notice>}
      {sharing.isPending && <Spinner />}
      {data !== undefined && <OwnName key={data.name} name={data.name} address={data.address} />}
      {data?.collections.length === 0 && (
        <section className="panel grid justify-items-center gap-2 px-4 py-10 text-center">
          <h2 className="font-semibold text-base">Nothing is shared</h2>
          <p className="max-w-prose text-soft">
            A collection is what certain peers may see. Make one, choose what it tells, and give each peer a token.
          </p>
        </section>
      )}
      {data?.collections.map(collection => (
        <Shared key={collection.id} collection={collection} onChange={() => setOpen(collection)} />
      ))}
      {open !== undefined && (
        <CollectionDialog collection={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />
      )}
    </div>
  )
}

function OwnName({ name, address }: { name: string; address: string }) {
  const [text, setText] = useState(name)
  const save = useMutation({
    mutationFn: () => change('PUT', '/api/intel/identity', { name: text.trim() }),
    onSuccess: refreshIntel
  })
  return (
    <form
      className="panel flex flex-wrap items-end gap-x-6 gap-y-3 p-4"
      onSubmit={event => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <label className="grid gap-1 font-medium text-soft">
        Peers know you as
        <span className="flex gap-2">
          <input
            value={text}
            maxLength={128}
            required
            onChange={event => setText(event.target.value)}
            className={`${inputClass} w-56! font-normal`}
          />
          <Button type="submit" disabled={text.trim() === name || save.isPending}>
            Keep
          </Button>
        </span>
      </label>
      <div className="min-w-0">
        <div className="font-medium text-soft">The server’s address</div>
        <div className="flex h-9 items-center gap-2 font-mono text-xs">
          <span className="truncate">{address}</span>
          <CopyButton text={() => address} label="Copy the address" className="text-soft" />
        </div>
      </div>
      {save.error !== null && <Notice mood="danger">{messageOf(save.error)}</Notice>}
    </form>
  )
}

function Shared({ collection, onChange }: { collection: Collection; onChange: () => void }) {
  const feeds = useQuery(feedsQuery).data ?? []
  const [inviting, setInviting] = useState(false)
  const [removing, setRemoving] = useState<Peer | 'collection' | undefined>()
  const path = `/api/intel/collections/${collection.id}`
  const grant = useMutation({
    mutationFn: ({ token, read, write }: Peer) => change('PUT', `${path}/peers/${token}`, { read, write }),
    onSettled: refreshIntel
  })
  const remove = useMutation({
    mutationFn: (what: Peer | 'collection') =>
      change('DELETE', what === 'collection' ? path : `${path}/peers/${what.token}`),
    onSuccess: () => setRemoving(undefined),
    onSettled: refreshIntel
  })
  const names = collection.feeds.flatMap(id => feeds.find(feed => feed.id === id)?.name ?? [])
  const tells = [...names, ...(collection.sightings ? ['what was seen here'] : [])]
  const failure = grant.error ?? remove.error
  return (
    <section aria-label={collection.title} className="panel">
      <div className="flex flex-wrap items-center gap-3 px-4 py-3">
        <div className="min-w-56 flex-1">
          <h2 className="font-semibold">{collection.title}</h2>
          <p className="text-muted text-xs">
            {tells.length === 0 ? 'publishes nothing of yours; peers may write' : `tells ${tells.join(', ')}`} ·{' '}
            {plural(collection.objects, 'object')} ·{' '}
            {collection.published === undefined
              ? 'being brought up to date'
              : `compared ${ago(Date.parse(collection.published))}`}
          </p>
        </div>
        <Button small icon="plus" onClick={() => setInviting(true)}>
          Add a peer
        </Button>
        <IconButton label={`Change ${collection.title}`} icon="formats" onClick={onChange} />
        <IconButton label={`Remove ${collection.title}`} icon="trash" onClick={() => setRemoving('collection')} />
      </div>
      {failure !== null && <Notice mood="danger">{messageOf(failure)}</Notice>}
      {collection.peers.length === 0 ? (
        <p className="border-line border-t px-4 py-3 text-muted">No peer may see it yet.</p>
      ) : (
        <ul aria-label={`Peers of ${collection.title}`} className="divide-y divide-line border-line border-t">
          {collection.peers.map(peer => (
            <li key={peer.token} className="flex flex-wrap items-center gap-x-5 gap-y-1 px-4 py-2">
              <div className="min-w-40 flex-1">
                <span className="font-medium">{peer.name}</span>{' '}
                <span className="text-muted text-xs">
                  {peer.lastUsed === undefined ? 'never came' : `came ${ago(Date.parse(peer.lastUsed))}`}
                </span>
              </div>
              {(['read', 'write'] as const).map(right => (
                <label key={right} className="flex items-center gap-2">
                  <input
                    type="checkbox"
                    className="size-4 accent-accent"
                    aria-label={`${peer.name} may ${right}`}
                    checked={peer[right]}
                    disabled={grant.isPending || (peer[right] && !peer[right === 'read' ? 'write' : 'read'])}
                    onChange={event => grant.mutate({ ...peer, [right]: event.target.checked })}
                  />
                  may {right}
                </label>
              ))}
              <IconButton label={`Shut ${peer.name} out`} icon="trash" onClick={() => setRemoving(peer)} />
            </li>
          ))}
        </ul>
      )}
      {inviting && <PeerDialog collection={collection} onClose={() => setInviting(false)} />}
      <Overlay
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={removing === 'collection' ? `Remove ${collection.title}?` : `Shut ${removing?.name ?? ''} out?`}
        description={
          removing === 'collection'
            ? 'Peers find nothing under its address any more. What they gave stays here as a feed.'
            : 'Its token opens this collection no more, and is revoked if it opens no other. What it gave stays.'
        }
      >
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={() => setRemoving(undefined)}>
            Cancel
          </Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => removing && remove.mutate(removing)}>
            {removing === 'collection' ? 'Remove' : 'Shut out'}
          </Button>
        </div>
      </Overlay>
    </section>
  )
}
