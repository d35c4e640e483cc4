/** What a followed file is, from its beginning: tailed by which format's framing, or taken whole. Decided once, and kept with its place. */
import { ChunkMaker } from './chunk-maker.ts'
import { noPrint, type Place } from './follow-place.ts'
import { kindOf } from './open-streams.ts'
import { parserGiven, recogniseHead, sampleBytes } from './read-chunks.ts'
import { hintOf } from './stream.ts'
import { utf16Of } from './text-bytes.ts'

export type Decision = { readonly place: Place; readonly format: string; readonly confidence: number }

/** How much of the file is looked at: a byte order mark, and what recognition sees. */
export const decideBytes = sampleBytes + 3

const firstChain = new ChunkMaker({ source: '', format: '', receivedMs: 0, run: '' }).chain

export type DecideOptions = {
  readonly path: string
  /** The format that the configuration names. */
  readonly asked: string | undefined
  /** The file does not grow, or nobody should wait for it any longer. */
  readonly patienceIsOver: boolean
}

/** `begin` is the file's first `decideBytes`, fewer where there are fewer. Undefined while that is too little to tell. */
export function decide(begin: Buffer, { path, asked, patienceIsOver }: DecideOptions): Decision | 'whole' | undefined {
  // No compression's signature holds a line end.
  if (begin.length < 4 && !patienceIsOver && !begin.includes(10)) return undefined
  if (kindOf(begin.subarray(0, 512)) !== 'plain' || utf16Of(begin.subarray(0, 64)) !== undefined) return 'whole'
  const from = begin[0] === 0xef && begin[1] === 0xbb && begin[2] === 0xbf ? 3 : 0
  const head = begin.subarray(from, from + sampleBytes)
  const isEnough = patienceIsOver || head.length === sampleBytes
  if (!isEnough && !head.includes(10)) return undefined
  const found = recogniseHead(head, hintOf(path), parserGiven(asked))
  // What is no text, or of no known format, is looked at again when more of it is there.
  if ((found === undefined || found.confidence === 0) && !isEnough) return undefined
  // A mail is whole when its file grows no more.
  if (found?.framing === 'mail') return patienceIsOver ? 'whole' : undefined
  if (found === undefined || found.framing === 'json') return 'whole'
  const place: Place = {
    taking: found.framing,
    format: found.parser.name,
    asked: asked ?? '',
    sizeBytes: 0,
    mtimeMs: 0,
    head: noPrint,
    before: noPrint,
    position: from,
    readBytes: from,
    mark: { at: from },
    chain: firstChain
  }
  return { place, format: found.parser.name, confidence: found.confidence }
}
