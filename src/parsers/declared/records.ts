/** Where the records of a declared format begin, and which of its lines are none. */

import { jsonElements } from '../json-elements.ts'
import type { Definition } from './definition.ts'
import { timeEnd } from './pattern.ts'

type Lines = Pick<Definition, 'begins' | 'ignore'>

/** Does this line begin a record? Others belong to the record before (`begins` of the definition). */
export function beginsRecord(line: string, { begins, ignore }: Lines): boolean {
  if (begins === 'line' || isIgnored(line, ignore)) return true
  if (begins === 'unindented') return line !== '' && !isBlank(line.charCodeAt(0))
  return beginsWithTime(line)
}

/** A time, or a time in a bracket. */
export function beginsWithTime(line: string): boolean {
  return timeEnd(line, 0) > 0 || ('[<('.includes(line[0] ?? '') && timeEnd(line, 1) > 0)
}

export function isIgnored(text: string, ignore: readonly string[]): boolean {
  for (const start of ignore) if (text.startsWith(start)) return true
  return false
}

/** A table's header tells its format, however little its rows have that is fixed. */
export function isHeader(line: string, ignore: readonly string[]): boolean {
  return ignore.some(start => start.length >= 12 && line.startsWith(start))
}

export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** The first line of a record; the whole where a line is a record. */
export function firstLine(record: string, { begins }: Pick<Definition, 'begins'>): string {
  if (begins === 'line') return record
  const end = record.indexOf('\n')
  if (end < 0) return record
  return record.slice(0, end > 0 && record.charCodeAt(end - 1) === 13 ? end - 1 : end)
}

const recordsMax = 1000

/** The records of a sample: lines, lines joined, or the objects of JSON. */
export function recordsOf(sample: string, definition: Lines & Pick<Definition, 'input'>): string[] {
  const text = sample.charCodeAt(0) === 0xfeff ? sample.slice(1) : sample
  if (definition.input === 'json') return jsonElements(text, recordsMax)
  const records: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (records.length > 0 && !beginsRecord(line, definition)) records.push(`${records.pop()}\n${line}`)
    else if (line.trim() !== '') {
      if (records.length === recordsMax) break
      records.push(line)
    }
  }
  return records.map(record => record.trimEnd())
}
