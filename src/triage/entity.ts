/** What an alert is about, as a key and as values by which alerts are found and related. */

/** Bounds for what comes from outside. */
const fieldsMax = 10
const valueCharsMax = 1024

export type Entity = Readonly<Record<string, string>>

/** The entity within bounds, its fields in order. */
export function boundedEntity(entity: Entity): Entity {
  const fields = Object.keys(entity).sort().slice(0, fieldsMax)
  const bounded: Record<string, string> = Object.create(null)
  for (const field of fields) bounded[field.slice(0, 256)] = String(entity[field]).slice(0, valueCharsMax)
  return { ...bounded }
}

/** The same for the same fields and values, in whatever order a rule names them. */
export function entityKey(entity: Entity): string {
  return JSON.stringify(
    Object.keys(entity)
      .sort()
      .map(field => [field, entity[field]])
  )
}

/** Fields of an event whose values alerts have in common when they belong together. */
const tellingFields = [
  'host.name',
  'host.ip',
  'user.name',
  'source.ip',
  'source.user.name',
  'destination.ip',
  'destination.domain',
  'client.ip',
  'server.ip',
  'dns.question.name',
  'url.domain',
  'file.hash.sha256',
  'process.hash.sha256',
  'cloud.account.id',
  'cloud.instance.id',
  'user.target.name'
] as const

const valuesMax = 40
/** Everybody has these: nothing is related by them. */
const common = new Set(['', '-', '127.0.0.1', '::1', '0.0.0.0', '::', 'localhost', 'n/a', 'system', 'root', 'unknown'])

export type EntityValue = { readonly field: string; readonly value: string; readonly ofEntity: boolean }

/** The values of the entity, then the telling ones of the events (ECS documents, nested or dotted), each once; bounded. */
export function valuesOf(entity: Entity, events: readonly unknown[]): EntityValue[] {
  const found = new Map<string, EntityValue>()
  const add = (field: string, raw: unknown, ofEntity: boolean): void => {
    if (found.size >= valuesMax) return
    const value = typeof raw === 'string' ? raw.slice(0, valueCharsMax) : typeof raw === 'number' ? String(raw) : ''
    if (value === '' || (!ofEntity && common.has(value.toLowerCase())) || found.has(value)) return
    found.set(value, { field, value, ofEntity })
  }
  for (const [field, value] of Object.entries(entity)) add(field, value, true)
  for (const event of events)
    for (const field of tellingFields) {
      const value = valueAt(event, field)
      for (const each of Array.isArray(value) ? value.slice(0, 8) : [value]) add(field, each, false)
    }
  return [...found.values()]
}

/** `{ source: { ip } }` and `{ 'source.ip': … }` alike. */
export function valueAt(event: unknown, field: string): unknown {
  if (typeof event !== 'object' || event === null) return undefined
  const record = event as Record<string, unknown>
  if (Object.hasOwn(record, field)) return record[field]
  for (let dot = field.indexOf('.'); dot > 0; dot = field.indexOf('.', dot + 1)) {
    const head = field.slice(0, dot)
    if (!Object.hasOwn(record, head)) continue
    const inner = valueAt(record[head], field.slice(dot + 1))
    if (inner !== undefined) return inner
  }
  return undefined
}
