/** A request with records, and what its answer means: taken, try again, or never. */

import { AttemptError } from './retry.ts'
import type { SinkContext } from './sink.ts'

const timeoutMs = 60_000
const answerCharactersMax = 16 << 20

export type Request = {
  readonly url: string
  readonly method?: 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/** The text of an answer of 200 to 299. */
export async function send({ url, method = 'POST', headers, body }: Request, context: SinkContext): Promise<string> {
  const response = await fetch(url, {
    method,
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)])
  })
  const text = await response.text()
  if (response.ok) {
    if (text.length > answerCharactersMax) throw new AttemptError('the answer is too large', false)
    return text
  }
  const { status } = response
  const again = status === 408 || status === 425 || status === 429 || status >= 500
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN)
  const location = status >= 300 && status < 400 ? ` (it points to ${response.headers.get('location')})` : ''
  throw new AttemptError(
    `answered ${status}${location}: ${shortText(text)}`,
    again,
    Number.isFinite(asked) ? asked * 1000 : undefined
  )
}

/** An error's message within JSON, or the beginning of the text. */
function shortText(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: { message?: string } | string; message?: string }
    const said = typeof error === 'string' ? error : (error?.message ?? message)
    if (typeof said === 'string') return said.slice(0, 300)
  } catch {}
  return text.replace(/\s+/g, ' ').trim().slice(0, 200) || 'without a word'
}
