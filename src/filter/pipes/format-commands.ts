/** Commands and values as text of the search language: what the parser reads back as the same. */

import { formatQuery, quote } from '../format-query.ts'
import type { Aggregate, Command, Group, Value } from './commands.ts'

const keywords = new Set([
  'and',
  'or',
  'not',
  'by',
  'as',
  'on',
  'outer',
  'maxgap',
  'maxpause',
  'span',
  'limit',
  'asc',
  'desc'
])

/** A name that the parser takes as one; between backquotes where it is not simple. */
export function formatName(name: string): string {
  return /^[A-Za-z_@][A-Za-z0-9_.@$]*$/.test(name) && !keywords.has(name.toLowerCase()) ? name : `\`${name}\``
}

const inOr = 1
const inAnd = 2
const inCompare = 3
const inSum = 4

export function formatValue(value: Value, within = 0): string {
  const wrapped = (level: number, text: string): string => (within >= level ? `(${text})` : text)
  switch (value.kind) {
    case 'number':
      return within >= inSum && value.value < 0 ? `(${value.value})` : String(value.value)
    case 'text':
      return quote(value.value)
    case 'field':
      return formatName(value.name)
    case 'call':
      return `${value.name}(${value.args.map(arg => formatValue(arg)).join(', ')})`
    case 'binary':
      return wrapped(inSum, `${formatValue(value.left, inSum)} ${value.op} ${formatValue(value.right, inSum)}`)
    case 'compare':
      return wrapped(
        inCompare,
        `${formatValue(value.left, inCompare)} ${value.op} ${formatValue(value.right, inCompare)}`
      )
    case 'or':
      return wrapped(inOr, value.of.map(item => formatValue(item, inOr)).join(' or '))
    case 'and':
      return wrapped(inAnd, value.of.map(item => formatValue(item, inAnd)).join(' and '))
    case 'not':
      return wrapped(inCompare, `not ${formatValue(value.of, inCompare)}`)
    case 'exists':
      return wrapped(inCompare, `${formatValue(value.of, inCompare)}:*`)
    case 'wildcard':
      return wrapped(inCompare, `${formatValue(value.of, inCompare)}:${value.pattern}`)
    case 'regex':
      return wrapped(
        inCompare,
        `${formatValue(value.of, inCompare)} = /${slashes(value.pattern)}/${value.cased ? '' : 'i'}`
      )
  }
}

const slashes = (pattern: string): string => pattern.replace(/\\.|\//gs, part => (part === '/' ? '\\/' : part))

/** `90` → `90s`, `300` → `5m`. */
export function formatSpan(seconds: number): string {
  for (const [unit, size] of [
    ['w', 604_800],
    ['d', 86_400],
    ['h', 3600],
    ['m', 60]
  ] as const)
    if (seconds % size === 0) return `${seconds / size}${unit}`
  return `${seconds}s`
}

export function formatAggregate({ name, of, percentile, as }: Aggregate): string {
  const inside = of === undefined ? '' : formatValue(of)
  const call = percentile === undefined ? `${name}(${inside})` : `percentile(${inside}, ${percentile})`
  return name === 'count' && of === undefined && as === 'count' ? call : `${call} as ${formatName(as)}`
}

export function formatGroup(group: Group): string {
  const { as } = group
  if (group.kind === 'bin') {
    const field = group.of.kind === 'field' ? group.of.name : ''
    const call =
      field === '@timestamp'
        ? `bin(${formatSpan(group.seconds)})`
        : `bin(${formatValue(group.of)}, ${formatSpan(group.seconds)})`
    return as === field ? call : `${call} as ${formatName(as)}`
  }
  const value = formatValue(group.of)
  return group.of.kind === 'field' && group.of.name === as ? value : `${value} as ${formatName(as)}`
}

const list = (names: readonly string[]): string => names.map(formatName).join(', ')

export function formatCommand(command: Command): string {
  switch (command.kind) {
    case 'stats': {
      const by = command.by.length === 0 ? '' : ` by ${command.by.map(formatGroup).join(', ')}`
      return `stats ${command.aggregates.map(formatAggregate).join(', ')}${by}`
    }
    case 'timechart': {
      const span = command.seconds === undefined ? '' : ` span=${formatSpan(command.seconds)}`
      const limit = command.limit === 8 ? '' : ` limit=${command.limit}`
      const by = command.by === undefined ? '' : ` by ${formatValue(command.by)}`
      return `timechart${span}${limit} ${command.aggregates.map(formatAggregate).join(', ')}${by}`
    }
    case 'filter':
      return `where ${formatQuery(command.of)}`
    case 'where':
      return `where ${formatValue(command.of)}`
    case 'eval':
      return `eval ${command.assign.map(({ as, of }) => `${formatName(as)} = ${formatValue(of)}`).join(', ')}`
    case 'sort':
      return `sort ${command.keys.map(({ name, descending }) => (descending ? '-' : '') + formatName(name)).join(', ')}`
    case 'head':
    case 'tail':
      return `${command.kind} ${command.count}`
    case 'dedup':
      return `dedup ${command.keep === 1 ? '' : `${command.keep} `}${list(command.names)}`
    case 'fields':
      return `fields ${command.remove ? '- ' : ''}${list(command.names)}`
    case 'rename':
      return `rename ${command.pairs.map(({ from, to }) => `${formatName(from)} as ${formatName(to)}`).join(', ')}`
    case 'top':
    case 'rare':
      return `${command.kind} ${command.count} ${list(command.of)}${command.by.length === 0 ? '' : ` by ${list(command.by)}`}`
    case 'join': {
      const column = command.column === command.on ? '' : `=${formatName(command.column)}`
      return `join ${formatName(command.lookup)} on ${formatName(command.on)}${column}${command.outer ? ' outer' : ''}`
    }
    case 'transaction':
      return `transaction ${list(command.by)} maxgap=${formatSpan(command.gapSeconds)}`
    case 'pattern':
      return `pattern ${formatName(command.of)} ${command.count}`
  }
}
