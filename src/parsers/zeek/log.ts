/** Short hand for describing a log: what most logs have in common is filled in. */

import type { Log, Words } from './draft.ts'
import { type MoveTable, movesOf } from './leftovers.ts'

export type LogTraits = {
  readonly dataset?: string
  readonly kind?: Log['kind']
  readonly category?: Words
  readonly type?: Words
  readonly transport?: string
  readonly protocol?: string
  readonly moves?: MoveTable
  readonly map?: Log['map']
}

export function describe(path: string, traits: LogTraits): Log {
  return {
    path,
    dataset: traits.dataset ?? path,
    kind: traits.kind ?? 'event',
    category: traits.category,
    type: traits.type,
    transport: traits.transport,
    protocol: traits.protocol,
    moves: movesOf(traits.moves ?? {}),
    map: traits.map
  }
}

export const network: Words = ['network']
export const networkAuthentication: Words = ['network', 'authentication']
export const file: Words = ['file']
export const info: Words = ['info']
export const connection: Words = ['connection']
export const connectionInfo: Words = ['connection', 'info']
export const connectionProtocol: Words = ['connection', 'protocol']
export const connectionProtocolInfo: Words = ['connection', 'protocol', 'info']
