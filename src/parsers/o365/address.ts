/**
 * Clients and servers as Office 365 writes them: `192.0.2.1`, `[2001:db8::1]:443`, `192.0.2.1:443`, `::ffff:192.0.2.1`, a host's
 * name, `HOST (15.20.1.2)`.
 */

import { ipVersion } from '../../core/ip.ts'

const isIp = (text: string): boolean => ipVersion(text) !== 0

export type End = { address?: string; ip?: string; domain?: string; port?: number }

export function clientOf(text: string): End {
  const plain =
    text.startsWith('::ffff:') && text.includes('.') ? text.slice(7) : text.replace(/^\[::ffff:(?=[\d.]+\])/, '[')
  if (isIp(plain)) return { address: plain, ip: plain }
  const bracketed = /^\[([^\]]{1,60})\](?::(\d{1,5}))?$/.exec(plain.slice(0, 80))
  if (bracketed !== null && isIp(bracketed[1]!)) return end(bracketed[1]!, bracketed[2])
  const colon = plain.lastIndexOf(':')
  if (colon > 0 && isIp(plain.slice(0, colon)) && /^\d{1,5}$/.test(plain.slice(colon + 1)))
    return end(plain.slice(0, colon), plain.slice(colon + 1))
  if (plain.length > 300) return { address: plain }
  if (!/\s/.test(plain)) return { domain: plain }
  return named(plain) ?? { address: plain }
}

export function serverOf(text: string): End {
  const plain = text.replaceAll(/[\r\n]/g, '')
  return named(plain) ?? (isIp(plain) ? { address: plain, ip: plain } : plain.trim() === '' ? {} : { address: plain })
}

/** `HOST (address)`, also in brackets. */
function named(text: string): End | undefined {
  const match = /^\[?(\S{1,253}) \(([^)]{0,100})\)\]?$/.exec(text.slice(0, 400))
  if (match === null) return undefined
  const address = match[2]!
  return { domain: match[1]!, address, ...(isIp(address) ? { ip: address } : {}) }
}

function end(ip: string, port: string | undefined): End {
  return port === undefined ? { address: ip, ip } : { address: ip, ip, port: Number(port) }
}
