/** Lists of ports as people write them: `80,443,8000-8010`, with commas, blanks or line breaks between. */

import { type PortRange, portMax } from './opening.ts'

export type PortList =
  | { readonly ok: true; readonly ports: readonly number[] }
  | { readonly ok: false; readonly reason: string }

export function readPortList(text: string): PortList {
  const seen = new Uint8Array(portMax + 1)
  for (const word of text.split(/[\s,;]+/)) {
    if (word === '') continue
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word)
    const from = Number(match?.[1])
    const to = Number(match?.[2] ?? match?.[1])
    if (match === null || to > portMax || from > to)
      return {
        ok: false,
        reason: `${JSON.stringify(word.slice(0, 40))} is no port (0 to 65535), nor a range like 8000-8010`
      }
    seen.fill(1, from, to + 1)
  }
  const ports: number[] = []
  for (let port = 0; port <= portMax; port++) if (seen[port] === 1) ports.push(port)
  return { ok: true, ports }
}

/** `80`, `8000-8010`. */
export function rangeText({ from, to }: PortRange): string {
  return from === to ? String(from) : `${from}-${to}`
}
