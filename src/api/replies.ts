/** The shapes that several routes share, as schemas: what the page and the OpenAPI document know of them. */

import { z } from 'zod'
import { type Scope, scopes } from '../state/api-tokens.ts'
import { roles, type User, userNamePattern } from '../state/users.ts'

export const roleSchema = z.enum(roles)
export const scopeSchema = z.enum(scopes)
export const userName = z
  .string()
  .regex(userNamePattern, 'must be 1 to 64 letters, digits or . _ - @, beginning with a letter or digit')
/** Its rules are checked where the user's name is known (`passwordProblem`). */
export const passwordText = z.string().min(1).max(1024)
export const idParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) })
export const done = z.object({ ok: z.literal(true) })

export const userReply = z
  .object({
    id: z.int(),
    name: z.string(),
    role: roleSchema,
    created: z.string().describe('ISO 8601'),
    disabled: z.string().optional().describe('When the user was shut out; absent for the others')
  })
  .describe('A user')

export function userOut(user: User): z.output<typeof userReply> {
  const { id, name, role } = user
  return { id, name, role, created: isoOf(user.createdMs), disabled: isoOrNothing(user.disabledMs) }
}

/** Who is signed in, and what they may do: all that the page needs at its start. */
export const sessionReply = z.object({
  user: userReply,
  scopes: z.array(scopeSchema),
  csrf: z.string().describe('To be sent as x-picket-csrf with every unsafe request'),
  sessionId: z.string()
})

export function sessionOut(user: User, allowed: readonly Scope[], session: { csrf: string; sessionId: string }) {
  return { user: userOut(user), scopes: [...allowed], csrf: session.csrf, sessionId: session.sessionId }
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

export function isoOrNothing(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : isoOf(ms)
}
