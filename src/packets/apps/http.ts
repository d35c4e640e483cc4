/**
 * HTTP/1.0 and 1.1 (RFC 9112): one transaction a request with its answer. Bodies are counted, not kept. Heads are bounded, pipelined
 * requests too. What follows CONNECT or a change of protocols is no HTTP any more.
 */

import type { App, Stage } from '../app.ts'
import type { Flow } from '../flow.ts'
import { Gathered } from '../gathered.ts'
import { endOfHead, type Head, headOf } from './http-head.ts'

const headBytesMax = 64 << 10
const requestsMax = 64
const requestCost = 2048

type Request = {
  readonly seconds: number
  readonly nanos: number
  readonly head: Head
  bodyBytes: number
}

type Response = {
  readonly seconds: number
  readonly nanos: number
  readonly head: Head
  readonly request: Request | undefined
  bodyBytes: number
}

type Where = 'head' | 'fixed' | 'size' | 'chunk' | 'chunk-end' | 'trailer' | 'close' | 'lost'

type Side = { where: Where; readonly held: Gathered; left: number; line: string }

export class HttpApp implements App {
  name = 'http'
  done = false
  readonly #flow: Flow
  readonly #stage: Stage
  readonly #clientIsSource: boolean
  readonly #tunnelled: () => App
  readonly #request: Side
  readonly #answer: Side
  #pending: Request[] = []
  #sending: Request | undefined
  #response: Response | undefined
  #inner: App | undefined

  constructor(flow: Flow, stage: Stage, clientIsSource: boolean, tunnelled: () => App) {
    this.#flow = flow
    this.#stage = stage
    this.#clientIsSource = clientIsSource
    this.#tunnelled = tunnelled
    this.#request = { where: 'head', held: new Gathered(headBytesMax, stage.budget), left: 0, line: '' }
    this.#answer = { where: 'head', held: new Gathered(headBytesMax, stage.budget), left: 0, line: '' }
  }

  seen(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    if (this.done) return
    if (this.#inner !== undefined) {
      this.#inner.seen(fromSource, bytes, from, to)
      this.done = this.#inner.done
      return
    }
    const asks = fromSource === this.#clientIsSource
    const side = asks ? this.#request : this.#answer
    let at = from
    while (at < to && !this.done && this.#inner === undefined) at = this.#step(asks, side, bytes, at, to)
    if (at < to && this.#inner !== undefined) (this.#inner as App).seen(fromSource, bytes, at, to)
  }

  gap(fromSource: boolean, size: number): void {
    if (this.done) return
    if (this.#inner !== undefined) {
      this.#inner.gap(fromSource, size)
      return
    }
    const asks = fromSource === this.#clientIsSource
    const side = asks ? this.#request : this.#answer
    if (side.where === 'fixed' || side.where === 'close' || side.where === 'chunk') {
      let left = size
      if (side.where === 'close') this.#count(asks, size)
      else {
        const step = Math.min(side.left, left)
        side.left -= step
        left -= step
        this.#count(asks, step)
        if (side.left === 0) {
          if (side.where === 'chunk') side.where = 'chunk-end'
          else this.#bodyEnds(asks, side)
        }
        // It goes on in a place that nobody knows.
        if (left > 0) this.#lose(side)
      }
    } else this.#lose(side)
  }

  end(): void {
    this.#inner?.end()
    if (this.#response !== undefined) this.#write(this.#response.request, this.#response)
    this.#response = undefined
    for (const request of this.#pending) {
      this.#write(request, undefined)
      this.#stage.budget.give(requestCost)
    }
    this.#pending = []
    this.#request.held.free()
    this.#answer.held.free()
    this.done = true
  }

  #step(asks: boolean, side: Side, bytes: Uint8Array, at: number, to: number): number {
    switch (side.where) {
      case 'head':
        return this.#head(asks, side, bytes, at, to)
      case 'fixed':
      case 'chunk': {
        const step = Math.min(side.left, to - at)
        side.left -= step
        this.#count(asks, step)
        if (side.left === 0) {
          if (side.where === 'chunk') side.where = 'chunk-end'
          else this.#bodyEnds(asks, side)
        }
        return at + step
      }
      case 'close':
        this.#count(asks, to - at)
        return to
      case 'size':
      case 'chunk-end':
      case 'trailer': {
        const c = bytes[at]!
        if (c === 10) this.#line(asks, side)
        else if (c !== 13 && side.line.length < 20) side.line += String.fromCharCode(c)
        return at + 1
      }
      case 'lost':
        return to
    }
  }

  /** A line between chunks has ended. */
  #line(asks: boolean, side: Side): void {
    const { line, where } = side
    side.line = ''
    if (where === 'chunk-end') side.where = 'size'
    else if (where === 'trailer') {
      if (line === '') this.#bodyEnds(asks, side)
    } else {
      const digits = /^\s*([0-9a-fA-F]{1,12})\s*(?:;|$)/.exec(line)?.[1]
      if (digits === undefined) this.#lose(side)
      else {
        side.left = Number.parseInt(digits, 16)
        side.where = side.left === 0 ? 'trailer' : 'chunk'
      }
    }
  }

  #head(asks: boolean, side: Side, bytes: Uint8Array, at: number, to: number): number {
    const { held } = side
    if (held.length === 0) {
      // Empty lines before a request are passed over.
      if (bytes[at] === 13 || bytes[at] === 10) return at + 1
      const end = endOfHead(bytes, at, to)
      if (end >= 0) {
        this.#read(asks, side, headOf(bytes, at, end))
        return end
      }
      if (!held.add(bytes, at, to)) this.#lose(side)
      return to
    }
    const before = held.length
    if (!held.add(bytes, at, to)) {
      this.#lose(side)
      return to
    }
    const end = endOfHead(held.bytes, Math.max(0, before - 3), held.length)
    if (end < 0) return to
    const head = headOf(held.bytes, 0, end)
    held.free()
    this.#read(asks, side, head)
    return at + (end - before)
  }

  #read(asks: boolean, side: Side, head: Head | undefined): void {
    if (head === undefined || head.isRequest !== asks) {
      this.#lose(side)
      return
    }
    const { seconds, nanos } = this.#stage
    if (asks) {
      if (head.method === 'PRI') {
        this.name = 'http2'
        this.done = true
        return
      }
      if (this.#pending.length >= requestsMax || !this.#stage.budget.take(requestCost)) {
        this.end()
        return
      }
      const request: Request = { seconds, nanos, head, bodyBytes: 0 }
      this.#pending.push(request)
      this.#sending = request
      this.#body(asks, side, head, head.chunked || (head.length ?? 0) > 0, false)
      return
    }
    const status = head.status!
    if (status >= 100 && status < 200 && status !== 101) return
    const request = this.#pending.shift()
    if (request !== undefined) this.#stage.budget.give(requestCost)
    this.#response = { seconds, nanos, head, request, bodyBytes: 0 }
    const method = request?.head.method
    if (status === 101 || (method === 'CONNECT' && status < 300)) {
      this.#write(request, this.#response)
      this.#response = undefined
      if (status === 101) {
        if (head.upgrade !== undefined && /^websocket$/i.test(head.upgrade)) this.name = 'websocket'
        this.done = true
      } else this.#inner = this.#tunnelled()
      return
    }
    const has = method !== 'HEAD' && status !== 204 && status !== 304
    this.#body(asks, side, head, has && (head.chunked || head.length !== 0), has)
  }

  /** What follows a head. */
  #body(asks: boolean, side: Side, head: Head, has: boolean, untilClose: boolean): void {
    side.line = ''
    if (!has) this.#bodyEnds(asks, side)
    else if (head.chunked) side.where = 'size'
    else if (head.length !== undefined) {
      side.where = 'fixed'
      side.left = head.length
    } else if (untilClose) side.where = 'close'
    else this.#bodyEnds(asks, side)
  }

  #count(asks: boolean, size: number): void {
    if (asks) {
      if (this.#sending !== undefined) this.#sending.bodyBytes += size
    } else if (this.#response !== undefined) this.#response.bodyBytes += size
  }

  #bodyEnds(asks: boolean, side: Side): void {
    side.where = 'head'
    side.line = ''
    if (asks) this.#sending = undefined
    else if (this.#response !== undefined) {
      this.#write(this.#response.request, this.#response)
      this.#response = undefined
    }
  }

  /** Where the messages of a side begin is not known any more: what is known is written. */
  #lose(side: Side): void {
    side.where = 'lost'
    side.held.free()
    if (this.#request.where === 'lost' && this.#answer.where === 'lost') this.end()
    else if (side === this.#answer) this.end()
  }

  #write(request: Request | undefined, response: Response | undefined): void {
    const asked = request?.head
    const answered = response?.head
    const at = request ?? response
    if (at === undefined) return
    this.#stage.transaction(this.#flow, this.#clientIsSource, 'http', at, {
      method: asked?.method,
      uri: asked?.target,
      host: asked?.host,
      version: asked?.version ?? answered?.version,
      user_agent: asked?.userAgent,
      referrer: asked?.referrer,
      request_type: asked?.contentType,
      request_bytes: request?.bodyBytes,
      forwarded_for: asked?.forwardedFor,
      user: asked?.user,
      status: answered?.status,
      reason: answered?.reason,
      response_type: answered?.contentType,
      response_bytes: response?.bodyBytes,
      server: answered?.server,
      location: answered?.location,
      seconds:
        request === undefined || response === undefined
          ? undefined
          : Math.round((response.seconds - request.seconds) * 1e9 + response.nanos - request.nanos) / 1e9
    })
  }
}
