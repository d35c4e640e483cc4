/** From what an envelope says and what is in it to one event: the inner event is the event, the envelope's facts are added. */

import { type EcsEvent, type JsonObject, NO_EVENT, type ParseContext, type Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'

export type Envelope = {
  /** What it says, as ECS fields; among them `event.module` and `event.dataset` for what no format knows. */
  readonly facts: EcsEvent
  readonly timeUs: number | undefined
  readonly identity: string | undefined
  readonly kind: string | undefined
}

/** What is in an envelope, as an event with the envelope's facts. A text (an object's: `undefined`) that no format knows is its `message`. */
export function unwrapped(
  context: ParseContext,
  record: string | JsonObject | undefined,
  envelope: Envelope
): Parsed | typeof NO_EVENT {
  const inner = record === undefined ? undefined : context.parseInner?.(record)
  if (inner === NO_EVENT) return NO_EVENT
  if (inner?.ok === true) return withEnvelope(inner, envelope)
  const { facts, timeUs, identity, kind } = envelope
  facts['@timestamp'] ??= timeUs === undefined ? undefined : isoMs(timeUs)
  if (typeof record === 'string') facts['message'] ??= record
  return { ok: true, event: facts, timeUs, identity, kind }
}

export function withEnvelope(inner: Parsed & { readonly ok: true }, envelope: Envelope): Parsed {
  const { event } = inner
  const timeUs = inner.timeUs ?? (event['@timestamp'] === undefined ? envelope.timeUs : undefined)
  addFacts(event, envelope.facts)
  event['@timestamp'] ??= timeUs === undefined ? undefined : isoMs(timeUs)
  return { ok: true, event, timeUs, kind: inner.kind, identity: inner.identity ?? envelope.identity }
}

const depthMax = 8

/** Adds what the event does not have, at any depth. Its inner objects that change are copied before: parsers may share them among events. */
export function addFacts(event: EcsEvent, facts: object): void {
  for (const key in facts) {
    const fact = (facts as EcsEvent)[key]
    if (fact === undefined) continue
    const there = event[key]
    const own = there !== undefined && Object.hasOwn(event, key) ? there : undefined
    if (own !== undefined) event[key] = withFacts(own, fact, 0)
    else if (key !== '__proto__') event[key] = fact
  }
}

/** The value, or a copy with what it does not have of the fact. */
function withFacts(own: unknown, fact: unknown, depth: number): unknown {
  if (depth >= depthMax || !isFields(own) || !isFields(fact)) return own
  let out = own as EcsEvent
  for (const key in fact) {
    const given = (fact as EcsEvent)[key]
    if (given === undefined) continue
    const there = Object.hasOwn(own, key) ? (own as EcsEvent)[key] : undefined
    const kept = there === undefined ? given : withFacts(there, given, depth + 1)
    if (kept === there || (there === undefined && key === '__proto__')) continue
    if (out === own) out = { ...own }
    out[key] = kept
  }
  return out
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text without the line end that shippers leave behind it. */
export function withoutLineEnd(text: string): string {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end--
  return end === text.length ? text : text.slice(0, end)
}
