/**
 * The body of Elasticsearch's bulk request: what is to be done with each document, and the document's bytes.
 *
 *   body   = *(action LF [source LF])
 *   action = {"index" / "create": {"_index": …, "_id": …}}, followed by a source
 *          / {"update": {…}}, followed by a source       not done: events do not change
 *          / {"delete": {…}}                             not done
 */

export type BulkItem = {
  readonly action: 'index' | 'create' | 'update' | 'delete'
  readonly index: string
  readonly id: string | undefined
  /** Where its document stands in the body. */
  readonly start: number
  readonly end: number
}

/** The items in order, or why the body cannot be read. */
export function readBulk(body: Buffer, pathIndex: string | undefined): readonly BulkItem[] | string {
  const items: BulkItem[] = []
  let line = 0
  let lastText = ''
  let last: Action | undefined
  for (let at = 0; at < body.length; ) {
    const end = lineEnd(body, at)
    line++
    if (end === at) {
      at = end + 1
      continue
    }
    // Most lines are as the one before: without an id, they say the same of each document.
    const text = body.toString('utf8', at, end)
    const action = text === lastText ? last : actionOf(text)
    lastText = text
    last = action
    if (action === undefined)
      return `Malformed action/metadata line [${line}], expected index, create, update or delete with an object`
    at = end + 1
    let start = 0
    let stop = 0
    if (action.name !== 'delete') {
      if (at >= body.length) return `The bulk request must be terminated by a newline: line [${line}] has no source`
      start = at
      stop = lineEnd(body, at)
      at = stop + 1
      line++
    }
    const { _index, _id } = action.meta
    items.push({
      action: action.name,
      index: typeof _index === 'string' ? _index : (pathIndex ?? ''),
      id: idOf(_id),
      start,
      end: stop
    })
  }
  return items
}

const actions = ['index', 'create', 'update', 'delete'] as const

type Action = { readonly name: BulkItem['action']; readonly meta: Readonly<Record<string, unknown>> }

function actionOf(text: string): Action | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const name of actions) {
    const meta = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    if (typeof meta === 'object' && meta !== null) return { name, meta: meta as Record<string, unknown> }
  }
  return undefined
}

/** As Elasticsearch takes it: at most 512 bytes; numbers are texts. */
function idOf(given: unknown): string | undefined {
  const id = typeof given === 'number' ? String(given) : given
  return typeof id === 'string' && id !== '' && id.length <= 512 ? id : undefined
}

function lineEnd(body: Buffer, from: number): number {
  const found = body.indexOf(10, from)
  return found < 0 ? body.length : found
}
