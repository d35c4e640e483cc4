/**
 * What Elastic's powershell_operational integration measures of a script block: a hash that blanks do not change, and how evenly its
 * characters are spread (obfuscated scripts stand out).
 */

import { sha1 } from '../../core/sha1.ts'
import type { Fields } from './draft.ts'

/** Longer scripts are hashed, not measured: event 4104 cuts scripts far below. */
const measuredMax = 1_000_000

const encoder = new TextEncoder()

/** `text` is trimmed and not empty. */
export function measureScript(text: string): Fields {
  return {
    script_block_hash: scriptHash(text),
    ...(text.length > measuredMax ? undefined : spread(withoutSignature(text)))
  }
}

/** Base64 of the SHA-1 of a zero byte and the text without blanks (Elasticsearch's `fingerprint` processor). */
function scriptHash(text: string): string {
  const digest = sha1(encoder.encode('\0' + text.replace(/\s/g, '')))
  return btoa(String.fromCharCode(...digest))
}

function withoutSignature(text: string): string {
  const at = text.indexOf('# SIG # Begin signature block')
  // Nothing but the mark is left where the text ends with it.
  return at < 0 || at + 29 === text.length ? text : text.slice(0, at)
}

/** A part of a signature block: the second line is `# ` and 64 characters of base64. */
function isSignature(text: string): boolean {
  const first = text.indexOf('\n')
  if (first <= 0) return false
  const end = text.indexOf('\n', first + 1)
  const line = text.slice(first + 1, end < 0 ? text.length : end).replace(/\r$/, '')
  return /^# ?[A-Za-z0-9+/=]{64}$/.test(line)
}

function spread(script: string): Fields | undefined {
  if (script === '' || isSignature(script)) return undefined
  const text = script.normalize('NFC')
  const counts = new Map<number, number>()
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    counts.set(c, (counts.get(c) ?? 0) + 1)
  }
  const invLog2 = 1 / Math.log(2)
  let entropy = 0
  let variance = 0
  let sum = 0
  for (const count of counts.values()) {
    const p = count / text.length
    const bits = Math.log(p) * invLog2
    sum += p
    const before = entropy
    entropy = before + (p / sum) * (bits - before)
    variance += p * (bits - before) * (bits - entropy)
  }
  const entropyBits = entropy === 0 ? 0 : -entropy
  const most = Math.log(text.length) * invLog2
  return {
    script_block_entropy_bits: entropyBits,
    script_block_entropy_normalized: text.length > 1 ? Math.min(1, Math.max(0, entropyBits / most)) : 0,
    script_block_surprisal_stdev: Math.sqrt(Math.max(0, variance)),
    script_block_length: text.length,
    script_block_unique_symbols: counts.size
  }
}
