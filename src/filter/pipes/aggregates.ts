/** Numbers over rows as SQL: count, dc, sum … of `stats` and `timechart`. Each is absent where no row has a value; counts are 0. */

import type { Aggregate } from './commands.ts'
import { numberOf, presentSql, type Sql, textOf } from './sql-values.ts'

/** How many different values `values` looks at, and how many it gives. */
const valuesSeenMax = 10_000
const valuesMax = 100

/** `time` orders the rows for `first` and `last`. */
export function aggregateSql({ name, percentile }: Aggregate, of: Sql | undefined, time: string): Sql {
  if (of === undefined) return { sql: 'toNullable(toFloat64(count()))', type: 'number' }
  const present = presentSql(of)
  const toNumber = `toNullable(${numberOf(of)})`
  switch (name) {
    case 'count':
      return { sql: `toNullable(toFloat64(countIf(${of.type === 'truth' ? of.sql : present})))`, type: 'number' }
    case 'dc':
      return {
        sql:
          of.type === 'list'
            ? `toNullable(toFloat64(length(groupUniqArrayArray(${of.sql}))))`
            : `toNullable(toFloat64(uniqExactIf(${of.sql}, ${present})))`,
        type: 'number'
      }
    case 'sum':
    case 'avg':
      return number(`${name}(${toNumber})`)
    case 'stdev':
      return number(`stddevSampStable(${toNumber})`)
    case 'median':
      return number(`quantileExactInclusive(0.5)(${toNumber})`)
    case 'percentile':
      // A level cannot be a parameter; it is a number that we print.
      return number(`quantileExactInclusive(${String((percentile ?? 50) / 100)})(${toNumber})`)
    case 'min':
    case 'max': {
      if (of.type === 'number' || of.type === 'truth') return number(`${name}(${toNumber})`)
      if (of.type === 'time') return { sql: `${name}(toNullable(${of.sql}))`, type: 'time' }
      if (of.type === 'ip') return { sql: `${name}If(${of.sql}, ${present})`, type: 'ip' }
      return { sql: `${name}If(toString(${textOf(of)}), ${present})`, type: 'text' }
    }
    case 'first':
    case 'last': {
      const kept: Sql =
        of.type === 'number' || of.type === 'time'
          ? { sql: `toNullable(${of.sql})`, type: of.type }
          : of.type === 'ip' || of.type === 'list'
            ? of
            : { sql: `toString(${textOf(of)})`, type: 'text' }
      return { sql: `${name === 'first' ? 'argMinIf' : 'argMaxIf'}(${kept.sql}, ${time}, ${present})`, type: kept.type }
    }
    case 'values': {
      const one =
        of.type === 'list' ? `arrayMap(x -> toString(x), ${of.sql})` : `if(${present}, [toString(${textOf(of)})], [])`
      return {
        sql: `arraySlice(arraySort(groupUniqArrayArray(${valuesSeenMax})(${one})), 1, ${valuesMax})`,
        type: 'list'
      }
    }
  }
}

function number(sql: string): Sql {
  return { sql: finiteSql(sql), type: 'number' }
}

export function finiteSql(sql: string): string {
  return `if(isFinite(${sql}), toNullable(toFloat64(${sql})), NULL)`
}
