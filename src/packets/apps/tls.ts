/**
 * TLS (RFC 5246, RFC 8446): the handshake as far as it is in the clear, one record a connection. Names and versions, JA3, JA3S and JA4,
 * and the server's certificate up to TLS 1.2 (later ones are encrypted).
 */

import type { App, Stage } from '../app.ts'
import type { Flow } from '../flow.ts'
import { Gathered } from '../gathered.ts'
import { u16, u24 } from '../octets.ts'
import { type Certificate, certificateOf } from './certificate.ts'
import { ja3Of, ja3sOf, ja4Of } from './tls-fingerprints.ts'
import { type ClientHello, clientHello, type ServerHello, serverHello } from './tls-hello.ts'
import { cipherName, versionName } from './tls-names.ts'

/** A chain of certificates may be long; more than this no browser takes. */
const handshakeMax = 128 << 10
const certificatesMax = 8

type Side = {
  /** A record's head, or nothing: 5 octets. */
  readonly head: Uint8Array
  headLength: number
  /** What is left of the record that is being read, and its kind. */
  left: number
  kind: number
  readonly messages: Gathered
  over: boolean
}

export class TlsApp implements App {
  readonly name = 'tls'
  done = false
  readonly #flow: Flow
  readonly #stage: Stage
  readonly #clientIsSource: boolean
  readonly #seconds: number
  readonly #nanos: number
  readonly #client: Side
  readonly #server: Side
  #hello: ClientHello | undefined
  #answer: ServerHello | undefined
  #certificates: Certificate[] = []
  #certificateCount = 0
  #asksCertificate = false
  #established = false
  #alert: { readonly level: string; readonly code: number; readonly from: string } | undefined
  #written = false

  constructor(flow: Flow, stage: Stage, clientIsSource: boolean) {
    this.#flow = flow
    this.#stage = stage
    this.#clientIsSource = clientIsSource
    this.#seconds = stage.seconds
    this.#nanos = stage.nanos
    const side = (): Side => ({
      head: new Uint8Array(5),
      headLength: 0,
      left: 0,
      kind: 0,
      messages: new Gathered(handshakeMax, stage.budget),
      over: false
    })
    this.#client = side()
    this.#server = side()
  }

  seen(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    const isClient = fromSource === this.#clientIsSource
    const side = isClient ? this.#client : this.#server
    let at = from
    while (at < to && !side.over && !this.done) {
      if (side.left === 0) {
        while (side.headLength < 5 && at < to) side.head[side.headLength++] = bytes[at++]!
        if (side.headLength < 5) return
        side.headLength = 0
        side.kind = side.head[0]!
        side.left = u16(side.head, 3)
        if (side.kind < 20 || side.kind > 24 || side.head[1] !== 3 || side.left > 18_432) {
          this.#close(side)
          return
        }
        if (side.kind === 23 || side.kind === 20) this.#encrypted(side, isClient)
        continue
      }
      const step = Math.min(side.left, to - at)
      if (side.kind === 22) this.#handshake(side, isClient, bytes, at, at + step)
      else if (side.kind === 21 && side.headLength === 0) this.#alerted(isClient, bytes, at, at + step, side.left)
      side.left -= step
      at += step
    }
  }

  gap(fromSource: boolean): void {
    this.#close(fromSource === this.#clientIsSource ? this.#client : this.#server)
  }

  end(): void {
    this.done = true
    this.#client.messages.free()
    this.#server.messages.free()
    this.#write()
  }

  #close(side: Side): void {
    side.over = true
    side.messages.free()
    if (this.#client.over && this.#server.over) this.end()
  }

  /** What follows cannot be read. In TLS 1.3 a change of ciphers means nothing. */
  #encrypted(side: Side, isClient: boolean): void {
    if (side.kind === 20 && (this.#answer === undefined || this.#answer.version >= 0x0304)) return
    if (side.kind === 23 && isClient && this.#answer === undefined) return
    this.#established = true
    side.over = true
    side.messages.free()
    // In TLS 1.2 the client may be first: the server's half is waited for.
    if (!isClient || this.#server.over) this.end()
  }

  #handshake(side: Side, isClient: boolean, bytes: Uint8Array, from: number, to: number): void {
    const { messages } = side
    if (!messages.add(bytes, from, to)) {
      this.#close(side)
      return
    }
    let read = 0
    while (messages.length - read >= 4) {
      const size = u24(messages.bytes, read + 1)
      if (size > handshakeMax - 4) {
        this.#close(side)
        return
      }
      if (messages.length - read < size + 4) break
      this.#message(isClient, messages.bytes[read]!, messages.bytes, read + 4, read + 4 + size)
      if (side.over || this.done) return
      read += size + 4
    }
    if (read > 0) messages.drop(read)
  }

  #message(isClient: boolean, type: number, bytes: Uint8Array, from: number, to: number): void {
    if (isClient) {
      if (type === 1) this.#hello ??= clientHello(bytes, from, to)
      return
    }
    switch (type) {
      case 2: {
        const answer = serverHello(bytes, from, to)
        // A request to try again is no answer yet.
        if (answer !== undefined && !answer.retry) this.#answer ??= answer
        break
      }
      case 11:
        this.#readCertificates(bytes, from, to)
        break
      case 13:
        this.#asksCertificate = true
        break
    }
  }

  #readCertificates(bytes: Uint8Array, from: number, to: number): void {
    if (this.#certificateCount > 0 || to - from < 3) return
    const end = Math.min(to, from + 3 + u24(bytes, from))
    for (let at = from + 3; at + 3 <= end; ) {
      const next = at + 3 + u24(bytes, at)
      if (next > end) break
      this.#certificateCount++
      if (this.#certificates.length < certificatesMax) {
        const certificate = certificateOf(bytes, at + 3, next)
        if (certificate !== undefined) this.#certificates.push(certificate)
      }
      at = next
    }
  }

  #alerted(isClient: boolean, bytes: Uint8Array, from: number, to: number, left: number): void {
    // Two octets in the clear; an encrypted one is longer.
    if (left !== 2 || to - from !== 2 || this.#alert !== undefined) return
    this.#alert = {
      level: bytes[from] === 2 ? 'fatal' : 'warning',
      code: bytes[from + 1]!,
      from: isClient ? 'client' : 'server'
    }
    if (bytes[from] === 2) this.end()
  }

  #write(): void {
    if (this.#written) return
    this.#written = true
    const hello = this.#hello
    const answer = this.#answer
    if (hello === undefined && answer === undefined) return
    const version = answer?.version ?? undefined
    this.#stage.transaction(
      this.#flow,
      this.#clientIsSource,
      'tls',
      { seconds: this.#seconds, nanos: this.#nanos },
      {
        version: version === undefined ? undefined : versionName(version),
        client_versions: hello?.versions.map(versionName),
        sni: hello?.serverName,
        client_alpn: hello !== undefined && hello.alpn.length > 0 ? hello.alpn : undefined,
        alpn: answer?.alpn,
        cipher: answer === undefined ? undefined : cipherName(answer.cipher),
        ...(hello === undefined ? {} : ja3Of(hello)),
        ja4: hello === undefined ? undefined : ja4Of(hello, 't'),
        ...(answer === undefined ? {} : ja3sOf(answer)),
        resumed:
          answer === undefined || hello === undefined ? undefined : resumed(hello, answer, this.#certificateCount > 0),
        established: this.#established,
        asks_certificate: this.#asksCertificate ? true : undefined,
        alert: this.#alert,
        certificate: this.#certificates[0],
        chain_sha256:
          this.#certificates.length > 1 ? this.#certificates.slice(1).map(({ sha256 }) => sha256) : undefined
      }
    )
  }
}

/** TLS 1.3 says it by choosing a key that was offered before, earlier versions by taking up the client's session. */
function resumed(hello: ClientHello, answer: ServerHello, hasCertificate: boolean): boolean {
  if (answer.version >= 0x0304) return answer.preShared
  if (hasCertificate) return false
  return answer.session !== '' && answer.session === hello.session
}
