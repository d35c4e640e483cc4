/** The way back from a stored row: its ECS document and its original bytes. The twin of `event-encoder.ts`. */

import { type Column, columns } from '../../core/columns.ts'
import { communityId } from '../../core/community-id.ts'
import { messageOf } from '../../core/errors.ts'
import { idText } from '../../core/identity.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { computedKey, fieldsOfTemplate, type RowValues, render } from './template.ts'

/** Which columns to select for `rebuildRow`, and at which place of a row each field stands. */
export type RowSelection = { readonly sql: string; readonly places: ReadonlyMap<string, number> }

const always = ['@timestamp', 'picket.source', 'picket.format', 'picket.kind']
const head = [
  'toString(id)',
  'toUnixTimestamp(ingested)',
  'shape',
  'original_shape',
  'base64Encode(original)',
  'fields.keys',
  'fields.values'
]

/** To be read as `JSONCompactEachRow` or `JSONCompact`: numbers and addresses as text, times as microseconds, bytes as base64. */
function selectionOf(chosen: readonly Column[]): RowSelection {
  const sql = chosen.map(({ stored: name, type }) => {
    if (type === 'time') return `toUnixTimestamp64Micro(\`${name}\`)`
    if (type === 'ip') return `replaceRegexpOne(IPv6NumToString(\`${name}\`), '^::ffff:(\\\\d+\\\\.)', '\\\\1')`
    if (type === 'words' || type === 'word' || type === 'text') return `\`${name}\``
    return `toString(\`${name}\`)`
  })
  return {
    sql: [...head, ...sql].join(', '),
    places: new Map(chosen.map((column, index) => [column.field, index + head.length]))
  }
}

/**
 * The columns that rows of these shapes need: a row has some forty of the 240, and reading one row means reading a
 * granule of each column that is asked for.
 */
export function selectionFor(shapes: ReadonlySet<string>): RowSelection {
  const fields = new Set(always)
  for (const shape of shapes) for (const field of fieldsOfTemplate(shape)) fields.add(field)
  return selectionOf(columns.filter(({ field }) => fields.has(field)))
}

export type RebuiltRow = {
  /** The ECS document, with `picket.*` and, where the record brought none, our `event.id`; without `event.original`. */
  readonly document: EcsEvent
  readonly original: Buffer
  readonly id: string
  readonly timeUs: number
}

/** A row of the selection as JSON gave it. A damaged one says so in `error.message`. */
export function rebuildRow(row: readonly unknown[], { places }: RowSelection): RebuiltRow {
  const mapKeys = row[5] as readonly string[]
  const mapValues = row[6] as readonly string[]
  const stored = Buffer.from(row[4] as string, 'base64')
  const values = rowValues(row, places, mapKeys, mapValues, stored)
  const originalShape = row[3] as string
  const shape = row[2] as string
  let original = stored
  let document: Record<string, unknown>
  try {
    if (originalShape !== '') original = Buffer.from(render(originalShape, values))
    document = JSON.parse(render(shape, values)) as Record<string, unknown>
    placeComputed(document)
    const { network } = document
    if (isObject(network) && network['community_id'] === null) {
      if (Object.keys(network).length === 1) delete document['network']
      else delete network['community_id']
    }
  } catch (error) {
    // One damaged row must not fail the search that meets it.
    document = {
      event: { kind: 'pipeline_error' },
      error: { message: `this row cannot be rebuilt: ${messageOf(error)}` }
    }
  }
  const timeUs = Number(row[places.get('@timestamp')!])
  document['@timestamp'] ??= isoMs(timeUs)
  const number = BigInt(row[0] as string)
  const id = idText(Number(number >> 32n), Number(number & 0xffffffffn))
  const event = isObject(document['event']) ? document['event'] : {}
  document['event'] = event
  event['id'] ??= id
  const picket: Record<string, unknown> = {
    id,
    source: values.column('picket.source'),
    format: values.column('picket.format'),
    ingested: new Date(Number(row[1]) * 1000).toISOString()
  }
  const kind = values.column('picket.kind')
  if (kind !== '') picket['kind'] = kind
  document['picket'] = isObject(document['picket']) ? { ...document['picket'], ...picket } : picket
  return { document, original, id, timeUs }
}

/** Computed fields stand at the end of a template, under their dotted names. */
function placeComputed(document: Record<string, unknown>): void {
  const computed = document[computedKey]
  if (!isObject(computed)) return
  delete document[computedKey]
  for (const field in computed) {
    const [outer, inner] = field.split('.') as [string, string]
    const object = isObject(document[outer]) ? document[outer] : {}
    object[inner] = computed[field]
    document[outer] = object
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rowValues(
  row: readonly unknown[],
  places: ReadonlyMap<string, number>,
  keys: readonly string[],
  values: readonly string[],
  stored: Buffer
): RowValues {
  const column = (field: string): string => String(row[places.get(field) ?? -1] ?? '')
  const mapped = (field: string, index: number): string | undefined => {
    let left = index
    for (let i = 0; i < keys.length; i++) if (keys[i] === field && left-- === 0) return values[i]
    return undefined
  }
  const either = (field: string): string | undefined => {
    const text = places.has(field) ? column(field) : ''
    return text === '' || text === '0' || text === '::' ? (mapped(field, 0) ?? undefined) : text
  }
  const number = (field: string): number | undefined => {
    const text = either(field)
    return text === undefined ? undefined : Number(text)
  }
  return {
    column,
    mapped,
    timeUs: field => Number(column(field)),
    words: field => (row[places.get(field) ?? -1] as readonly string[] | undefined) ?? [],
    communityId: () =>
      communityId({
        sourceIp: mapped('source.ip', 0) ?? column('source.ip'),
        destinationIp: mapped('destination.ip', 0) ?? column('destination.ip'),
        sourcePort: number('source.port'),
        destinationPort: number('destination.port'),
        transport: either('network.iana_number') ?? either('network.transport'),
        icmpType: number('icmp.type'),
        icmpCode: number('icmp.code')
      }),
    rest: stored.toString()
  }
}
