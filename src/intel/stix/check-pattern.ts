/** What a pattern's author should mend although the pattern can be read: hashes that are none, qualifiers given twice. */

import type { ParsedPattern } from './parse-pattern.ts'
import type { Comparison, Observation } from './pattern.ts'

export type StixVersion = '2.0' | '2.1'

/** Lengths in hexadecimal digits. Names are compared without hyphens and letter case (`SHA-256`, `sha256`). */
const hashLengths: Readonly<Record<string, number>> = {
  MD5: 32,
  SHA1: 40,
  SHA224: 56,
  SHA256: 64,
  SHA384: 96,
  SHA512: 128,
  SHA3224: 56,
  SHA3256: 64,
  SHA3384: 96,
  SHA3512: 128,
  RIPEMD160: 40
}

/** Undefined: nothing is wrong. */
export function checkPattern(parsed: ParsedPattern & { ok: true }, version: StixVersion = '2.1'): string | undefined {
  if (version === '2.1' && parsed.twice !== undefined) return `the qualifier ${parsed.twice} stands there twice`
  return checkObservation(parsed.pattern)
}

function checkObservation(pattern: Observation): string | undefined {
  if (pattern.kind === 'observed') return checkTest(pattern.test)
  if (pattern.kind === 'qualified') return checkObservation(pattern.of)
  for (const part of pattern.of) {
    const problem = checkObservation(part)
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkTest(test: Comparison): string | undefined {
  if (test.kind === 'exists') return undefined
  if (test.kind !== 'test') {
    for (const part of test.of) {
      const problem = checkTest(part)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const { steps } = test.path
  const algorithm = steps.at(-1)
  if (steps.at(-2) !== 'hashes' || typeof algorithm !== 'string') return undefined
  if (test.op !== '=' && test.op !== '!=' && test.op !== 'IN') return undefined
  const length = hashLengths[algorithm.toUpperCase().replaceAll('-', '')]
  if (length === undefined) return undefined
  for (const value of test.values) {
    if (value.kind === 'string' && (value.value.length !== length || !/^[0-9a-fA-F]+$/.test(value.value)))
      return `'${value.value.slice(0, 140)}' is not a valid ${algorithm} hash`
  }
  return undefined
}
