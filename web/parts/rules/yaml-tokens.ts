/** A line of YAML in parts, for its colours: keys, strings, comments, numbers. Line by line is near enough for rules. Pure. */

import type { TokenKind } from '../query-text.ts'

export type YamlToken = { readonly kind: TokenKind; readonly from: number; readonly to: number }

const parts =
  /(?<comment>(?:^|\s)#.*$)|(?<key>(?:^|(?<=[\s{,-]))[^\s:#'"[\]{},&*!|>-][^:#'"[\]{},]*(?=:(?:\s|$)))|(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|(?<number>(?<=[\s:,[])-?\d+(?:\.\d+)?(?=\s*(?:$|[,\]#])))|(?<word>(?<=[\s:,[])(?:true|false|null|yes|no)(?=\s*(?:$|[,\]#])))|(?<mark>^---|[[\]{}]|(?<=^\s*)-(?=\s|$)|(?<=:\s+)[|>][+-]?\s*$)/g

const kinds = {
  comment: 'punctuation',
  key: 'field',
  string: 'string',
  number: 'function',
  word: 'logic',
  mark: 'operator'
} as const satisfies Record<string, TokenKind>

const lineMax = 2000

export function yamlTokens(line: string): YamlToken[] {
  if (line.length > lineMax) return []
  return [...line.matchAll(parts)].flatMap(match => {
    const found = (Object.keys(kinds) as (keyof typeof kinds)[]).find(kind => match.groups?.[kind] !== undefined)
    if (found === undefined || match[0] === '') return []
    return [{ kind: kinds[found], from: match.index, to: match.index + match[0].length }]
  })
}
