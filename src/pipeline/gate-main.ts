/** How a gatekeeper speaks with the main Picket: two requests, over one connection that is kept, with its certificate checked. */

import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { messageOf, PicketError } from '../core/errors.ts'
import type { GateAnswer, MainPicket } from './gate-forward.ts'

export type MainPlace = { readonly main: string; readonly token: string; readonly ca?: string | undefined }

/** Main makes a gate wait while its pipeline is behind. */
const timeoutMs = 120_000
const answerBytesMax = 64 << 10

/** Throws `gate-plain-http`: a token is not sent over a network so that it can be read. `tls-files`. */
export function mainPicket({ main, token, ca }: MainPlace): MainPicket & { close(): void } {
  const base = new URL(main)
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(base.hostname)
  if (base.protocol === 'http:' && !isLoopback)
    throw new PicketError(
      'gate-plain-http',
      `gate.main is ${main}: over a network it must be https, or the token and all records can be read on the way`
    )
  const secure = base.protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1, ...(ca === undefined ? {} : { ca: readCa(ca) }) })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 })

  const ask = (method: string, path: string, body: Buffer | undefined): Promise<GateAnswer> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(
          new PicketError('main-unreachable', `cannot reach the main Picket at ${main}: ${messageOf(error)}`, {
            retryable: true,
            cause: error
          })
        )
      const request = (secure ? httpsRequest : httpRequest)(
        new URL(path, base),
        {
          method,
          agent,
          timeout: timeoutMs,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-length': body.length })
          }
        },
        response => void answerOf(response, main).then(resolve, reject)
      )
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
      request.on('error', fail)
      request.end(body)
    })

  return {
    position: gate => ask('GET', `/api/gate/position?gate=${gate}`, undefined),
    send: (gate, from, body) => ask('POST', `/api/gate/chunks?gate=${gate}&from=${from}`, body),
    close: () => agent.destroy()
  }
}

async function answerOf(response: IncomingMessage, main: string): Promise<GateAnswer> {
  let text = ''
  response.setEncoding('utf8')
  for await (const part of response) {
    text += part
    if (text.length > answerBytesMax) throw new PicketError('main-answer', `what answers at ${main} is no Picket`)
  }
  const status = response.statusCode ?? 0
  let answer: { next?: unknown; error?: { message?: unknown } } = {}
  try {
    answer = JSON.parse(text) as typeof answer
  } catch {
    // Whatever it is, it is told by its status.
  }
  if (status === 200) {
    if (answer.next !== undefined && !Number.isSafeInteger(answer.next))
      throw new PicketError('main-answer', `what answers at ${main} is no Picket`)
    return { next: answer.next as number | undefined }
  }
  const said = typeof answer.error?.message === 'string' ? `: ${answer.error.message.slice(0, 300)}` : ''
  const hint =
    status === 401 || status === 403
      ? ' (make a token there: picket token create NAME --scope gate, and set gate.token)'
      : status === 404
        ? ' (is it an older Picket, or something else?)'
        : ''
  throw new PicketError('main-answer', `the main Picket at ${main} answers ${status}${said}${hint}`, {
    retryable: true
  })
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new PicketError('tls-files', `cannot read ${file} (gate.ca): ${messageOf(cause)}`, { cause })
  }
}
