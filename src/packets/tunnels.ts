/** Where the packet within a tunnel begins: GRE (RFC 2784, 2890; Ethernet and ERSPAN in it, too) and VXLAN (RFC 7348). */

import { u16, u24, u32 } from './octets.ts'

export type Inside = { readonly at: number; readonly ethernet: boolean; readonly key: number | undefined }

export function greInside(bytes: Uint8Array, at: number, end: number): Inside | undefined {
  if (end - at < 4) return undefined
  const flags = u16(bytes, at)
  const type = u16(bytes, at + 2)
  const version = flags & 7
  if (version > 1 || (flags & 0x4000) !== 0) return undefined
  let place = at + 4
  if ((flags & 0x8000) !== 0) place += 4
  let key: number | undefined
  if ((flags & 0x2000) !== 0) {
    if (place + 4 > end) return undefined
    key = u32(bytes, place)
    place += 4
  }
  const numbered = (flags & 0x1000) !== 0
  if (numbered) place += 4
  // Version 1 is PPTP: PPP, mostly encrypted.
  if (version === 1 || place >= end) return undefined
  if (type === 0x0800 || type === 0x86dd) return { at: place, ethernet: false, key }
  if (type === 0x6558) return { at: place, ethernet: true, key }
  if (type === 0x88be) return { at: numbered ? place + 8 : place, ethernet: true, key }
  if (type === 0x22eb) return { at: place + 12, ethernet: true, key }
  return undefined
}

export function vxlanInside(bytes: Uint8Array, at: number, end: number): Inside | undefined {
  if (end - at < 8 + 14 || bytes[at] !== 8) return undefined
  return { at: at + 8, ethernet: true, key: u24(bytes, at + 4) }
}
