/**
 * Finds out what is said over a TCP connection by its first octets, whatever its port, and hands it to whoever reads that.
 * (DNS has no mark of its own: port 53 says it.)
 */

import type { App, Stage } from './app.ts'
import { DnsStream } from './apps/dns-app.ts'
import { HttpApp } from './apps/http.ts'
import { SshApp } from './apps/ssh.ts'
import { TlsApp } from './apps/tls.ts'
import type { Flow } from './flow.ts'
import { Gathered } from './gathered.ts'

const firstMax = 64

export class Detector implements App {
  name: string | undefined
  readonly #flow: Flow
  readonly #stage: Stage
  #inner: App | undefined
  #gaveUp = false
  #first: [Gathered, Gathered] | undefined

  constructor(flow: Flow, stage: Stage) {
    this.#flow = flow
    this.#stage = stage
  }

  get done(): boolean {
    return this.#gaveUp || this.#inner?.done === true
  }

  seen(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    if (this.#inner !== undefined) {
      this.#inner.seen(fromSource, bytes, from, to)
      this.name = this.#inner.name
      return
    }
    if (this.#gaveUp) return
    const held = this.#first?.[fromSource ? 0 : 1]
    if (held === undefined || held.length === 0) {
      if (!this.#decide(fromSource, bytes, from, to)) this.#keep(fromSource, bytes, from, to)
    } else if (!held.add(bytes, from, to)) this.#giveUp()
    else this.#decide(fromSource, held.bytes, 0, held.length, true)
  }

  gap(fromSource: boolean, size: number): void {
    if (this.#inner !== undefined) this.#inner.gap(fromSource, size)
    else this.#giveUp()
  }

  end(): void {
    this.#free()
    this.#inner?.end()
    if (this.#inner !== undefined) this.name = this.#inner.name
  }

  /** True: it is settled what this is, or that it is nothing we read. */
  #decide(fromSource: boolean, bytes: Uint8Array, from: number, to: number, held = false): boolean {
    const kind = identify(bytes, from, to, this.#flow)
    if (kind === 'more') return false
    if (kind === 'none') {
      this.#giveUp()
      return true
    }
    const flow = this.#flow
    const stage = this.#stage
    // Who speaks like a client is the client.
    const clientIsSource = kind.client === undefined ? true : kind.client === fromSource
    const app =
      kind.app === 'tls'
        ? new TlsApp(flow, stage, clientIsSource)
        : kind.app === 'http'
          ? new HttpApp(flow, stage, clientIsSource, () => new Detector(flow, stage))
          : kind.app === 'ssh'
            ? new SshApp(flow, stage)
            : new DnsStream(flow, stage)
    this.#inner = app
    this.name = app.name
    const other = this.#first?.[fromSource ? 1 : 0]
    if (other !== undefined && other.length > 0) app.seen(!fromSource, other.bytes, 0, other.length)
    const copy = held ? bytes.slice(from, to) : bytes
    this.#free()
    app.seen(fromSource, copy, held ? 0 : from, held ? to - from : to)
    this.name = app.name
    return true
  }

  #keep(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    const { budget } = this.#stage
    this.#first ??= [new Gathered(65_536, budget), new Gathered(65_536, budget)]
    if (!this.#first[fromSource ? 0 : 1].add(bytes, from, to)) this.#giveUp()
  }

  #giveUp(): void {
    this.#gaveUp = true
    this.#free()
  }

  #free(): void {
    this.#first?.[0].free()
    this.#first?.[1].free()
    this.#first = undefined
  }
}

type Kind = { readonly app: 'tls' | 'http' | 'ssh' | 'dns'; readonly client: boolean | undefined }

function identify(bytes: Uint8Array, from: number, to: number, flow: Flow): Kind | 'more' | 'none' {
  const size = to - from
  if (flow.destinationPort === 53 || flow.sourcePort === 53) return { app: 'dns', client: undefined }
  const first = bytes[from]!
  if (first === 0x16) {
    if (size < 6) return 'more'
    if (bytes[from + 1] !== 3 || bytes[from + 2]! > 4) return 'none'
    const message = bytes[from + 5]
    return message === 1 ? { app: 'tls', client: true } : message === 2 ? { app: 'tls', client: false } : 'none'
  }
  if (first === 0x53 && bytes[from + 1] === 0x53) {
    if (size < 4) return 'more'
    return bytes[from + 2] === 0x48 && bytes[from + 3] === 0x2d ? { app: 'ssh', client: undefined } : 'none'
  }
  if (first < 0x41 || first > 0x5a) return 'none'
  for (let i = 0; i < Math.min(size, firstMax); i++) {
    const c = bytes[from + i]!
    if (c === 0x2f && i === 4) {
      if (size < 8) return 'more'
      const http =
        bytes[from] === 0x48 && bytes[from + 1] === 0x54 && bytes[from + 2] === 0x54 && bytes[from + 3] === 0x50
      return http && bytes[from + 5] === 0x31 ? { app: 'http', client: false } : 'none'
    }
    if (c === 0x20) {
      if (i < 3 || i > 16) return 'none'
      if (i + 1 >= size) return 'more'
      const next = bytes[from + i + 1]!
      const connect = i === 7 && bytes[from] === 0x43 && bytes[from + 6] === 0x54
      return next === 0x2f || next === 0x2a || (next | 32) === 0x68 || connect ? { app: 'http', client: true } : 'none'
    }
    // Methods are capitals; WebDAV's have hyphens.
    if ((c < 0x41 || c > 0x5a) && c !== 0x2d && c !== 0x5f) return 'none'
  }
  return size < 18 ? 'more' : 'none'
}
