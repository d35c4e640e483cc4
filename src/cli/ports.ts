/** `picket ports`: the fewest open ports that let everything through that was observed. */

import { text as readText } from 'node:stream/consumers'
import { Command, InvalidArgumentError } from 'commander'
import { PicketError } from '../core/errors.ts'
import { bestOpening, type Opening, type OpeningLimits, runsOf } from '../ports/opening.ts'
import { rangeText, readPortList } from '../ports/port-list.ts'

export type PortsOptions = {
  ports?: string
  maxRules: number
  maxOpenPorts: number
  json?: boolean
}

export function portsCommand(): Command {
  return new Command('ports')
    .description('the smallest opening that covers the observed ports: picket ports --ports 80,81,85 --max-rules 2')
    .option('--ports <list>', 'observed ports: 80,443,8000-8010; - reads them from standard input')
    .option('--max-rules <n>', 'rules at most', wholeFrom(1), 60)
    .option(
      '--max-open-ports <n>',
      'ports left open inside a single range that nobody used, at most',
      wholeFrom(0),
      65_536
    )
    .option('--json', 'print one JSON object')
    .action(async (options: PortsOptions) => {
      process.exitCode = await portsOf(options)
    })
}

async function portsOf(options: PortsOptions): Promise<number> {
  if (options.ports === undefined)
    throw new PicketError(
      'no-ports',
      'Say which ports were observed: picket ports --ports 80,443,8000-8010 --max-rules 2'
    )
  const list = readPortList(options.ports === '-' ? await readText(process.stdin) : options.ports)
  if (!list.ok) throw new PicketError('bad-ports', `--ports: ${list.reason}`)
  const opening = bestOpening(list.ports, options)
  // As JSON it is an answer like any other; printed for a person, or into a pipe, it must not pass for rules.
  if (options.json) process.stdout.write(JSON.stringify(opening) + '\n')
  else if (opening.feasible) process.stdout.write(openingText(opening, options))
  else process.stderr.write(`${opening.suggestion.message}\n`)
  return opening.feasible || options.json ? 0 : 1
}

function openingText(opening: Extract<Opening, { feasible: true }>, limits: OpeningLimits): string {
  const rules = [...opening.ranges, ...opening.ports.map(port => ({ from: port, to: port }))]
  rules.sort((a, b) => a.from - b.from)
  const extra = runsOf(opening.extraPorts)
  const lines = rules.map(rule => {
    const unused = extra.filter(({ from, to }) => from >= rule.from && to <= rule.to).map(rangeText)
    const shown = unused.length > 8 ? [...unused.slice(0, 8), `… ${unused.length - 8} more`] : unused
    return `${rangeText(rule).padEnd(12)}${unused.length === 0 ? '' : ` opens ${shown.join(', ')}, which nobody used`}`.trimEnd()
  })
  lines.push(
    `${opening.rules} of ${limits.maxRules} rules; ${opening.extraPorts.length === 0 ? 'nothing is open that nobody used' : `${opening.extraPorts.length} open ${opening.extraPorts.length === 1 ? 'port that' : 'ports that'} nobody used`}.`
  )
  return lines.map(line => line + '\n').join('')
}

export function wholeFrom(least: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < least) throw new InvalidArgumentError(`a whole number of at least ${least}.`)
    return value
  }
}
