/** Records for the faults: Suricata EVE of the benchmark's corpus, now and then a line that cannot be read. */

import { eveLines } from '../../bench/corpus.ts'

export type Corpus = {
  readonly lines: readonly string[]
  readonly good: number
  readonly bad: number
  readonly text: string
}

const badEvery = 701

/** Different for each seed; the same for the same. The first bad line comes after what recognition looks at. */
export function corpusOf(seed: number, count: number): Corpus {
  const source = eveLines(seed, Date.UTC(2026, 5, 1, 8) + (seed % 1000) * 60_000)
  let bad = 0
  const lines = Array.from({ length: count }, (_, i) => {
    const line = source.next().value as string
    if (i % badEvery !== badEvery - 1) return line
    bad++
    return `cannot be read: ${seed}/${i} ${line.slice(0, 40)}`
  })
  return { lines, good: count - bad, bad, text: lines.join('\n') + '\n' }
}

export function sum(corpora: readonly Corpus[]): { stored: number; dead: number } {
  return {
    stored: corpora.reduce((total, { good }) => total + good, 0),
    dead: corpora.reduce((total, { bad }) => total + bad, 0)
  }
}
