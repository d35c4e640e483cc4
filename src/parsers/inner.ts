/** Records within records: finds the format of a text that another format's record holds, and parses it. */

import type { JsonObject, NO_EVENT, ParseContext, Parsed } from '../core/parser.ts'
import { makeSample, recognise } from './recognise.ts'

/** An envelope in an envelope in an envelope is as deep as it gets. */
const depthMax = 4

/** The context with `parseInner`, for the parser at a depth of wrapping. */
export function withInner(context: ParseContext, depth = 0): ParseContext {
  if (depth >= depthMax) return { ...context, parseInner: undefined }
  return { ...context, parseInner: text => parseInner(text, context, depth + 1) }
}

function parseInner(text: string, context: ParseContext, depth: number): Parsed | typeof NO_EVENT | undefined {
  const sample = makeSample(text)
  const { parser, confidence } = recognise(sample)
  if (confidence === 0) return undefined
  let json: JsonObject = {}
  if (parser.input === 'json') {
    const first = sample.json[0]
    if (first === undefined) return undefined
    json = first
  }
  return parser.open(withInner({ ...context, header: undefined }, depth))(text, json)
}
