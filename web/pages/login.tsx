/** Signing in. Where there is no user yet, says how to make the first. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { change, get, keepSecret, type Session } from '../api.ts'
import { Button, Notice, TextField } from '../parts/controls.tsx'
import { Entrance } from '../parts/entrance.tsx'
import { queryClient, sessionQuery } from '../queries.ts'

const route = getRouteApi('/login')

export function LoginPage() {
  const { next } = route.useSearch()
  const router = useRouter()
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => get<{ needed: boolean }>('/api/setup'), retry: false })
  const signIn = useMutation({
    mutationFn: (form: { name: string; password: string }) => change<Session>('POST', '/api/session', form),
    onSuccess: session => {
      queryClient.setQueryData(sessionQuery.queryKey, keepSecret(session))
      router.history.push(ownPath(next))
    }
  })
  if (setup.data?.needed) return <SetupNeeded />
  return (
    <Entrance title="Sign in">
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          signIn.mutate({ name: String(form.get('name')).trim(), password: String(form.get('password')) })
        }}
      >
        <TextField
          label="Name"
          name="name"
          autoComplete="username"
          required
          autoFocus
          maxLength={64}
          spellCheck={false}
        />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
        {signIn.error !== null && <Notice mood="danger">{signIn.error.message}</Notice>}
        <Button type="submit" look="primary" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in …' : 'Sign in'}
        </Button>
      </form>
    </Entrance>
  )
}

export function SetupNeeded() {
  return (
    <Entrance title="Almost there">
      <div className="grid gap-3 text-soft">
        <p>Nobody can sign in yet. Picket printed a setup link where it was started; open it to make the first user.</p>
        <pre className="overflow-x-auto rounded-lg bg-sunken p-3 text-xs">
          http://…/setup?token=<span className="text-accent">…</span>
        </pre>
        <p>The link changes at each start of Picket, until there is a user.</p>
      </div>
    </Entrance>
  )
}

/** Only a path of this page: an address elsewhere must not be where signing in leads to. */
function ownPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/'
}
