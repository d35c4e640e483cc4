/** `%FACILITY-SEVERITY-MNEMONIC:`, where it stands and what it says. */

export type Mark = {
  readonly facility: string
  readonly severity: number
  readonly mnemonic: string
  /** Where the text begins. */
  readonly end: number
}

/** The mark stands behind a number, a host and a stamp at most. */
const startMax = 160
const wordMax = 96

export function markAt(text: string): number {
  if (text.charCodeAt(0) === 37) return scanMark(text, 0) === undefined ? -1 : 0
  const at = text.slice(0, startMax).indexOf(': %')
  return at >= 0 && scanMark(text, at + 2) !== undefined ? at + 2 : -1
}

export function scanMark(text: string, at: number): Mark | undefined {
  if (text.charCodeAt(at) !== 37) return undefined
  let i = at + 1
  const end = Math.min(text.length, at + wordMax)
  while (i < end && isWord(text.charCodeAt(i))) i++
  const word = text.slice(at + 1, i)
  // "-6-" between facility and mnemonic.
  const match = /^([A-Z][A-Z0-9_]*(?:-[A-Z][A-Z0-9_]*){0,3})-([0-7])-([A-Z0-9_]+)$/.exec(word)
  if (match === null) return undefined
  while (text.charCodeAt(i) === 32) i++
  if (i < text.length) {
    if (text.charCodeAt(i) !== 58) return undefined
    i++
    while (text.charCodeAt(i) === 32) i++
  }
  return { facility: match[1]!, severity: Number(match[2]), mnemonic: match[3]!, end: i }
}

function isWord(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95 || c === 45
}
