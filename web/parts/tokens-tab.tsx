/** Tokens for programs: made with the scopes that they need, shown once, revoked. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiToken, change, get, type Scope, type Session } from '../api.ts'
import { queryClient } from '../queries.ts'
import { Badge, Button, Notice, SelectField, Spinner, TextField } from './controls.tsx'
import { CopyButton } from './copy-button.tsx'
import { ago, date } from './format.ts'
import { Overlay } from './overlay.tsx'

const meanings: Readonly<Record<Scope, string>> = {
  search: 'search events and see the ledger',
  ingest: 'bring in and replay records',
  triage: 'work on alerts and cases',
  taxii: 'exchange intelligence, in the collections granted to it',
  gate: 'hand over records as a gatekeeper, and nothing else',
  metrics: 'read the figures for Prometheus',
  admin: 'everything, users included'
}

export function TokensTab({ session }: { session: Session }) {
  const [making, setMaking] = useState(false)
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => get<{ tokens: ApiToken[] }>('/api/tokens', {}, signal)
  })
  const [revoking, setRevoking] = useState<ApiToken | undefined>()
  const revoke = useMutation({
    mutationFn: (id: string) => change('DELETE', `/api/tokens/${id}`),
    onSettled: () => {
      setRevoking(undefined)
      return queryClient.invalidateQueries({ queryKey: ['tokens'] })
    }
  })
  return (
    <section aria-labelledby="tokens-title" className="panel">
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 py-3">
        <div>
          <h2 id="tokens-title" className="font-semibold">
            API tokens
          </h2>
          <p className="text-muted">
            Programs send them as <code className="text-xs">Authorization: Bearer pkt_…</code>
          </p>
        </div>
        <Button icon="plus" look="primary" onClick={() => setMaking(true)}>
          New token
        </Button>
      </div>
      {revoke.error !== null && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{revoke.error.message}</Notice>
        </div>
      )}
      {tokens.data === undefined ? (
        <div className="px-4 pb-4">
          {tokens.error === null ? <Spinner /> : <Notice mood="danger">{tokens.error.message}</Notice>}
        </div>
      ) : tokens.data.tokens.length === 0 ? (
        <p className="border-line border-t px-4 py-10 text-center text-muted">There are no tokens.</p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {tokens.data.tokens.map(token => (
            <li key={token.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <div className="min-w-52 flex-1">
                <div className="flex flex-wrap items-center gap-1.5 font-medium">
                  <span className="mr-1">{token.name}</span>
                  {token.scopes.map(scope => (
                    <Badge key={scope} tone={scope === 'admin' ? 'red' : 'slate'}>
                      {scope}
                    </Badge>
                  ))}
                </div>
                <div className="num text-muted text-xs">
                  {token.user === undefined ? 'of the installation' : `of ${token.user}`} · made{' '}
                  {date(Date.parse(token.created))} ·{' '}
                  {token.lastUsed === undefined ? 'never used' : `used ${ago(Date.parse(token.lastUsed))}`}
                  {token.expires !== undefined &&
                    ` · ${Date.parse(token.expires) < Date.now() ? 'expired' : 'expires'} ${ago(Date.parse(token.expires))}`}
                </div>
              </div>
              <Button small look="danger" aria-label={`Revoke ${token.name}`} onClick={() => setRevoking(token)}>
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
      <NewToken open={making} onClose={() => setMaking(false)} allowed={session.scopes} />
      <Overlay
        open={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={`Revoke ${revoking?.name ?? ''}?`}
        description="Programs that use it are refused from then on. This cannot be undone."
      >
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={() => setRevoking(undefined)}>
            Cancel
          </Button>
          <Button look="danger" disabled={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking.id)}>
            Revoke
          </Button>
        </div>
      </Overlay>
    </section>
  )
}

type TokenForm = { name: string; scopes: Scope[]; days?: number | undefined }

function NewToken({ open, onClose, allowed }: { open: boolean; onClose: () => void; allowed: readonly Scope[] }) {
  const [chosen, setChosen] = useState<readonly Scope[]>(['search'])
  const [days, setDays] = useState('90')
  const make = useMutation({
    mutationFn: (form: TokenForm) => change<{ token: ApiToken; secret: string }>('POST', '/api/tokens', form),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['tokens'] })
  })
  const close = () => {
    make.reset()
    setChosen(['search'])
    onClose()
  }
  return (
    <Overlay open={open} onClose={close} title={make.data === undefined ? 'New token' : 'The token is made'}>
      {make.data === undefined ? (
        <form
          className="grid gap-4"
          onSubmit={event => {
            event.preventDefault()
            const name = String(new FormData(event.currentTarget).get('name')).trim()
            make.mutate({ name, scopes: [...chosen], days: days === '' ? undefined : Number(days) })
          }}
        >
          <TextField
            label="Name"
            name="name"
            required
            maxLength={64}
            hint="What it is for: the program or the machine."
          />
          <fieldset className="grid gap-1.5">
            <legend className="mb-1 font-medium text-soft">It may</legend>
            {allowed.map(scope => (
              <label key={scope} className="flex items-center gap-2.5">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={chosen.includes(scope)}
                  onChange={event =>
                    setChosen(event.target.checked ? [...chosen, scope] : chosen.filter(each => each !== scope))
                  }
                />
                <span>
                  <span className="font-medium">{scope}</span> <span className="text-muted">{meanings[scope]}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <SelectField
            label="It expires"
            value={days}
            onChange={setDays}
            options={[
              { value: '30', label: 'in 30 days' },
              { value: '90', label: 'in 90 days' },
              { value: '365', label: 'in a year' },
              { value: '', label: 'never' }
            ]}
          />
          {make.error !== null && <Notice mood="danger">{make.error.message}</Notice>}
          <Button
            type="submit"
            look="primary"
            className="justify-self-end"
            disabled={chosen.length === 0 || make.isPending}
          >
            {make.isPending ? 'Making …' : 'Make the token'}
          </Button>
        </form>
      ) : (
        <div className="grid gap-4">
          <Notice mood="warn">Copy it now: it is not shown again, and Picket keeps only its hash.</Notice>
          <div className="flex items-center gap-2 rounded-lg bg-sunken p-2 pl-3">
            <code className="min-w-0 flex-1 break-all text-xs">{make.data.secret}</code>
            <CopyButton
              text={() => make.data.secret}
              label="Copy the token"
              shown="Copy"
              className="h-8 shrink-0 rounded-md bg-accent px-3 font-semibold text-on-accent text-xs"
            />
          </div>
          <Button className="justify-self-end" onClick={close}>
            Done
          </Button>
        </div>
      )}
    </Overlay>
  )
}
