/**
 * Values in a text that people wrote: a report, a mail, a chat. Every address, domain, URL, hash and mail address in it is taken once,
 * with their defanged spellings. Names of files look like domains (`invoice.zip`, `run.sh`): a domain's last label must be a
 * top-level domain, and where that is a file's ending too, only a defanged spelling or a URL counts.
 */

import { parse } from 'tldts'
import type { IndicatorType } from '../indicator.ts'
import { recogniseValue, refang } from '../normalise.ts'
import { eachLine, type Notes } from './lines.ts'

/** Top-level domains that are endings of files as well. */
const fileEndings = new Set('bat cab cfg exe gz java md mov pl pm ps py rs sh so sys vb zip'.split(' '))

const valuesMax = 200_000

export function readFreeText(text: string, notes: Notes): void {
  const seen = new Set<string>()
  eachLine(text, line => {
    for (const word of wordsOf(line)) {
      const found = valueIn(word)
      if (found === undefined) continue
      const key = `${found.type}\0${found.value}\0${found.port ?? ''}`
      if (seen.has(key)) continue
      seen.add(key)
      notes.take(found)
      if (seen.size >= valuesMax) {
        notes.refuse('text', `it has more than ${valuesMax} values: give it as a list`)
        return false
      }
    }
    return true
  })
}

/** Words end at white space, quotes, brackets of markup and commas; what surrounds a value is cut off. */
function wordsOf(line: string): string[] {
  const joined = line.replace(/ ?(\[dot\]|\(dot\)|\[\.\]|\(\.\)|\[at\]|\(at\)|\[@\]) ?/gi, '$1')
  return joined
    .split(/[\s"'`<>|,;]+/)
    .map(trimmed)
    .filter(word => word.length >= 4 && word.length <= 2048)
}

function trimmed(word: string): string {
  let out = word
  // A bracket belongs to the value only if it is a part of it: `(evil.example)`, `evil[.]example)`.
  for (;;) {
    const next = out
      .replace(/^[([{*_]+(?![.:]|dot|at|@)/, '')
      .replace(/[.:!?*_]+$/, '')
      .replace(/(?<!\.|dot|at|@)[)\]}]+$/i, '')
    if (next === out) return out
    out = next
  }
}

function valueIn(word: string): { type: IndicatorType; value: string; port?: number } | undefined {
  const found = recogniseValue(word)
  if (found === undefined) return undefined
  if (found.type === 'domain' && !isDomain(found.value, refang(word) !== word.trim())) return undefined
  if (found.type === 'email' && !isDomain(found.value.slice(found.value.lastIndexOf('@') + 1), true)) return undefined
  // `and/or.html` is not meant as an address.
  if (found.type === 'url' && !refang(word).includes('://') && refang(word) === word) return undefined
  return found
}

function isDomain(name: string, meant: boolean): boolean {
  const { isIcann, publicSuffix } = parse(name, {
    allowPrivateDomains: false,
    extractHostname: false,
    validateHostname: false
  })
  if (isIcann !== true || publicSuffix === null || publicSuffix === name) return false
  return meant || !fileEndings.has(name.slice(name.lastIndexOf('.') + 1))
}
