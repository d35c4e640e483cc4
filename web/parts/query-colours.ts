/** The colours of a query's parts, for the editor and for the plain field before it. */

import type { TokenKind } from './query-text.ts'

export const tokenClasses: Readonly<Partial<Record<TokenKind, string>>> = {
  field: 'text-accent',
  operator: 'text-muted',
  string: 'text-tone-amber',
  regex: 'text-tone-pink',
  logic: 'text-tone-violet font-bold',
  punctuation: 'text-muted',
  command: 'text-tone-pink font-bold',
  function: 'text-tone-blue'
}
