/** Addresses as web servers write them: with ports, in lists of proxies, in brackets. */

import { isIp } from '../../core/ip.ts'

/** `10.0.0.2, 10.0.0.1`, quoted or not: the parts, at most 64. */
export function addressList(text: string): string[] {
  const out: string[] = []
  let at = 0
  while (at < text.length && out.length < 64) {
    while (at < text.length && isBreak(text.charCodeAt(at))) at++
    let end = at
    while (end < text.length && !isBreak(text.charCodeAt(end))) end++
    if (end > at) out.push(text.slice(at, end))
    at = end
  }
  return out
}

function isBreak(c: number): boolean {
  return c === 32 || c === 44 || c === 34 || c === 9
}

/** The first that is not of a private network (10/8, 172.16/12, 192.168/16; 127/8 too if `loopback`), else the first of all. */
export function firstPublic(addresses: readonly string[], loopback: boolean): string | undefined {
  for (const address of addresses) if (!isPrivate(address, loopback)) return address
  return addresses[0]
}

function isPrivate(address: string, loopback: boolean): boolean {
  const c = address.charCodeAt(0)
  if (c !== 49) return false
  if (address.startsWith('10.') || address.startsWith('192.168.')) return true
  if (loopback && address.startsWith('127.')) return true
  if (!address.startsWith('172.') || address.charCodeAt(6) !== 46) return false
  const second = (address.charCodeAt(4) - 48) * 10 + address.charCodeAt(5) - 48
  return second >= 16 && second <= 31
}

export type HostPort = { readonly host: string; readonly ip: string | undefined; readonly port: number | undefined }

/** `example.com:80`, `192.0.2.1`, `[2001:db8::1]:443`, `2001:db8::1`. */
export function hostPort(text: string): HostPort {
  if (text.charCodeAt(0) === 91) {
    const close = text.indexOf(']')
    if (close > 0) {
      const host = text.slice(1, close)
      const port = text.charCodeAt(close + 1) === 58 ? portNumber(text.slice(close + 2)) : undefined
      return { host, ip: isIp(host) ? host : undefined, port }
    }
  }
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.indexOf(':') !== colon)
    return { host: text, ip: isIp(text) ? text : undefined, port: undefined }
  const port = portNumber(text.slice(colon + 1))
  const host = port === undefined ? text : text.slice(0, colon)
  return { host, ip: isIp(host) ? host : undefined, port }
}

/** 0 to 65535 in decimal digits, undefined for anything else. */
export function portNumber(text: string): number | undefined {
  if (text.length === 0 || text.length > 5) return undefined
  let port = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    port = port * 10 + digit
  }
  return port <= 65535 ? port : undefined
}

/** Letters, digits, dots, hyphens and underscores only. */
export function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > 255) return false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const letter = (c | 32) >= 97 && (c | 32) <= 122
    if (!letter && !(c >= 48 && c <= 57) && c !== 45 && c !== 46 && c !== 95) return false
  }
  return true
}
