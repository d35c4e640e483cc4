/**
 * A mail that is larger than records may be: the bodies of its largest parts are taken out, from the largest on, until it fits. In their place stands a line that
 * says so. Where each was, what it was and its hashes are told beside it (`LeftOut`), so that nothing goes silently.
 */

import { judgeAttachment } from './attachments.ts'
import type { Digests } from './digest.ts'
import type { LeftOut } from './facts.ts'
import { bytesOfPart, takeApart } from './mime.ts'

export type Slim = {
  /** One character a byte. */
  readonly source: string
  readonly leftOut: readonly LeftOut[]
  /** It fits. */
  readonly fits: boolean
}

/** As many as a chunk's headers have room for. */
const leftOutMax = 24

export function slim(source: string, bytesMax: number, digest: (bytes: Uint8Array) => Digests): Slim {
  const { parts } = takeApart(source)
  const leaves = parts
    .filter(
      ({ type, encoding }) => type !== 'message/rfc822' || encoding === 'base64' || encoding === 'quoted-printable'
    )
    .filter(({ from, to }) => to - from > 512)
    .sort((a, b) => b.to - b.from - (a.to - a.from))
  const leftOut: LeftOut[] = []
  const cuts: { from: number; to: number; text: string }[] = []
  let size = source.length
  for (const part of leaves) {
    if (size <= bytesMax || leftOut.length >= leftOutMax) break
    const bytes = bytesOfPart(source, part)
    const hash = digest(bytes)
    const text = `[left out by Picket: ${bytes.length} bytes, SHA-256 ${hash.sha256}]\r\n`
    const { inside, ...judged } = judgeAttachment(part.name, part.type, bytes)
    leftOut.push({
      part: part.number,
      size: bytes.length,
      hash,
      judged: { ...judged, inside: inside.slice(0, 3).map(name => name.slice(0, 80)) }
    })
    cuts.push({ from: part.from, to: part.to, text })
    size -= part.to - part.from - text.length
  }
  cuts.sort((a, b) => a.from - b.from)
  const pieces: string[] = []
  let at = 0
  for (const { from, to, text } of cuts) {
    pieces.push(source.slice(at, from), text)
    at = to
  }
  pieces.push(source.slice(at))
  return { source: pieces.join(''), leftOut: leftOut.sort((a, b) => a.part - b.part), fits: size <= bytesMax }
}
