/** Checks what somebody wants to keep of a destination or the mail server, and keeps its secrets where they belong. */

import type { z } from 'zod'
import type { AnyAction } from '../actions/action.ts'
import { actionOf } from '../actions/index.ts'
import type { MailServer, mailServerSettings } from '../actions/mail.ts'
import { newSigningKey } from '../actions/signature.ts'
import type { StoredDestination } from '../state/destinations.ts'
import { readSetting, writeSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'
import type { destinationShape } from './notification-shapes.ts'
import { ApiError } from './route.ts'

type Asked = z.output<typeof destinationShape>
type Checked = Pick<StoredDestination, 'settings' | 'secrets'> & {
  /** Told once: the key that was made for it. */
  readonly signingKey?: string
}

/**
 * Settings and secrets as the kind wants them. Secrets that are not given are those it had, but only where it still leads to the same
 * place: nobody gets a secret sent to a place of their own.
 */
export function checkDestination(asked: Asked, before: StoredDestination | undefined): Checked {
  const action = actionOf(asked.kind)!
  if (before !== undefined && before.kind !== asked.kind)
    throw new ApiError(
      400,
      'kind-changed',
      `This is ${action.label} now, and was ${before.kind}: add a new destination.`
    )
  const settings = parsed(action, 'settings', asked.settings)
  const { secrets, signingKey } = secretsFor(action, settings, asked, before)
  return { settings, secrets: parsed(action, 'secrets', secrets), ...(signingKey !== undefined && { signingKey }) }
}

function secretsFor(
  action: AnyAction,
  settings: Record<string, unknown>,
  { secrets: given = {} }: Asked,
  before: StoredDestination | undefined
): { secrets: Record<string, unknown>; signingKey?: string } {
  // Where the secret is the address itself, a new one replaces it.
  const samePlace = before !== undefined && isSamePlace(action, settings, before)
  const secrets = samePlace ? { ...before.secrets, ...given } : { ...given }
  if (action.kind !== 'webhook' || (secrets['signingKey'] ?? '') !== '') return { secrets }
  const signingKey = newSigningKey()
  return { secrets: { ...secrets, signingKey }, signingKey }
}

function isSamePlace(action: AnyAction, settings: Record<string, unknown>, before: StoredDestination): boolean {
  const { kind } = action
  if (kind === 'slack' || kind === 'teams') return true
  const secure = (all: Readonly<Record<string, unknown>>): boolean => String(all['url'] ?? '').startsWith('https:')
  return (
    action.where(settings, before.secrets) === action.where(before.settings, before.secrets) &&
    (secure(settings) || !secure(before.settings))
  )
}

function parsed(action: AnyAction, part: 'settings' | 'secrets', value: unknown): Record<string, unknown> {
  const result = action[part].safeParse(value)
  if (result.success) return result.data as Record<string, unknown>
  const issues = result.error.issues.slice(0, 5).map(({ path, message }) => `${[part, ...path].join('.')}: ${message}`)
  throw new ApiError(400, part === 'secrets' ? 'bad-secrets' : 'bad-settings', `${action.label}: ${issues.join('; ')}`)
}

const mailServerKey = 'mail.server'

export function readMailServer(state: State): MailServer | undefined {
  const kept = readSetting(state, mailServerKey) as (MailServer & { password?: string }) | undefined
  return kept === undefined ? undefined : { ...kept, password: kept.password ?? '' }
}

/** The password is kept where it goes to the same server as before, no less safely. */
export function keepMailServer(
  state: State,
  asked: z.output<typeof mailServerSettings>,
  password: string | undefined
): void {
  const before = readMailServer(state)
  const isSame =
    before !== undefined &&
    before.host === asked.host &&
    before.port === asked.port &&
    before.user === asked.user &&
    (asked.security !== 'none' || before.security === 'none')
  if (password === undefined && asked.user !== '' && !isSame)
    throw new ApiError(
      400,
      'secret-needed',
      'Give the password again: it is sent to another server, user or port than before, or less safely.'
    )
  writeSetting(state, mailServerKey, { ...asked, password: password ?? (asked.user === '' ? '' : before?.password) })
}

export function removeMailServer(state: State): boolean {
  const had = readMailServer(state) !== undefined
  writeSetting(state, mailServerKey, undefined)
  return had
}
