/** The people who may sign in: `/api/users`, for administrators. */

import { z } from 'zod'
import { hashPassword } from '../state/password.ts'
import { addUser, changeUser, listUsers, userOf } from '../state/users.ts'
import { type IdentityContext, refuseBadPassword } from './identity-sessions.ts'
import { passwordText, roleSchema, userName, userOut, userReply } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export function userRoutes({ state, limits, nowMs }: IdentityContext): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/users',
      {
        preHandler: guard('admin'),
        schema: { summary: 'All users', tags: ['users'], response: { 200: z.object({ users: z.array(userReply) }) } }
      },
      async () => ({ users: listUsers(state).map(userOut) })
    )

    app.post(
      '/api/users',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Add a user',
          tags: ['users'],
          body: z.object({ name: userName, password: passwordText, role: roleSchema }),
          response: { 201: userReply }
        }
      },
      async (request, reply) => {
        const { name, password, role } = request.body
        refuseBadPassword(password, name)
        const passwordHash = await limits.hash(() => hashPassword(password))
        const user = state.transaction(() => {
          const added = addUser(state, { name, passwordHash, role }, nowMs())
          if (added !== undefined) request.audit('user.added', `user:${name}`, { role })
          return added
        })
        if (user === undefined) throw new ApiError(409, 'name-taken', `There is a user ${name} already.`)
        return reply.code(201).send(userOut(user))
      }
    )

    app.patch(
      '/api/users/:id',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Change a user. A new password, or being disabled, ends their sessions',
          tags: ['users'],
          params: z.object({ id: z.coerce.number().int().min(1) }),
          body: z.strictObject({
            role: roleSchema.optional(),
            disabled: z.boolean().optional(),
            password: passwordText.optional()
          }),
          response: { 200: userReply }
        }
      },
      async request => {
        const { id } = request.params
        const { role, disabled, password } = request.body
        const user = userOf(state, id)
        if (user === undefined) throw new ApiError(404, 'unknown-user', 'There is no such user.')
        if (password !== undefined) refuseBadPassword(password, user.name)
        const passwordHash = password === undefined ? undefined : await limits.hash(() => hashPassword(password))
        const result = state.transaction(() => {
          const changed = changeUser(state, id, { role, disabled, passwordHash }, nowMs())
          const detail = { role, disabled, password: password === undefined ? undefined : 'new' }
          if (changed.ok) request.audit('user.changed', `user:${user.name}`, detail)
          return changed
        })
        if (result.ok) return userOut(result.user)
        if (result.reason === 'unknown') throw new ApiError(404, 'unknown-user', 'There is no such user.')
        throw new ApiError(409, 'last-admin', 'This is the last administrator: make another one first.')
      }
    )
  }
}
