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
import { innerRecogniser, objectSample, recogniseRecord, sampleOfRecord, textOfObject } from './recognise.ts'
import { copyOfShape, isShape, keysOf, shapeOf } from './record-shape.ts'
import { withBeatsIdentity } from './shared/beats.ts'

/** An envelope in an envelope in an envelope is as deep as it gets. */
const depthMax = 4
/** Looks that are remembered; then it begins anew. */
const looksMax = 4096
/** Below, a claim is that of a general format. */
const sureFrom = 0.8
/** So many objects of one look that only a general format claims; then only each so manyth is shown to all formats again. */
const generalFrom = 16
const generalAgain = 32
const none: JsonObject = {}

/** The context with `parseInner`, for the parser at a depth of wrapping. */
export function withInner(context: ParseContext, depth = 0): ParseContext {
  if (depth >= depthMax) return { ...context, parseInner: undefined }
  let routes: Routes | undefined
  return {
    ...context,
    parseInner: record => {
      routes ??= new Routes(context, depth + 1)
      return routes.parse(record)
    }
  }
}

type Route = { readonly parser: Parser; readonly confidence: number; readonly run: RecordParser }

/** Which parser reads which records, for one context: parsers are opened once, and looks remembered. */
class Routes {
  readonly #context: ParseContext
  readonly #depth: number
  readonly #opened = new Map<Parser, RecordParser>()
  readonly #byLook = new Map<string, Route>()
  readonly #generalByLook = new Map<string, Route & { seen: number }>()
  /** Texts, by the hash of their shape. The last of those with one hash is kept. */
  readonly #byShape = new Map<number, Route & { readonly shape: Uint16Array }>()
  /** What texts in objects were recognised as, likewise: formats of envelopes ask again for each record. */
  readonly #insideByShape = new Map<number, Recognised & { readonly shape: Uint16Array }>()
  /** For what is not remembered, of the object that is looked at. */
  #recogniseInside: Sample['recogniseInner']

  constructor(context: ParseContext, depth: number) {
    this.#context = withInner({ ...context, header: undefined, fileName: undefined }, depth)
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
    const known = this.#byShape.get(hash)
    const shape = known !== undefined && isShape(known.shape) ? known.shape : copyOfShape()
    if (known?.shape === shape) {
      const parsed = understood(known.run(text, none))
      if (parsed !== undefined) return parsed
    }
    const sample = sampleOfRecord(text, this.#depth)
    const route = this.#found(undefined, recogniseRecord(sample))
    if (route !== undefined && route.confidence >= sureFrom) {
      if (this.#byShape.size >= looksMax) this.#byShape.clear()
      this.#byShape.set(hash, { ...route, shape })
    }
    if (route === undefined) return undefined
    if (route.parser.input === 'text') return understood(route.run(text, none))
    // An array around a single record, or a document with a byte order mark.
    const json = sample.json[0]
    return json === undefined || sample.lines.length > 1 ? undefined : understood(route.run(sample.lines[0]!, json))
  }

  #object(text: string | undefined, json: JsonObject): Parsed | typeof NO_EVENT | undefined {
    const look = keysOf(json)
    const known = look === undefined ? undefined : this.#byLook.get(look)
    this.#recogniseInside = undefined
    const sample = objectSample(text ?? textOfObject(json), json, this.#inside)
    if (known !== undefined && Math.min(known.parser.recognise(sample), 1) === known.confidence)
      return understood(known.run(sample.text, json))
    const general = look === undefined ? undefined : this.#generalByLook.get(look)
    if (
      general !== undefined &&
      ++general.seen > generalFrom &&
      general.seen % generalAgain !== 0 &&
      Math.min(general.parser.recognise(sample), 1) === general.confidence
    )
      return understood(general.run(sample.text, json))
    const whole = recogniseRecord(sample)
    if (text !== undefined && (whole === undefined || whole.confidence < sureFrom)) {
      // A document that wraps a single record is that record.
      const inside = sampleOfRecord(text, this.#depth)
      const first = inside.json[0]
      if (inside.lines.length > 1) return undefined
      if (first !== undefined && inside.lines[0] !== text) {
        const route = this.#found(undefined, recogniseRecord(inside))
        return route === undefined ? undefined : understood(route.run(inside.lines[0]!, first))
      }
    }
    const route = this.#found(look, whole)
    if (route === undefined) return undefined
    if (look !== undefined) this.#noteGeneral(look, route, general)
    return understood(route.run(sample.text, json))
  }

  #noteGeneral(look: string, route: Route, before: (Route & { seen: number }) | undefined): void {
    if (route.confidence >= sureFrom) this.#generalByLook.delete(look)
    else if (before?.parser !== route.parser || before.confidence !== route.confidence) {
      if (this.#generalByLook.size >= looksMax) this.#generalByLook.clear()
      this.#generalByLook.set(look, { ...route, seen: 1 })
    }
  }

  /** The format of what an object holds: of a text by its shape, where that is remembered. */
  readonly #inside = (record: string | JsonObject): Recognised | undefined => {
    if (typeof record !== 'string') return this.#unknownInside(record)
    const hash = shapeOf(record)
    const known = this.#insideByShape.get(hash)
    if (known !== undefined && isShape(known.shape)) return known
    const shape = copyOfShape()
    const found = this.#unknownInside(record)
    if (found !== undefined && found.confidence >= sureFrom) {
      if (this.#insideByShape.size >= looksMax) this.#insideByShape.clear()
      this.#insideByShape.set(hash, { ...found, shape })
    }
    return found
  }

  #unknownInside(record: string | JsonObject): Recognised | undefined {
    this.#recogniseInside ??= innerRecogniser(this.#depth)
    return this.#recogniseInside(record)
  }

  #found(look: string | undefined, found: ReturnType<typeof recogniseRecord>): Route | undefined {
    if (found === undefined) return undefined
    let run = this.#opened.get(found.parser)
    if (run === undefined) {
      run = found.parser.open(this.#context)
      this.#opened.set(found.parser, run)
    }
    const route = { parser: found.parser, confidence: found.confidence, run }
    if (look !== undefined && found.confidence >= sureFrom) {
      if (this.#byLook.size >= looksMax) this.#byLook.clear()
      this.#byLook.set(look, route)
    }
    return route
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
