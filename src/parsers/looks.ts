/**
 * What was found out of records within records, by what they look like (see `inner.ts`); and that memory by sender, as records of one
 * sender are alike from chunk to chunk. A cache: without it the same is found out again.
 */

import type { ChunkHeaders } from '../core/chunk.ts'
import type { Parser, Recognised } from '../core/parser.ts'
import { allParsers } from './index.ts'

/** Looks that are remembered; then it begins anew. */
const looksMax = 4096
const sendersMax = 64
/** Characters of looks that are kept of a sender from chunk to chunk. */
const weightMax = 1 << 16
const weightOfText = 64

export type OfShape = Recognised & { readonly shape: Uint16Array }

/** For one depth of wrapping. */
export class Looks {
  readonly ofObjects = new Map<string, Recognised>()
  /** Of objects that only a general format claims; `seen`: how many looked so. */
  readonly general = new Map<string, Recognised & { seen: number }>()
  /** Of texts, by the hash of their shape. The last of those with one hash is kept. */
  readonly ofTexts = new Map<number, OfShape>()
  /** What texts in objects were recognised as, likewise: formats of envelopes ask again for each record. */
  readonly inside = new Map<number, OfShape>()
  #weight = 0
  #deeper: Looks | undefined

  /** For what is wrapped in these. */
  get deeper(): Looks {
    this.#deeper ??= new Looks()
    return this.#deeper
  }

  get weight(): number {
    return this.#weight + (this.#deeper?.weight ?? 0)
  }

  remember<K extends string | number, V>(among: Map<K, V>, look: K, found: V): void {
    if (among.size >= looksMax) among.clear()
    among.set(look, found)
    this.#weight += typeof look === 'string' ? look.length : weightOfText
  }
}

export class LooksBySender {
  readonly #looks = new Map<string, Looks>()
  #parsers: readonly Parser[] = []

  of({ source, sender }: Pick<ChunkHeaders, 'source' | 'sender'>): Looks {
    const parsers = allParsers()
    if (parsers !== this.#parsers) {
      this.#looks.clear()
      this.#parsers = parsers
    }
    const key = `${source}\0${sender ?? ''}`
    const known = this.#looks.get(key)
    const looks = known !== undefined && known.weight <= weightMax ? known : new Looks()
    // The one that was not heard of for longest is first.
    this.#looks.delete(key)
    this.#looks.set(key, looks)
    if (this.#looks.size > sendersMax) this.#looks.delete(this.#looks.keys().next().value!)
    return looks
  }
}
