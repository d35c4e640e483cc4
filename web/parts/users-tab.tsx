/** The people who may sign in, and what they may do. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, get, type Role, type Session, type User } from '../api.ts'
import { queryClient } from '../queries.ts'
import { Badge, Button, inputClass, Notice, SelectField, Spinner, TextField } from './controls.tsx'
import { date } from './format.ts'
import { Overlay } from './overlay.tsx'
import { PasswordHint } from './password-hint.tsx'

const roles: readonly { readonly value: Role; readonly label: string }[] = [
  { value: 'viewer', label: 'viewer: searches' },
  { value: 'analyst', label: 'analyst: searches, brings in and replays' },
  { value: 'admin', label: 'admin: everything' }
]

export function UsersTab({ session }: { session: Session }) {
  const [adding, setAdding] = useState(false)
  const users = useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => get<{ users: User[] }>('/api/users', {}, signal)
  })
  const edit = useMutation({
    mutationFn: ({ id, ...form }: { id: number; role?: Role; disabled?: boolean }) =>
      change<User>('PATCH', `/api/users/${id}`, form),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['users'] })
  })
  return (
    <section aria-labelledby="users-title" className="panel">
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 py-3">
        <h2 id="users-title" className="font-semibold">
          Users
        </h2>
        <Button icon="plus" look="primary" onClick={() => setAdding(true)}>
          Add a user
        </Button>
      </div>
      {edit.error !== null && (
        <div className="px-4 pb-3">
          <Notice mood="danger">{edit.error.message}</Notice>
        </div>
      )}
      {users.data === undefined ? (
        <div className="px-4 pb-4">
          {users.error === null ? <Spinner /> : <Notice mood="danger">{users.error.message}</Notice>}
        </div>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {users.data.users.map(user => {
            const isOut = user.disabled !== undefined
            const isSelf = user.id === session.user.id
            return (
              <li key={user.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
                <div className="min-w-40 flex-1">
                  <div className={`flex items-center gap-2 font-medium ${isOut ? 'text-muted line-through' : ''}`}>
                    {user.name}
                    {isSelf && <Badge tone="green">you</Badge>}
                    {isOut && <Badge tone="red">shut out</Badge>}
                  </div>
                  <div className="num text-muted text-xs">since {date(Date.parse(user.created))}</div>
                </div>
                {!isSelf && (
                  <>
                    <select
                      aria-label={`Role of ${user.name}`}
                      value={user.role}
                      disabled={edit.isPending}
                      className={`${inputClass} h-8 w-28! disabled:opacity-60`}
                      onChange={event => edit.mutate({ id: user.id, role: event.target.value as Role })}
                    >
                      {roles.map(role => (
                        <option key={role.value} value={role.value}>
                          {role.value}
                        </option>
                      ))}
                    </select>
                    <Button
                      small
                      look={isOut ? 'plain' : 'danger'}
                      className="h-8! w-20"
                      aria-label={isOut ? `Let ${user.name} in` : `Shut ${user.name} out`}
                      disabled={edit.isPending}
                      onClick={() => edit.mutate({ id: user.id, disabled: !isOut })}
                    >
                      {isOut ? 'Let in' : 'Shut out'}
                    </Button>
                  </>
                )}
                {isSelf && <span className="text-muted">{user.role}</span>}
              </li>
            )
          })}
        </ul>
      )}
      <NewUser open={adding} onClose={() => setAdding(false)} />
    </section>
  )
}

function NewUser({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [role, setRole] = useState<Role>('analyst')
  const [password, setPassword] = useState('')
  const add = useMutation({
    mutationFn: (form: { name: string; password: string; role: Role }) => change<User>('POST', '/api/users', form),
    onSuccess: async () => {
      close()
      await queryClient.invalidateQueries({ queryKey: ['users'] })
    }
  })
  const close = () => {
    setPassword('')
    add.reset()
    onClose()
  }
  return (
    <Overlay
      open={open}
      onClose={close}
      title="Add a user"
      description="They can change their password once signed in."
    >
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          add.mutate({ name: String(new FormData(event.currentTarget).get('name')).trim(), password, role })
        }}
      >
        <TextField label="Name" name="name" required maxLength={64} autoComplete="off" spellCheck={false} />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={256}
          value={password}
          onChange={event => setPassword(event.target.value)}
          hint={<PasswordHint password={password} />}
        />
        <SelectField label="Role" value={role} onChange={value => setRole(value as Role)} options={roles} />
        {add.error !== null && <Notice mood="danger">{add.error.message}</Notice>}
        <Button type="submit" look="primary" className="justify-self-end" disabled={add.isPending}>
          {add.isPending ? 'Adding …' : 'Add the user'}
        </Button>
      </form>
    </Overlay>
  )
}
