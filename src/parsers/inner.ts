/**
 * Records within records: finds the format of a text (or an object) that another format's record holds, and parses it.
 * Records of one stream are alike, so that what was found is remembered by what a record looks like. An object is verified by the
 * format that is remembered (it must claim the object as surely as before), a text by its shape at both ends and by being parsed.
 * What a specific format claimed is remembered at once. What only a general one did (any JSON) is after many records that look so, and
 * looked at again now and then: a broken one looks like its neighbours. That no format knows a record is never remembered.
 */

import type {
  JsonObject,
  NO_EVENT,
  ParseContext,
  Parsed,
  Parser,
  Recognised,
  RecordParser,
  Sample
} from '../core/parser.ts'
import { Looks } from './looks.ts'
import { innerRecogniser, objectSample, recogniseRecord, sampleOfRecord, textOfObject } from './recognise.ts'
import { copyOfShape, isShape, keysOf, shapeOf } from './record-shape.ts'
import { withBeatsIdentity } from './shared/beats.ts'

/** An envelope in an envelope in an envelope is as deep as it gets. */
const depthMax = 4
/** Below, a claim is that of a general format. */
const sureFrom = 0.8
/** So many objects of one look that only a general format claims; then only each so manyth is shown to all formats again. */
const generalFrom = 16
const generalAgain = 128
const none: JsonObject = {}

/** The context with `parseInner`, for the parser at a depth of wrapping. `looks`: what is remembered of earlier records of the stream. */
export function withInner(context: ParseContext, looks = new Looks(), depth = 0): ParseContext {
  if (depth >= depthMax) return { ...context, parseInner: undefined }
  let routes: Routes | undefined
  return {
    ...context,
    parseInner: record => {
      routes ??= new Routes(context, looks, depth + 1)
      return routes.parse(record)
    }
  }
}

/** Which parser reads which records, for one context: parsers are opened once, and looks remembered. */
class Routes {
  readonly #context: ParseContext
  readonly #looks: Looks
  readonly #depth: number
  readonly #opened = new Map<Parser, RecordParser>()
  /** For what is not remembered, of the object that is looked at. */
  #recogniseInside: Sample['recogniseInner']

  constructor(context: ParseContext, looks: Looks, depth: number) {
    this.#context = withInner({ ...context, header: undefined, fileName: undefined }, looks.deeper, depth)
    this.#looks = looks
    this.#depth = depth
  }

  parse(record: string | JsonObject): Parsed | typeof NO_EVENT | undefined {
    if (typeof record !== 'string') return this.#identified(undefined, record)
    const text = trimmedEnd(record)
    if (text === '') return undefined
    const first = text.charCodeAt(0)
    const json = first === 123 ? parsedObject(text) : undefined
    return json === undefined ? this.#text(text) : this.#identified(text, json)
  }

  #identified(text: string | undefined, json: JsonObject): Parsed | typeof NO_EVENT | undefined {
    const parsed = this.#object(text, json)
    return parsed && withBeatsIdentity(parsed, json)
  }

  #text(text: string): Parsed | typeof NO_EVENT | undefined {
    const hash = shapeOf(text)
    const known = this.#looks.ofTexts.get(hash)
    const shape = known !== undefined && isShape(known.shape) ? known.shape : copyOfShape()
    if (known?.shape === shape) {
      const parsed = this.#run(known.parser, text, none)
      if (parsed !== undefined) return parsed
    }
    const sample = sampleOfRecord(text, this.#depth)
    const found = recogniseRecord(sample)
    if (found === undefined) return undefined
    if (found.confidence >= sureFrom) this.#looks.remember(this.#looks.ofTexts, hash, { ...found, shape })
    if (found.parser.input === 'text') return this.#run(found.parser, text, none)
    // An array around a single record, or a document with a byte order mark.
    const json = sample.json[0]
    return json === undefined || sample.lines.length > 1 ? undefined : this.#run(found.parser, sample.lines[0]!, json)
  }

  #object(text: string | undefined, json: JsonObject): Parsed | typeof NO_EVENT | undefined {
    const look = keysOf(json)
    const known = look === undefined ? undefined : this.#looks.ofObjects.get(look)
    this.#recogniseInside = undefined
    const sample = objectSample(text ?? textOfObject(json), json, this.#inside)
    if (known !== undefined && Math.min(known.parser.recognise(sample), 1) === known.confidence)
      return this.#run(known.parser, sample.text, json)
    const general = look === undefined ? undefined : this.#looks.general.get(look)
    if (
      general !== undefined &&
      ++general.seen > generalFrom &&
      general.seen % generalAgain !== 0 &&
      Math.min(general.parser.recognise(sample), 1) === general.confidence
    )
      return this.#run(general.parser, sample.text, json)
    const whole = recogniseRecord(sample)
    if (text !== undefined && (whole === undefined || whole.confidence < sureFrom)) {
      // A document that wraps a single record is that record.
      const inside = sampleOfRecord(text, this.#depth)
      const first = inside.json[0]
      if (inside.lines.length > 1) return undefined
      if (first !== undefined && inside.lines[0] !== text) {
        const found = recogniseRecord(inside)
        return found === undefined ? undefined : this.#run(found.parser, inside.lines[0]!, first)
      }
    }
    if (whole === undefined) return undefined
    if (look !== undefined) this.#note(look, whole, general)
    return this.#run(whole.parser, sample.text, json)
  }

  #note(look: string, found: Recognised, before: (Recognised & { seen: number }) | undefined): void {
    const { ofObjects, general } = this.#looks
    if (found.confidence >= sureFrom) {
      general.delete(look)
      this.#looks.remember(ofObjects, look, found)
    } else if (before?.parser !== found.parser || before.confidence !== found.confidence)
      this.#looks.remember(general, look, { ...found, seen: 1 })
  }

  /** The format of what an object holds: of a text by its shape, where that is remembered. */
  readonly #inside = (record: string | JsonObject): Recognised | undefined => {
    if (typeof record !== 'string') return this.#unknownInside(record)
    const hash = shapeOf(record)
    const known = this.#looks.inside.get(hash)
    if (known !== undefined && isShape(known.shape)) return known
    const shape = copyOfShape()
    const found = this.#unknownInside(record)
    if (found !== undefined && found.confidence >= sureFrom)
      this.#looks.remember(this.#looks.inside, hash, { ...found, shape })
    return found
  }

  #unknownInside(record: string | JsonObject): Recognised | undefined {
    this.#recogniseInside ??= innerRecogniser(this.#depth)
    return this.#recogniseInside(record)
  }

  #run(parser: Parser, text: string, json: JsonObject): Parsed | typeof NO_EVENT | undefined {
    let run = this.#opened.get(parser)
    if (run === undefined) {
      run = parser.open(this.#context)
      this.#opened.set(parser, run)
    }
    return understood(run(text, json))
  }
}

/** What a format refuses, its wrapper keeps. */
function understood(parsed: Parsed | typeof NO_EVENT): Parsed | typeof NO_EVENT | undefined {
  return typeof parsed === 'object' && !parsed.ok ? undefined : parsed
}

function trimmedEnd(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) <= 32) end--
  return end === text.length ? text : text.slice(0, end)
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
