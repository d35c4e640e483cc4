/** A way of telling people or programs: its settings, its secrets, and how it sends. The list is `index.ts`. */

import { z } from 'zod'
import type { MailServer } from './mail.ts'
import type { Message, Outcome } from './message.ts'

export type SendContext = {
  readonly nowMs: number
  /** The name of this machine, for syslog and mail. */
  readonly hostName: string
  /** Of the installation; undefined while none is set up. */
  readonly mailServer: MailServer | undefined
}

export type Rate = { readonly count: number; readonly perMinutes: number }

export type Action<Settings = unknown, Secrets = unknown> = {
  readonly kind: string
  /** What people call it. */
  readonly label: string
  /** What everybody who may search can read of it. */
  readonly settings: z.ZodType<Settings>
  /** What nobody reads again. */
  readonly secrets: z.ZodType<Secrets>
  /** What is sent at most, where the destination says nothing; undefined: as much as there is. */
  readonly rate: Rate | undefined
  /** Incidents that are to be acknowledged and closed along with the alert. */
  readonly followsAlerts: boolean
  /** Where it goes, without secrets: `hooks.slack.com`, `anna@example.org`. Also what its secrets belong to. */
  where(settings: Settings, secrets: Secrets): string
  /** What would be sent, as text. */
  show(message: Message, settings: Settings, context: Omit<SendContext, 'mailServer'>): string
  /** Total: what fails is an outcome. Takes at most about half a minute. */
  send(message: Message, settings: Settings, secrets: Secrets, context: SendContext): Promise<Outcome>
}

/** For the list, whose entries differ in their settings. */
// biome-ignore lint/suspicious/noExplicitAny: settings and secrets are checked by the action's own schemas before they get there
export type AnyAction = Action<any, any>

export const httpUrl = z
  .string()
  .trim()
  .max(2048)
  .refine(isHttpUrl, 'must be a URL that begins with https:// or http://, without a user or password in it')

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
}

export const certificates = z
  .string()
  .max(100_000)
  .refine(text => text === '' || text.includes('-----BEGIN CERTIFICATE-----'), 'must be certificates in PEM')
  .optional()
  .describe(
    'Certificates (PEM) of your own authority, if the peer’s is signed by one: it is trusted instead of the usual ones'
  )

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}
