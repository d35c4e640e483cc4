/** Mail over SMTP: the one sender, for alerts and for reports. The server is set up once for the installation. */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { z } from 'zod'
import { messageOf } from '../core/errors.ts'
import { isLinkLocal } from '../platform/link-local.ts'
import { type Action, certificates } from './action.ts'
import { mailHtml, mailText } from './mail-body.ts'
import { cut, type Message, type Outcome, plain } from './message.ts'
import { failureText, linkLocal } from './post.ts'

export type MailServer = {
  readonly host: string
  readonly port: number
  /** `tls` from the first byte on (465), `starttls` always (587), or `none`: readable on the way. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly password: string
  readonly from: string
  readonly ca?: string | undefined
}

/** An address, or a name and an address: `Picket <picket@example.org>`. No list, no comment, no line break. */
export const mailAddress = z
  .string()
  .trim()
  .max(320)
  .regex(
    /^(?:[^<>@,;:"\r\n\u0000-\u001f]{1,100} <[^\s<>@,;:"()[\]\\]{1,64}@[^\s<>@,;:"()\\]{1,190}>|[^\s<>@,;:"()[\]\\]{1,64}@[^\s<>@,;:"()\\]{1,190})$/,
    'must be a mail address'
  )

/** The settings of the mail server, as people give them; the password is kept apart. */
export const mailServerSettings = z.strictObject({
  host: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a name or an address'),
  port: z.int().min(1).max(65535),
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().max(320).default(''),
  from: mailAddress,
  ca: certificates
})

type Settings = { readonly to: readonly string[] }

export const recipients = z.array(mailAddress).min(1).max(50)

export const mail: Action<Settings, Record<string, never>> = {
  kind: 'mail',
  label: 'E-mail',
  settings: z.strictObject({ to: recipients }),
  secrets: z.strictObject({}) as z.ZodType<Record<string, never>>,
  rate: { count: 20, perMinutes: 10 },
  followsAlerts: false,
  where: ({ to }) => to.join(', '),
  show: (message, { to }) => `To: ${to.join(', ')}\nSubject: ${subjectOf(message)}\n\n${mailText(message)}`,
  async send(message, { to }, _secrets, { mailServer, hostName, nowMs }) {
    if (mailServer === undefined) return { result: 'permanent', detail: 'no mail server is set up' }
    return sendMail(message, to, mailServer, { hostName, nowMs })
  }
}

/** All of it: connecting, greeting, sending what may be a report of megabytes. */
const timeoutMs = 60_000

async function sendMail(
  message: Message,
  to: readonly string[],
  server: MailServer,
  { hostName, nowMs }: { hostName: string; nowMs: number }
): Promise<Outcome> {
  const { host, port, security, user, password, from, ca } = server
  // Only where mail is sent: nothing else needs it.
  const { createTransport } = await import('nodemailer')
  let address = host
  try {
    if (isIP(host) === 0) address = (await lookup(host)).address
  } catch (error) {
    return { result: 'transient', detail: failureText(error) }
  }
  if (isLinkLocal(address)) return linkLocal
  const transport = createTransport({
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== '' && { auth: { user, pass: password } }),
    name: hostName,
    tls: {
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && ca !== '' && { ca: [ca] }),
      minVersion: 'TLSv1.2'
    },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // Nothing in a message may make it read a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true
  })
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not sent within ${timeoutMs / 1000} s`)), timeoutMs)
    })
    const domain = /@([^>]+)>?$/.exec(from)?.[1] ?? 'picket.invalid'
    const sent = await Promise.race([
      late,
      transport.sendMail({
        from,
        to: [...to],
        subject: subjectOf(message),
        text: mailText(message),
        html: mailHtml(message),
        date: new Date(nowMs),
        // The same for every attempt: a server that has it already may drop it.
        messageId: `<${message.key}@${domain}>`,
        // What is told of one alert is one conversation.
        ...(message.thread !== '' && { references: `<alert-${message.thread}@${domain}>` }),
        headers: { 'auto-submitted': 'auto-generated', 'x-picket-key': message.key },
        ...(message.attachment !== undefined && {
          attachments: [
            {
              filename: message.attachment.name,
              contentType: message.attachment.type,
              content: Buffer.from(message.attachment.content)
            }
          ]
        })
      })
    ])
    const refused = sent.rejected
    const taken = cut(plain(sent.response), 200)
    return {
      result: 'sent',
      detail: refused.length === 0 ? taken : `${taken}; refused for ${cut(refused.join(', '), 200)}`
    }
  } catch (error) {
    return mailOutcome(error)
  } finally {
    clearTimeout(timer)
    transport.close()
  }
}

/** RFC 5321, 4.2.1: 4yz passes, 5yz does not. What is no answer is the way to the server, or its certificate. */
function mailOutcome(error: unknown): Outcome {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown }
  const detail = cut(plain(messageOf(error)), 300)
  const isFinal = typeof responseCode === 'number' ? responseCode >= 500 : code === 'EENVELOPE' || code === 'EMESSAGE'
  return { result: isFinal ? 'permanent' : 'transient', detail }
}

function subjectOf({ title }: Message): string {
  return cut(plain(title), 200)
}
