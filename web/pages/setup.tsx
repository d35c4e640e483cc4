/** The first start: with the token of the printed link, the first administrator is made. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { change, get, keepSecret, type Session } from '../api.ts'
import { Button, buttonClass, Notice, TextField } from '../parts/controls.tsx'
import { Entrance } from '../parts/entrance.tsx'
import { PasswordHint } from '../parts/password-hint.tsx'
import { queryClient, sessionQuery } from '../queries.ts'
import { SetupNeeded } from './login.tsx'

const route = getRouteApi('/setup')

export function SetupPage() {
  const { token } = route.useSearch()
  const router = useRouter()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => get<{ needed: boolean }>('/api/setup'), retry: false })
  const make = useMutation({
    mutationFn: () => change<Session>('POST', '/api/setup', { token, name: name.trim(), password }),
    onSuccess: session => {
      queryClient.setQueryData(sessionQuery.queryKey, keepSecret(session))
      router.history.replace('/')
    }
  })
  if (setup.data?.needed === false && !make.isSuccess)
    return (
      <Entrance title="Setup is done">
        <div className="grid gap-4 text-soft">
          <p>There is a user already, so the setup link does nothing any more.</p>
          <Link to="/login" className={buttonClass('primary')}>
            Sign in
          </Link>
        </div>
      </Entrance>
    )
  if (token === undefined) return <SetupNeeded />
  const differs = again !== '' && again !== password
  return (
    <Entrance title="Make the first administrator">
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          if (!differs) make.mutate()
        }}
      >
        <TextField
          label="Name"
          name="name"
          autoComplete="username"
          required
          autoFocus
          maxLength={64}
          pattern="[A-Za-z0-9][A-Za-z0-9._@\-]*"
          title="Letters, digits and . _ - @"
          spellCheck={false}
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={256}
          value={password}
          onChange={event => setPassword(event.target.value)}
          hint={<PasswordHint password={password} />}
        />
        <TextField
          label="Password again"
          name="again"
          type="password"
          autoComplete="new-password"
          required
          value={again}
          onChange={event => setAgain(event.target.value)}
          error={differs ? 'The two passwords differ.' : undefined}
        />
        {make.error !== null && <Notice mood="danger">{make.error.message}</Notice>}
        <Button type="submit" look="primary" disabled={make.isPending || differs}>
          {make.isPending ? 'Making …' : 'Make administrator and sign in'}
        </Button>
      </form>
    </Entrance>
  )
}
