/** Who is signed in, where else, and a new password. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { change, get, keepSecret, type ListedSession, type Session } from '../api.ts'
import { queryClient, sessionQuery } from '../queries.ts'
import { Badge, Button, Notice, Spinner, TextField } from './controls.tsx'
import { ago, dateTime } from './format.ts'
import { Overlay } from './overlay.tsx'
import { PasswordHint } from './password-hint.tsx'
import { StoredText } from './stored-text.tsx'

export function AccountTab({ session }: { session: Session }) {
  const router = useRouter()
  const isAdmin = session.scopes.includes('admin')
  const [everybody, setEverybody] = useState(false)
  const [changing, setChanging] = useState(false)
  const sessions = useQuery({
    queryKey: ['sessions', everybody],
    queryFn: ({ signal }) =>
      get<{ sessions: ListedSession[] }>('/api/sessions', { all: everybody ? 'true' : undefined }, signal)
  })
  const leave = async () => {
    queryClient.clear()
    await router.navigate({ to: '/login' })
  }
  const signOut = useMutation({ mutationFn: () => change('DELETE', '/api/session'), onSettled: leave })
  const revoke = useMutation({
    mutationFn: (id: string) => change('DELETE', `/api/sessions/${id}`),
    onSettled: (_data, _error, id) =>
      id === session.sessionId ? leave() : queryClient.invalidateQueries({ queryKey: ['sessions'] })
  })
  return (
    <div className="grid gap-4">
      <section aria-label="Account" className="panel flex flex-wrap items-center gap-x-4 gap-y-3 p-4">
        <span
          aria-hidden="true"
          className="grid size-11 place-items-center rounded-full bg-accent-soft font-semibold text-accent uppercase"
        >
          {session.user.name.slice(0, 2)}
        </span>
        <div className="min-w-40 flex-1">
          <div className="font-semibold text-[15px]">{session.user.name}</div>
          <div className="text-muted">
            {session.user.role} · may {session.scopes.join(', ')}
          </div>
        </div>
        <Button onClick={() => setChanging(true)}>Change password</Button>
        <Button icon="out" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out
        </Button>
      </section>

      <section aria-labelledby="sessions-title" className="panel">
        <div className="flex flex-wrap items-center justify-between gap-2 px-4 py-3">
          <h2 id="sessions-title" className="font-semibold">
            Sessions
          </h2>
          {isAdmin && (
            <label className="flex items-center gap-2 text-soft">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={everybody}
                onChange={event => setEverybody(event.target.checked)}
              />
              Everybody’s
            </label>
          )}
        </div>
        {revoke.error !== null && (
          <div className="px-4 pb-3">
            <Notice mood="danger">{revoke.error.message}</Notice>
          </div>
        )}
        {sessions.data === undefined ? (
          <div className="px-4 pb-4">
            {sessions.error === null ? <Spinner /> : <Notice mood="danger">{sessions.error.message}</Notice>}
          </div>
        ) : (
          <ul className="divide-y divide-line border-line border-t">
            {sessions.data.sessions.map(each => (
              <li key={each.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
                <div className="min-w-52 flex-1">
                  <div className="flex items-center gap-2 font-medium">
                    <span>{browserOf(each.userAgent)}</span>
                    {everybody && <span className="text-soft">{each.user}</span>}
                    {each.current && <Badge tone="green">this one</Badge>}
                  </div>
                  <div className="num text-muted text-xs" title={each.userAgent}>
                    <StoredText text={each.ip} max={60} /> · seen {ago(Date.parse(each.lastSeen))} · since{' '}
                    {dateTime(Date.parse(each.created)).slice(0, 16)} · ends {ago(Date.parse(each.expires))}
                  </div>
                </div>
                <Button
                  small
                  look="danger"
                  aria-label={`End the session of ${each.user} from ${each.ip}`}
                  disabled={revoke.isPending}
                  onClick={() => revoke.mutate(each.id)}
                >
                  End
                </Button>
              </li>
            ))}
          </ul>
        )}
      </section>
      <PasswordDialog open={changing} onClose={() => setChanging(false)} />
    </div>
  )
}

/** In a word or two: the whole text stands in the title. */
function browserOf(userAgent: string): string {
  const browser = /Edg\//.test(userAgent)
    ? 'Edge'
    : (/(Firefox|Chrome|Safari|curl)/.exec(userAgent)?.[1] ?? (userAgent.split('/')[0]?.slice(0, 24) || 'Unknown'))
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1]
  return system === undefined ? browser : `${browser} on ${system.replace('Mac OS X', 'macOS')}`
}

function PasswordDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [password, setPassword] = useState('')
  const save = useMutation({
    mutationFn: (form: { current: string; password: string }) => change<Session>('PUT', '/api/session/password', form),
    onSuccess: session => {
      queryClient.setQueryData(sessionQuery.queryKey, keepSecret(session))
      void queryClient.invalidateQueries({ queryKey: ['sessions'] })
    }
  })
  const close = () => {
    setPassword('')
    save.reset()
    onClose()
  }
  return (
    <Overlay open={open} onClose={close} title="Change password" description="All your other sessions end.">
      {save.isSuccess ? (
        <div className="grid gap-4">
          <Notice mood="good">The new password holds from now on.</Notice>
          <Button className="justify-self-end" onClick={close}>
            Close
          </Button>
        </div>
      ) : (
        <form
          className="grid gap-4"
          onSubmit={event => {
            event.preventDefault()
            save.mutate({ current: String(new FormData(event.currentTarget).get('current')), password })
          }}
        >
          <TextField label="Current password" name="current" type="password" autoComplete="current-password" required />
          <TextField
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={256}
            value={password}
            onChange={event => setPassword(event.target.value)}
            hint={<PasswordHint password={password} />}
          />
          {save.error !== null && <Notice mood="danger">{save.error.message}</Notice>}
          <Button type="submit" look="primary" className="justify-self-end" disabled={save.isPending}>
            {save.isPending ? 'Changing …' : 'Change password'}
          </Button>
        </form>
      )}
    </Overlay>
  )
}
