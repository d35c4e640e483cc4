/**
 * What OTLP over HTTP is answered, in the encoding that was sent: `ExportLogsServiceResponse` where records were taken, `google.rpc.Status`
 * where none was. https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 *
 *   ExportLogsServiceResponse = [ 1: ( 1: rejected_log_records, 2: error_message ) ]
 *   Status                    = 1: code, 2: message
 */

import type { HttpAnswer } from '../listen/http.ts'

export type Encoding = 'json' | 'protobuf'

const types: Readonly<Record<Encoding, string>> = { json: 'application/json', protobuf: 'application/x-protobuf' }

/** Undefined: neither of the two that OTLP knows. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type === types.json) return 'json'
  return type === types.protobuf ? 'protobuf' : undefined
}

/** The codes of google.rpc.Code. */
const codes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 404: 12, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14 }

export function status(encoding: Encoding, http: number, message: string, headers = {}): HttpAnswer {
  const code = codes[http] ?? 2
  return {
    status: http,
    text:
      encoding === 'json'
        ? JSON.stringify({ code, message })
        : Buffer.concat([Buffer.from([0x08, code]), textField(2, message)]),
    headers: { 'content-type': types[encoding], ...headers }
  }
}

/** All were taken, or all but some. */
export function taken(encoding: Encoding, rejected: number, message: string): HttpAnswer {
  const headers = { 'content-type': types[encoding] }
  if (encoding === 'json') {
    const partialSuccess = { rejectedLogRecords: String(rejected), errorMessage: message }
    return { status: 200, text: JSON.stringify(rejected === 0 ? {} : { partialSuccess }), headers }
  }
  if (rejected === 0) return { status: 200, text: Buffer.alloc(0), headers }
  const partial = Buffer.concat([Buffer.from([0x08]), varint(rejected), textField(2, message)])
  return { status: 200, text: Buffer.concat([Buffer.from([0x0a]), varint(partial.length), partial]), headers }
}

function textField(number: number, value: string): Buffer {
  const bytes = Buffer.from(value.slice(0, 1000))
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return Buffer.from([...bytes, value])
}
