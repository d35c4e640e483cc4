/** What a person who writes a definition should look at: said of proposals, and again after each change. */

import { parsers } from '../index.ts'
import { named } from '../ndjson/names.ts'
import { makeSample, recognise } from '../recognise.ts'
import type { Definition } from './definition.ts'
import { matchLine, readPattern, weight } from './pattern.ts'
import { firstLine, isHeader, isIgnored } from './records.ts'

/** A sentence each. `records` are those of the sample. */
export function remarksOn(definition: Definition, records: readonly string[]): string[] {
  return definition.input === 'json' ? onKeys(definition) : onPatterns(definition, records)
}

/** What Picket takes the sample for by itself, own parsers left aside. Undefined where it is only lines of text. */
export function readAlready(sample: string): { readonly name: string; readonly title: string } | undefined {
  const { parser, confidence } = recognise(makeSample(sample), parsers)
  return confidence === 0 ? undefined : { name: parser.name, title: parser.title }
}

function onPatterns(definition: Definition, records: readonly string[]): string[] {
  const lines = records
    .filter(record => !isIgnored(record, definition.ignore))
    .map(record => firstLine(record, definition))
  const patterns = definition.patterns.map(readPattern)
  const missed = lines.filter(line => !patterns.some(pattern => matchLine(pattern, line) !== undefined)).length
  const remarks: string[] = []
  if (lines.length === 1)
    remarks.push('This is a single record: what may differ in others is taken for fixed. A few more would tell.')
  if (missed > 0) remarks.push(`${missed} of ${lines.length} records match no pattern: add one, or make one wider.`)
  if (
    !patterns.some(pattern => pattern.fields.some(({ field }) => field === '@timestamp')) &&
    !Object.values(definition.fields).includes('@timestamp')
  )
    remarks.push('No time was found in the lines: events get the time of their arrival.')
  if (patterns.every(pattern => weight(pattern) < 4) && !definition.ignore.some(start => isHeader(start, [start])))
    remarks.push(
      'The patterns have little that is fixed in them: the format will not be recognised by itself; give it as --format.'
    )
  const unnamed = new Set(
    patterns.flatMap(pattern => pattern.fields.map(({ field }) => field)).filter(field => /\.field_\d+$/.test(field))
  )
  if (unnamed.size > 0) remarks.push(`Name what these are: ${[...unnamed].join(', ')}.`)
  return remarks
}

function onKeys({ fields, requires }: Definition): string[] {
  const remarks: string[] = []
  if (!Object.values(fields).includes('@timestamp'))
    remarks.push('No key is the time of the event (@timestamp): events get the time of their arrival.')
  if (requires.every(key => named(key).target !== undefined || named(key).timeRank !== undefined))
    remarks.push('All keys have common names: nothing sets this format apart from others; give it as --format.')
  return remarks
}
