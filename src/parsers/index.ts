/** The formats that Picket reads, most telling first. A new one is a folder and a line here (see docs/how-to/add-a-parser.md). */

import type { Parser } from '../core/parser.ts'

export const parsers: readonly Parser[] = []

export function parserNamed(name: string): Parser | undefined {
  return parsers.find(parser => parser.name === name)
}
