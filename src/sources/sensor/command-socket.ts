/**
 * Asks a running Suricata over its Unix socket. Lines of JSON: `{"version":"0.2"}` and `{"return":"OK"}` first, then commands
 * `{"command":…,"arguments":…}` and answers `{"return":"OK"|"NOK","message":…}` (docs.suricata.io, "Interacting via Unix Socket").
 */

import { connect } from 'node:net'
import { PicketError } from '../../core/errors.ts'

const answerBytesMax = 4 << 20

/** The answer's message. Throws `suricata-command`: it does not answer, or refuses. */
export function askSuricata(socket: string, command: string, withinMs = 10_000): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      connection.destroy()
      reject(new PicketError('suricata-command', `Suricata was asked for ${command}: ${reason}`, { retryable: true }))
    }
    const connection = connect(socket)
    let received = ''
    let greeted = false
    connection.setEncoding('utf8').setTimeout(withinMs, () => fail(`no answer within ${withinMs / 1000} s`))
    connection.on('connect', () => connection.write('{"version":"0.2"}\n'))
    connection.on('error', error => fail(error.message))
    connection.on('close', () => fail('the connection ended'))
    connection.on('data', (text: string) => {
      received += text
      if (received.length > answerBytesMax) return fail('the answer is too large')
      for (let end = received.indexOf('\n'); end >= 0; end = received.indexOf('\n')) {
        const line = received.slice(0, end)
        received = received.slice(end + 1)
        const answer = parse(line)
        if (answer?.return !== 'OK') return fail(JSON.stringify(answer?.message ?? line.slice(0, 200)))
        if (!greeted) {
          greeted = true
          connection.write(`${JSON.stringify({ command })}\n`)
          continue
        }
        resolve(answer.message)
        connection.destroy()
        return
      }
    })
  })
}

function parse(line: string): { return?: unknown; message?: unknown } | undefined {
  try {
    return JSON.parse(line) as { return?: unknown; message?: unknown }
  } catch {
    return undefined
  }
}
