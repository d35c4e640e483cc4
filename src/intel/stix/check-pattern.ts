/** What a pattern's author should mend although the pattern can be read: hashes that are none, qualifiers given twice. */

import type { Comparison, Observation, Qualifier } from './pattern.ts'

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
export function checkPattern(pattern: Observation, version: StixVersion = '2.1'): string | undefined {
  switch (pattern.kind) {
    case 'observed':
      return checkTest(pattern.test)
    case 'qualified': {
      if (version === '2.1') {
        const given = new Set<Qualifier['kind']>()
        let inner: Observation = pattern
        for (; inner.kind === 'qualified'; inner = inner.of) {
          if (given.has(inner.by.kind) && baseOf(inner).kind === 'observed')
            return `the qualifier ${inner.by.kind} stands there twice`
          given.add(inner.by.kind)
        }
      }
      return checkPattern(baseOf(pattern), version)
    }
    default:
      for (const part of pattern.of) {
        const problem = checkPattern(part, version)
        if (problem !== undefined) return problem
      }
      return undefined
  }
}

function baseOf(pattern: Observation): Observation {
  let inner = pattern
  while (inner.kind === 'qualified') inner = inner.of
  return inner
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
