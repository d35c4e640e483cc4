/** Ends of connections as ECS has them (`source`, `destination`, `client`, `server`), from the text that a log gives. Shared by the parsers. */

import { isIp } from '../../core/ip.ts'

export type Endpoint = {
  readonly address: string
  readonly ip: string | undefined
  readonly port: number | undefined
  /** Where the address is a name. */
  readonly domain: string | undefined
}

/** Undefined without an address. An interface behind it (`fe80::1%eth0`) stays in `address`. */
export function endpoint(address: string | undefined, port?: number): Endpoint | undefined {
  if (address === undefined || address === '' || address.length > 255) return undefined
  const percent = address.indexOf('%')
  const bare = percent < 0 ? address : address.slice(0, percent)
  if (isIp(bare)) return { address, ip: bare, port, domain: undefined }
  return { address, ip: undefined, port, domain: address }
}

/** A port in decimal, or undefined. */
export function portNumber(text: string): number | undefined {
  if (text === '' || text.length > 5) return undefined
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value <= 65535 ? value : undefined
}

/** `192.0.2.1#53`, `[2001:db8::1]:1194`, `192.0.2.1:443`, `192.0.2.1[4500]`: an address and a port behind a mark; or an address alone. */
export function endpointOf(text: string, mark: '#' | ':' | '['): Endpoint | undefined {
  let address = text
  let port: number | undefined
  if (mark === '[' && text.endsWith(']')) {
    const open = text.lastIndexOf('[')
    if (open > 0) {
      port = portNumber(text.slice(open + 1, -1))
      address = text.slice(0, open)
    }
  } else if (mark !== '[') {
    const at = text.lastIndexOf(mark)
    if (at > 0 && !(mark === ':' && isIp(text))) {
      port = portNumber(text.slice(at + 1))
      if (port !== undefined || text.endsWith(']') === false) address = text.slice(0, at)
    }
  }
  if (address.startsWith('[') && address.endsWith(']')) address = address.slice(1, -1)
  return endpoint(address, port)
}

/** A MAC address of six bytes (`00:11:22:aa:bb:cc`, dashes too) as ECS writes it, or undefined if it is not one. */
export function macText(mac: string | undefined): string | undefined {
  if (mac === undefined || mac.length !== 17) return undefined
  for (let i = 0; i < 17; i++) {
    const c = mac.charCodeAt(i)
    const hex = (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)
    if (i % 3 === 2 ? c !== 58 && c !== 45 : !hex) return undefined
  }
  return mac.replaceAll(':', '-').toUpperCase()
}
