/** The thread of the mail lane: one mail in, what was found out of it, its slimmed bytes and what is attached to it out. Many at once; it keeps answers of the DNS. */

import { hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { messageOf } from '../core/errors.ts'
import type { Envelope, MailFacts } from '../mail/facts.ts'
import { slim } from '../mail/slim.ts'
import { attachedOf } from './mail-attached.ts'
import { MailResolver, type ResolverSettings } from './mail-resolver.ts'
import { unverified, type VerifySettings, verifyMail } from './mail-verify.ts'

export type ThreadSettings = VerifySettings & { readonly resolver: ResolverSettings; readonly recordBytesMax: number }

export type ThreadRequest =
  | { readonly settings: ThreadSettings }
  | {
      readonly number: number
      readonly headers: ChunkHeaders
      readonly envelope: Envelope | undefined
      readonly mail: Uint8Array
    }

export type MailResult = {
  readonly facts: MailFacts
  /** The sender's address, as it stands in From. */
  readonly from: string | undefined
  readonly mail: Uint8Array
  /** Why it cannot be kept. */
  readonly dead?: string
  readonly attached: readonly { readonly headers: ChunkHeaders; readonly body: Uint8Array }[]
}
export type ThreadReply = { readonly number: number } & (MailResult | { readonly error: string })

const digest = (bytes: Uint8Array) => ({
  md5: hash('md5', bytes),
  sha1: hash('sha1', bytes),
  sha256: hash('sha256', bytes)
})
/** Lines that a worker has no use for are not attached to a record of so many bytes. */
const deadBytesMax = 65_536

export async function findOut(
  headers: ChunkHeaders,
  envelope: Envelope | undefined,
  mail: Buffer,
  settings: ThreadSettings,
  resolver: MailResolver
): Promise<MailResult> {
  const { from, ...facts } = await verifyMail(mail, envelope, settings, resolver).catch(error =>
    unverified(mail, envelope, messageOf(error))
  )
  const attached: Chunk[] = []
  for await (const chunk of attachedOf({ headers, body: mail }, mail)) attached.push(chunk)
  if (mail.length <= settings.recordBytesMax) return { facts, from, mail, attached }
  const { source, leftOut, fits } = slim(mail.toString('latin1'), settings.recordBytesMax, digest)
  if (!fits)
    return {
      facts,
      from,
      mail: mail.subarray(0, deadBytesMax),
      dead: `a mail of ${mail.length} bytes is larger than ${settings.recordBytesMax}, even without its largest parts`,
      attached
    }
  return { facts: { ...facts, leftOut }, from, mail: Buffer.from(source, 'latin1'), attached }
}

if (parentPort !== null) {
  const port = parentPort
  let settings: ThreadSettings | undefined
  let resolver: MailResolver | undefined
  let resolving = ''
  port.on('message', (request: ThreadRequest) => {
    if ('settings' in request) {
      settings = request.settings
      const asked = JSON.stringify(settings.resolver)
      if (asked !== resolving) resolver = new MailResolver(settings.resolver)
      resolving = asked
      return
    }
    const { number, headers, envelope, mail } = request
    const bytes = Buffer.from(mail.buffer, mail.byteOffset, mail.byteLength)
    findOut(headers, envelope, bytes, settings!, resolver!).then(
      result => {
        // What fills its memory alone is given away.
        const whole = result.mail.byteLength === result.mail.buffer.byteLength
        port.postMessage({ number, ...result } satisfies ThreadReply, whole ? [result.mail.buffer as ArrayBuffer] : [])
      },
      error => port.postMessage({ number, error: messageOf(error) } satisfies ThreadReply)
    )
  })
}
