/**
 * Leaf-level recall of our events against the expected documents of Elastic's public integrations (elastic-package's `-expected.json`):
 * the share of expected leaves that we give exactly. What needs a GeoIP database, or is set at ingest, does not count.
 */

export type Score = {
  readonly events: number
  readonly leaves: number
  readonly exact: number
  /** Fields missed most often, with their counts. */
  readonly worst: readonly (readonly [string, number])[]
}

const skipped = /(^|\.)(geo|as)\.|^event\.(original|ingested|created)$|^ecs\.version$|^tags$|^@version$/

/** Path to its scalar values as sorted text. `normal` may rewrite a value (time zones). */
export function leavesOf(document: unknown, normal: (path: string, value: string) => string): Map<string, string> {
  const lists = new Map<string, string[]>()
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) for (const item of value) walk(item, path)
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
    else {
      const text = normal(path, String(value))
      const there = lists.get(path)
      if (there === undefined) lists.set(path, [text])
      else there.push(text)
    }
  }
  walk(document, '')
  const out = new Map<string, string>()
  for (const [path, values] of lists) if (!skipped.test(path)) out.set(path, JSON.stringify(values.sort()))
  return out
}

export function score(
  expected: readonly unknown[],
  actual: readonly unknown[],
  normal: (path: string, value: string) => string = (_path, value) => value
): Score {
  let leaves = 0
  let exact = 0
  const missed = new Map<string, number>()
  expected.forEach((document, i) => {
    const ours = leavesOf(actual[i] ?? {}, normal)
    for (const [path, value] of leavesOf(document ?? {}, normal)) {
      leaves++
      if (ours.get(path) === value) exact++
      else missed.set(path, (missed.get(path) ?? 0) + 1)
    }
  })
  const worst = [...missed].sort((a, b) => b[1] - a[1]).slice(0, 12)
  return { events: expected.length, leaves, exact, worst }
}

export function addScores(scores: readonly Score[]): Score {
  const missed = new Map<string, number>()
  for (const { worst } of scores) for (const [path, count] of worst) missed.set(path, (missed.get(path) ?? 0) + count)
  return {
    events: scores.reduce((sum, { events }) => sum + events, 0),
    leaves: scores.reduce((sum, { leaves }) => sum + leaves, 0),
    exact: scores.reduce((sum, { exact }) => sum + exact, 0),
    worst: [...missed].sort((a, b) => b[1] - a[1]).slice(0, 12)
  }
}
