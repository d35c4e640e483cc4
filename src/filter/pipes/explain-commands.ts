/** Commands in words, a sentence each without a full stop. */

import { explain } from '../explain.ts'
import type { Aggregate, Command, Group, Value } from './commands.ts'
import { formatSpan, formatValue } from './format-commands.ts'

const shownMax = 6

export function explainCommand(command: Command): string {
  switch (command.kind) {
    case 'stats': {
      const by = command.by.length === 0 ? 'over all rows' : `for each ${listed(command.by.map(groupWords), 'and')}`
      return `${listed(command.aggregates.map(aggregateWords), 'and')}, ${by}`
    }
    case 'timechart': {
      const every =
        command.seconds === undefined ? 'over time, in steps that fit the range' : `every ${spanWords(command.seconds)}`
      const by =
        command.by === undefined
          ? ''
          : `, a line for each of the ${command.limit} most frequent ${valueWords(command.by)}, the others together`
      return `${listed(command.aggregates.map(aggregateWords), 'and')} ${every}${by}`
    }
    case 'filter':
      return `only where ${explain(command.of)}`
    case 'where':
      return `only where ${valueWords(command.of)}`
    case 'eval':
      return listed(
        command.assign.map(({ as, of }) => `${as} becomes ${valueWords(of)}`),
        'and'
      )
    case 'sort':
      return `ordered by ${listed(
        command.keys.map(({ name, descending }) => `${name}${descending ? ', largest first' : ''}`),
        'then'
      )}`
    case 'head':
      return `the first ${rows(command.count)}`
    case 'tail':
      return `the last ${rows(command.count)}`
    case 'dedup':
      return `the first ${command.keep === 1 ? 'row' : rows(command.keep)} of each ${listed(command.names, 'and')}`
    case 'fields':
      return `${command.remove ? 'all columns but' : 'only the columns'} ${listed(command.names, 'and')}`
    case 'rename':
      return listed(
        command.pairs.map(({ from, to }) => `${from} is called ${to}`),
        'and'
      )
    case 'top':
    case 'rare': {
      const by = command.by.length === 0 ? '' : `, for each ${listed(command.by, 'and')}`
      return `the ${command.count} ${command.kind === 'top' ? 'most' : 'least'} frequent ${listed(command.of, 'and')}${by}`
    }
    case 'join': {
      const without = command.outer ? 'rows that find nothing stay' : 'rows that find nothing go'
      return `beside each row the line of the lookup table ${command.lookup} whose ${command.column} is its ${command.on}; ${without}`
    }
    case 'transaction':
      return `rows of the same ${listed(command.by, 'and')} together, as long as no more than ${spanWords(command.gapSeconds)} pass between them`
    case 'pattern':
      return `the ${command.count} most frequent shapes of ${command.of}, with numbers and addresses left out`
  }
}

function aggregateWords({ name, of, percentile, as }: Aggregate): string {
  const value = of === undefined ? '' : valueWords(of)
  const words: Readonly<Record<Aggregate['name'], string>> = {
    count: of === undefined ? 'how many there are' : `how many have ${value}`,
    dc: `how many different ${value}`,
    sum: `the sum of ${value}`,
    avg: `the average ${value}`,
    min: `the least ${value}`,
    max: `the largest ${value}`,
    median: `the median ${value}`,
    percentile: `the ${percentile}th percentile of ${value}`,
    stdev: `the standard deviation of ${value}`,
    first: `the earliest ${value}`,
    last: `the latest ${value}`,
    values: `the different ${value}`
  }
  const own = as === 'count' || as.includes('(')
  return own ? words[name] : `${words[name]} (${as})`
}

function groupWords(group: Group): string {
  if (group.kind === 'bin') return `${spanWords(group.seconds)} of ${valueWords(group.of)}`
  return group.of.kind === 'field' || group.as.includes('(')
    ? valueWords(group.of)
    : `${valueWords(group.of)} (${group.as})`
}

function valueWords(value: Value): string {
  const text = formatValue(value)
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function spanWords(seconds: number): string {
  const span = formatSpan(seconds)
  const unit = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' }[span.at(-1)!]!
  const count = span.slice(0, -1)
  return count === '1' ? unit : `${count} ${unit}s`
}

const rows = (count: number): string => (count === 1 ? 'row' : `${count} rows`)

function listed(items: readonly string[], between: string): string {
  const shown = items.length > shownMax ? [...items.slice(0, shownMax), `${items.length - shownMax} more`] : items
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} ${between} ${shown.at(-1)}`
}
