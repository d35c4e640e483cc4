/**
 * Hits → for each group, arrays that run along its time: the marks `m`, the ids `i`, and the number that the condition is about, after each
 * mark, among all hits (`ca`) and among those of the watermark (`co`).
 *
 * A mark is `time × 256 + code`. Code 0 is where a hit leaves the window: `span` and a microsecond after it came. Other codes are
 * hits: `4 × base + 1` for a new one, `4 × base + 2` for one that was there at the watermark. So leaving sorts before coming,
 * and of hits of the same time the old ones come last. Sums over marks are what a window that ends there holds, at the last hit of its time:
 * a sweep, which takes n log n where windows of their own would take n².
 *
 * Of different values, a hit leaves when the same value comes again, or with the end of its window, whichever is first.
 */

import { leastCount, lowerPart } from './bound.ts'
import { isGrowing, type Windowed } from './windowed.ts'

/** Behind all times, and the mark of it. */
export const farUs = 'toInt64(9000000000000000)'
/** Of a group with more hits around than this, so many are looked at: the alert is raised, its count is too low. */
export const hitsMax = 300_000
export const farMark = 'toInt64(2304000000000000000)'

export type Grouping = {
  readonly windowed: Windowed
  /** The hits, with `hr`, the base's number, beside the columns of `hits-sql.ts`, and texts `q0 …` to carry along. */
  readonly hits: string
  /** `kt, k0, k1 …` */
  readonly keys: string
  readonly carried: readonly string[]
  /** Of each different value, at most so many hits are looked at. */
  readonly perValueMax?: number
  /** Only groups in which something is new. */
  readonly newOnly: boolean
}

/** `SELECT kt, k0 …, m, i, q0 …, ca, co` */
export function groupArraysSql(grouping: Grouping): string {
  switch (grouping.windowed.kind) {
    case 'event_count':
    case 'value_sum':
    case 'value_avg':
      return sumsSql(grouping)
    case 'value_count':
    case 'temporal':
      return differentSql(grouping)
    case 'temporal_ordered':
      return orderedSql(grouping)
    case 'value_percentile':
    case 'value_median':
      return percentileSql(grouping)
  }
}

const mark = 'ht * 256 + if(ho, 2, 1)'
const isOld = (x: string): string => `${x} % 4 = 2`
const timeOf = (x: string): string => `intDiv(${x}, 256)`
const along = (array: string): string => `arraySort((v, x) -> x, ${array}, mm)`
const select = (parts: readonly string[]): string => parts.filter(part => part !== '').join(', ')

/** How many hits a group needs at least (of different values: values). */
export function leastHits(windowed: Windowed): number {
  const counts = isGrowing(windowed.kind) && windowed.kind !== 'value_sum' && windowed.rules === undefined
  return counts ? leastCount(lowerPart(windowed.bound)) : 1
}

function havingSql(grouping: Grouping, count: string, anyNew: string): string {
  const { windowed, newOnly } = grouping
  const parts = newOnly ? [anyNew] : []
  const least = leastHits(windowed)
  if (least > 1) parts.push(`${count} >= ${least}`)
  return parts.length === 0 ? '' : ` HAVING ${parts.join(' AND ')}`
}

function sumsSql(grouping: Grouping): string {
  const { windowed, hits, keys, carried } = grouping
  const counting = windowed.kind === 'event_count'
  const grouped =
    `SELECT ${select([keys, `groupArray(${hitsMax})(${mark}) AS gm`, `groupArray(${hitsMax})(hi) AS gi`, ...carried.map(q => `groupArray(${hitsMax})(${q}) AS g${q}`)])}` +
    `${counting ? '' : `, groupArray(${hitsMax})(assumeNotNull(hv)) AS gv`} FROM (${hits}) GROUP BY ${keys}` +
    havingSql(grouping, 'count()', 'countIf(NOT ho) > 0')
  const leaving = `arrayMap(x -> (${timeOf('x')} + ${windowed.spanUs + 1}) * 256, gm)`
  const one = counting ? 'arrayMap(x -> toInt64(1), gm)' : 'gv'
  const old = counting
    ? `arrayMap(x -> toInt64(${isOld('x')}), gm)`
    : `arrayMap((x, v) -> if(${isOld('x')}, v, 0.), gm, gv)`
  const signed = (array: string): string => `arrayConcat(${array}, arrayMap(w -> -w, ${array}))`
  const marked =
    `SELECT ${select([keys, `arrayConcat(gm, ${leaving}) AS mm`, `${withBlanks('gi', 'toUInt64(0)')} AS mi`, ...carried.map(q => `${withBlanks(`g${q}`, "''")} AS m${q}`)])}, ` +
    `${signed(one)} AS wa, ${signed(old)} AS wo FROM (${grouped})`
  const sum = (array: string): string => `arrayCumSum(${along(array)})`
  if (windowed.kind !== 'value_avg') return sorted(grouping, marked, sum('wa'), sum('wo'))
  // `gm` is the first half of `mm`.
  const oldOnes = `arrayMap(x -> toInt64(${isOld('x')}), arraySlice(mm, 1, intDiv(length(mm), 2)))`
  const counted = `SELECT *, ${signed(oldOnes)} AS wn FROM (${marked})`
  const allOnes = 'arrayCumSum(arrayMap(x -> if(x % 256 = 0, -1, 1), arraySort(mm)))'
  const divided = (sums: string, ones: string): string => `arrayMap((s, n) -> s / n, ${sums}, ${ones})`
  return sorted(grouping, counted, divided(sum('wa'), allOnes), divided(sum('wo'), sum('wn')))
}

function differentSql(grouping: Grouping): string {
  const { windowed, hits, keys, carried } = grouping
  const value = windowed.kind === 'temporal' ? 'hr' : 'hv'
  // Of each value alike: were the arrays cut as wholes, hits would come and never leave.
  const most = grouping.perValueMax ?? Math.floor(hitsMax / (windowed.kind === 'temporal' ? windowed.bases.length : 30))
  const byValue =
    `SELECT ${select([keys, value, `groupArray(${most})(${mark}) AS gu`, 'arraySort(gu) AS gm', `arraySort((v, x) -> x, groupArray(${most})(hi), gu) AS gi`, ...carried.map(q => `arraySort((v, x) -> x, groupArray(${most})(${q}), gu) AS g${q}`)])}, ` +
    `countIf(NOT ho) AS fresh FROM (${hits}) GROUP BY ${keys}, ${value}`
  const leaving = (marks: string): string => {
    const next = `arraySlice(arrayPushBack(${marks}, ${farMark}), 2)`
    return `arrayMap((x, y) -> least(${timeOf('y')}, ${timeOf('x')} + ${windowed.spanUs + 1}) * 256, ${marks}, ${next})`
  }
  const olds = `arrayFilter(x -> ${isOld('x')}, gm)`
  // Rules are told apart: each adds a bit, so that the sum is the set of those that are there.
  const one = windowed.kind === 'temporal' ? 'bitShiftLeft(toInt64(1), hr)' : 'toInt64(1)'
  const weights = (plus: string, all: string, old: string): string =>
    `arrayConcat(arrayMap(x -> ${one} * (${plus}), gm), arrayMap(x -> ${one} * (${all}), gm), arrayMap(x -> ${one} * (${old}), ${olds}))`
  const blanks = (array: string, blank: string): string =>
    `arrayConcat(${array}, arrayMap(x -> ${blank}, gm), arrayMap(x -> ${blank}, ${olds}))`
  const marked =
    `SELECT ${select([keys, 'fresh', `arrayConcat(gm, ${leaving('gm')}, ${leaving(olds)}) AS vm`, `${blanks('gi', 'toUInt64(0)')} AS vi`, ...carried.map(q => `${blanks(`g${q}`, "''")} AS v${q}`)])}, ` +
    `${weights('1', '-1', '0')} AS va, ${weights(isOld('x'), '0', '-1')} AS vo FROM (${byValue})`
  const together =
    `SELECT ${select([keys, `groupArrayArray(vm) AS mm`, `groupArrayArray(vi) AS mi`, ...carried.map(q => `groupArrayArray(v${q}) AS m${q}`)])}, ` +
    `groupArrayArray(va) AS wa, groupArrayArray(vo) AS wo FROM (${marked}) GROUP BY ${keys}` +
    havingSql(grouping, 'count()', 'sum(fresh) > 0')
  const sum = (array: string): string => `arrayCumSum(${along(array)})`
  return sorted(grouping, together, sum('wa'), sum('wo'))
}

/**
 * Chains: for the first so many rules, the latest start of a chain that ends at this hit. It is the greatest of the starts so far (they only
 * grow with time), so it is filled forward from the last hit of the rule before.
 */
function orderedSql(grouping: Grouping): string {
  const { windowed, hits, keys, carried } = grouping
  const grouped =
    `SELECT ${select([keys, `groupArray(${hitsMax})(ht * 256 + hr * 4 + if(ho, 2, 1)) AS mm`, `groupArray(${hitsMax})(hi) AS mi`, ...carried.map(q => `groupArray(${hitsMax})(${q}) AS m${q}`)])} ` +
    `FROM (SELECT * FROM (${hits}) LIMIT ${Math.floor(hitsMax / windowed.bases.length)} BY ${keys}, hr) ` +
    `GROUP BY ${keys}${havingSql(grouping, 'uniqExact(hr)', 'countIf(NOT ho) > 0')}`
  const steps = windowed.bases.length
  const needed = leastCount(lowerPart(windowed.bound))
  const whole = needed === steps && windowed.bound.lt === undefined && windowed.bound.lte === undefined
  const is = (rule: number): string => `intDiv(x % 256, 4) = ${rule}`
  const chain = (which: 'a' | 'o'): { columns: string[]; length: string } => {
    const counted = which === 'a' ? '1' : isOld('x')
    const columns: string[] = []
    const ends: string[] = []
    // `s_n_r`: starts of chains of n rules that end with rule r, filled forward.
    for (let n = 1; n <= steps; n++) {
      for (let rule = n - 1; rule < steps; rule++) {
        if (whole && rule !== n - 1) continue
        const name = `s${which}_${n}_${rule}`
        const before: string[] = []
        for (let r = n - 2; r < rule && n > 1; r++) if (!whole || r === n - 2) before.push(`s${which}_${n - 1}_${r}`)
        const from = n === 1 ? timeOf('x') : before.length === 1 ? 'b0' : `greatest(${before.map((_, i) => `b${i}`)})`
        const args = ['x', ...before.map((_, i) => `b${i}`)]
        const arrays = ['m', ...before]
        columns.push(
          `arrayMap((${args.join(', ')}) -> if(${is(rule)} AND ${counted}, ${from}, toInt64(-1)), ${arrays.join(', ')}) AS e${name}`,
          `arrayFill(s -> s >= 0, e${name}) AS ${name}`
        )
        if (!whole || n === steps) ends.push(`${n}:e${name}`)
      }
    }
    const names = ends.map(end => end.split(':') as [string, string])
    const length = `arrayMap((${['x', ...names.map((_, i) => `b${i}`)].join(', ')}) -> greatest(0, ${names
      .map(([n], i) => `if(b${i} >= 0 AND ${timeOf('x')} - b${i} <= ${windowed.spanUs}, ${n}, 0)`)
      .join(', ')}), ${['m', ...names.map(([, name]) => name)].join(', ')})`
    return { columns, length }
  }
  const [a, o] = [chain('a'), chain('o')]
  const inOrder = `SELECT ${select([keys, 'arraySort(mm) AS m', `${along('mi')} AS i`, ...carried.map(q => `${along(`m${q}`)} AS ${q}`)])} FROM (${grouped})`
  return (
    `SELECT ${select([keys, 'm', 'i', ...carried])}, ${a.length} AS ca, ${o.length} AS co ` +
    `FROM (SELECT *, ${[...a.columns, ...o.columns].join(', ')} FROM (${inOrder}))`
  )
}

/** Their windows are looked at one by one: nothing can be summed. */
function percentileSql(grouping: Grouping): string {
  const { windowed, hits, keys, carried } = grouping
  const level = String((windowed.kind === 'value_median' ? 50 : (windowed.percentile ?? 50)) / 100)
  const over = `OVER (PARTITION BY ${keys} ORDER BY ht RANGE BETWEEN ${windowed.spanUs} PRECEDING AND CURRENT ROW)`
  const value = 'assumeNotNull(hv)'
  const changed = grouping.newOnly
    ? ` WHERE (${keys}) IN (SELECT ${keys} FROM (${hits}) GROUP BY ${keys} HAVING countIf(NOT ho) > 0)`
    : ''
  const windows =
    `SELECT *, quantileExactInclusive(${level})(${value}) ${over} AS wa, quantileExactInclusiveIf(${level})(${value}, ho) ${over} AS wo ` +
    `FROM (${hits})${changed}`
  const grouped =
    `SELECT ${select([keys, `groupArray(${hitsMax})(${mark}) AS mm`, `groupArray(${hitsMax})(hi) AS mi`, ...carried.map(q => `groupArray(${hitsMax})(${q}) AS m${q}`)])}, ` +
    `groupArray(${hitsMax})(wa) AS wa, groupArray(${hitsMax})(wo) AS wo FROM (${windows}) GROUP BY ${keys}`
  return sorted(grouping, grouped, along('wa'), along('wo'))
}

const withBlanks = (array: string, blank: string): string => `arrayConcat(${array}, arrayMap(x -> ${blank}, ${array}))`

function sorted({ keys, carried }: Grouping, marked: string, ca: string, co: string): string {
  const parts = [keys, 'arraySort(mm) AS m', `${along('mi')} AS i`, ...carried.map(q => `${along(`m${q}`)} AS ${q}`)]
  return `SELECT ${select(parts)}, ${ca} AS ca, ${co} AS co FROM (${marked})`
}
