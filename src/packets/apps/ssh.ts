/**
 * SSH (RFC 4253): the two banners, and HASSH of both sides' lists of algorithms (https://github.com/salesforce/hassh). Everything after
 * that is encrypted.
 */

import { md5Hex } from '../../core/md5.ts'
import type { App, Stage } from '../app.ts'
import type { Flow } from '../flow.ts'
import { Gathered } from '../gathered.ts'
import { asciiBytes, textOf, u32 } from '../octets.ts'

const heldMax = 40_000
const bannerMax = 255
/** Lines that a server may send before its banner. */
const linesMax = 8

type Side = {
  readonly held: Gathered
  banner: string | undefined
  /** Key exchange, encryption, authentication, compression: client to server, and server to client. */
  lists: readonly string[] | undefined
  lines: number
  over: boolean
}

export class SshApp implements App {
  readonly name = 'ssh'
  done = false
  readonly #flow: Flow
  readonly #stage: Stage
  readonly #seconds: number
  readonly #nanos: number
  readonly #sides: readonly [Side, Side]
  #written = false

  constructor(flow: Flow, stage: Stage) {
    this.#flow = flow
    this.#stage = stage
    this.#seconds = stage.seconds
    this.#nanos = stage.nanos
    const side = (): Side => ({
      held: new Gathered(heldMax, stage.budget),
      banner: undefined,
      lists: undefined,
      lines: 0,
      over: false
    })
    this.#sides = [side(), side()]
  }

  seen(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    const side = this.#sides[fromSource ? 0 : 1]
    if (this.done || side.over) return
    if (!side.held.add(bytes, from, Math.min(to, from + heldMax))) side.over = true
    while (!side.over && this.#read(side)) {}
    if (side.over) side.held.free()
    if (this.#sides[0].over && this.#sides[1].over) this.end()
  }

  gap(fromSource: boolean): void {
    const side = this.#sides[fromSource ? 0 : 1]
    side.over = true
    side.held.free()
    if (this.#sides[0].over && this.#sides[1].over) this.end()
  }

  end(): void {
    this.done = true
    for (const side of this.#sides) side.held.free()
    if (this.#written) return
    this.#written = true
    const [client, server] = this.#sides
    if (client.banner === undefined && server.banner === undefined) return
    const [hassh, hasshServer] = [listsOf(client, 0), listsOf(server, 1)]
    this.#stage.transaction(
      this.#flow,
      true,
      'ssh',
      { seconds: this.#seconds, nanos: this.#nanos },
      {
        client: client.banner,
        server: server.banner,
        hassh: hassh && md5Hex(asciiBytes(hassh)),
        hassh_algorithms: hassh,
        hassh_server: hasshServer && md5Hex(asciiBytes(hasshServer)),
        hassh_server_algorithms: hasshServer
      }
    )
  }

  /** True: something was read, and there may be more. */
  #read(side: Side): boolean {
    const { held } = side
    if (side.banner === undefined) {
      const end = held.bytes.subarray(0, held.length).indexOf(10)
      if (end < 0) {
        if (held.length > 1024) side.over = true
        return false
      }
      const line = textOf(held.bytes, 0, end, bannerMax).trimEnd()
      held.drop(end + 1)
      if (line.startsWith('SSH-')) side.banner = line
      else if (++side.lines > linesMax) side.over = true
      return true
    }
    if (held.length < 6) return false
    const size = u32(held.bytes, 0)
    if (size < 2 || size > 35_000) {
      side.over = true
      return false
    }
    if (held.length < size + 4) return false
    if (held.bytes[5] === 20) side.lists = nameLists(held.bytes, 22, 4 + size - held.bytes[4]!)
    // What comes before it is not meant for us (SSH_MSG_IGNORE, DEBUG); there is only one such message in the clear.
    if (held.bytes[5] === 20 || held.bytes[5]! > 4) side.over = true
    held.drop(size + 4)
    return true
  }
}

function nameLists(bytes: Uint8Array, from: number, to: number): readonly string[] | undefined {
  const lists: string[] = []
  let at = from
  for (let i = 0; i < 8; i++) {
    if (at + 4 > to) return undefined
    const size = u32(bytes, at)
    if (at + 4 + size > to) return undefined
    lists.push(textOf(bytes, at + 4, at + 4 + size, 8192))
    at += 4 + size
  }
  return lists
}

/** Key exchange, then encryption, authentication and compression of one direction. */
function listsOf({ lists }: Side, direction: number): string | undefined {
  if (lists === undefined) return undefined
  return [lists[0], lists[2 + direction], lists[4 + direction], lists[6 + direction]].join(';')
}
