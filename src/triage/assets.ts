/** What a person has and how much depends on it: addresses, networks and host names with a criticality, looked up for each new alert. */

import { isIp, writeIp } from '../core/ip.ts'
import type { EntityValue } from './entity.ts'
import { type Criticality, criticalities } from './severity.ts'

export type Asset = {
  readonly name: string
  /** `10.0.1.5`, `10.0.0.0/24`, `2001:db8::/48`, `fileserver`, `*.dmz.example.org`. */
  readonly match: string
  readonly criticality: Criticality
}

export type AssetTable = {
  /** The most critical asset among the values; of several, the first. */
  find(values: readonly Pick<EntityValue, 'field' | 'value'>[]): Asset | undefined
}

type Range = { readonly asset: Asset; readonly bytes: Uint8Array; readonly bits: number }

/** Undefined if it is fine; else what is wrong, for people. */
export function matchProblem(match: string): string | undefined {
  if (match.includes('/')) {
    const range = rangeOf(match)
    return range === undefined ? 'is no network: write 10.0.0.0/24 or 2001:db8::/48' : undefined
  }
  if (isIp(match)) return undefined
  if (/^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?$/.test(match)) return undefined
  return 'is neither an address, nor a network, nor a host name (which may begin with *.)'
}

export function assetTable(assets: readonly Asset[]): AssetTable {
  const names = new Map<string, Asset>()
  const suffixes = new Map<string, Asset>()
  const ranges: Range[] = []
  const keep = (map: Map<string, Asset>, key: string, asset: Asset): void => {
    const there = map.get(key)
    if (there === undefined || rank(asset) > rank(there)) map.set(key, asset)
  }
  for (const asset of assets) {
    const range = rangeOf(asset.match)
    if (range !== undefined) ranges.push({ asset, ...range })
    else if (asset.match.startsWith('*.')) keep(suffixes, asset.match.slice(2).toLowerCase(), asset)
    else keep(names, asset.match.toLowerCase(), asset)
  }
  // The most critical first: the first range that holds the address decides.
  ranges.sort((a, b) => rank(b.asset) - rank(a.asset))
  const bytes = new Uint8Array(16)

  const assetOf = (value: string): Asset | undefined => {
    if (writeIp(value, bytes, 0)) return ranges.find(range => holds(range, bytes))?.asset
    const name = value.toLowerCase()
    let best = names.get(name)
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const found = suffixes.get(name.slice(dot + 1))
      if (found !== undefined && (best === undefined || rank(found) > rank(best))) best = found
    }
    // `fileserver` is meant by `fileserver.example.org`, too.
    const dot = name.indexOf('.')
    return best ?? (dot > 0 ? names.get(name.slice(0, dot)) : undefined)
  }

  return {
    find(values) {
      let best: Asset | undefined
      for (const { value } of values) {
        const found = assetOf(value)
        if (found !== undefined && (best === undefined || rank(found) > rank(best))) best = found
      }
      return best
    }
  }
}

const rank = (asset: Asset): number => criticalities.indexOf(asset.criticality)

function rangeOf(match: string): { bytes: Uint8Array; bits: number } | undefined {
  const [address = '', bits, more] = match.split('/')
  const bytes = new Uint8Array(16)
  if (more !== undefined || !writeIp(address, bytes, 0)) return undefined
  const four = !address.includes(':')
  if (bits === undefined) return { bytes, bits: 128 }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (four ? 32 : 128)) return undefined
  return { bytes, bits: Number(bits) + (four ? 96 : 0) }
}

function holds({ bytes, bits }: Range, address: Uint8Array): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false
  const rest = bits & 7
  if (rest === 0) return true
  const mask = 0xff << (8 - rest)
  return ((bytes[whole]! ^ address[whole]!) & mask & 0xff) === 0
}
