/** `picket ports`: the smallest opening that lets everything through that was observed. From a list of ports, or from flows. */

import { text as readText } from 'node:stream/consumers'
import { Command, InvalidArgumentError } from 'commander'
import { PicketError } from '../core/errors.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { bestOpening, type Opening, type OpeningLimits, runsOf } from '../ports/opening.ts'
import { rangeText, readPortList } from '../ports/port-list.ts'
import { formats, type RuleFormat } from '../ports/print-rules.ts'

export type PortsOptions = {
  ports?: string
  maxRules: number
  maxOpenPorts: number
  json?: boolean
  store?: boolean | string
  from?: string
  to?: string
  format?: string
  address: string[]
  interface: string[]
  instance: string[]
  group?: string
  maxSources: number
  publicFrom: number
  answeredOnly?: boolean
  existing: string[]
  known: string[]
  out?: RuleFormat
  data?: string
  athena?: string
  athenaOutput?: string
  athenaWorkgroup?: string
  athenaWhere?: string
  insights?: string
  insightsFormat?: string
  live?: boolean
  region?: string
  profile?: string
  role?: string
  endpoint?: string
}

const collect = (value: string, before: string[]): string[] => [...before, value]

export function portsCommand(): Command {
  return new Command('ports')
    .description('the smallest opening that covers what was observed: from a list of ports, flow logs, or the store')
    .argument('[files...]', 'flow logs and other records of connections, as for an import; - is standard input')
    .option('--ports <list>', 'observed ports instead of flows: 80,443,8000-8010; - reads them from standard input')
    .option(
      '--store [query]',
      'take the flows from the data folder (or its running server): those that match the query'
    )
    .option('--athena <table>', 'take the flows from a table of VPC flow logs in Athena: database.table')
    .option('--athena-where <sql>', 'a further condition for Athena, so that it reads less: "day >= \'2026/11/01\'"')
    .option('--athena-output <s3://…>', 'where Athena puts results, if its workgroup does not say')
    .option('--athena-workgroup <name>', 'the workgroup of Athena')
    .option('--insights <group>', 'take the flows from a log group of VPC flow logs, by CloudWatch Logs Insights')
    .option(
      '--insights-format <format>',
      "the fields of the flow log's format, where it may not be asked for: 'version srcaddr …'"
    )
    .option('--max-rules <n>', 'rules at most', wholeFrom(1), 60)
    .option('--max-open-ports <n>', 'ports that nobody used inside a single range, at most', wholeFrom(0), 65_536)
    .option(
      '--max-sources <k>',
      'networks that may reach one range of ports, at most; 0: everyone may',
      wholeFrom(0),
      4
    )
    .option(
      '--public-from <n>',
      'clients from so many different networks (/16) mean a service for everyone; 0: none is',
      wholeFrom(0),
      16
    )
    .option('--address <ip>', 'whose inbound rules: an address or network, more than once if need be', collect, [])
    .option('--interface <id>', 'whose inbound rules: a network interface (eni-…)', collect, [])
    .option('--instance <id>', 'whose inbound rules: an instance (i-…)', collect, [])
    .option(
      '--group <id>',
      'whose inbound rules: a security group (sg-…); its members are found in --existing files, or by --live'
    )
    .option(
      '--existing <file>',
      'describe-security-groups, describe-network-interfaces, or Terraform state as JSON',
      collect,
      []
    )
    .option('--live', 'ask EC2 for the security groups that are there, and who is in them, instead of --existing files')
    .option('--known <name=network>', 'a network that has a name: office=198.51.100.0/24', collect, [])
    .option('--answered-only', 'leave out what no answer was logged of')
    .option('--from <time>', 'from this time on: -24h, 2026-11-21, 2026-11-21T06:00:00Z')
    .option('--to <time>', 'before this time')
    .option('--format <name>', 'the format of the files, where it should not be recognised')
    .option('--out <form>', `print the rules alone, as ${formats.join(', ')}`, readForm)
    .option('--region <name>', 'the region of AWS')
    .option('--profile <name>', 'a profile of ~/.aws/config')
    .option('--role <arn>', 'a role to assume')
    .option('--endpoint <url>', 'another address than Amazon’s own')
    .option('--json', 'print one JSON object')
    .option('--data <folder>', 'the data folder')
    .action(async (files: string[], options: PortsOptions) => {
      if (options.ports !== undefined) process.exitCode = await portsOf(options.ports, options)
      else if (
        files.length === 0 &&
        [options.store, options.athena, options.insights].every(from => from === undefined)
      )
        throw new PicketError(
          'no-ports',
          'Say what was observed: picket ports FLOWLOGS…, picket ports --store, --athena TABLE, --insights LOG-GROUP, or --ports 80,443,8000-8010'
        )
      else {
        // Only now: a list of ports needs no formats.
        const { loadOwnParsers } = await import('./settings.ts')
        const { analyze } = await import('./ports-analysis.ts')
        loadOwnParsers(options.data ?? defaultDataFolder())
        process.exitCode = await analyze(files, options)
      }
    })
}

async function portsOf(ports: string, options: PortsOptions): Promise<number> {
  const list = readPortList(ports === '-' ? await readText(process.stdin) : ports)
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
  const unused = opening.extraPorts.length
  const opens =
    unused === 0
      ? 'nothing is open that nobody used'
      : `${unused} open ${unused === 1 ? 'port' : 'ports'} that nobody used`
  lines.push(`${opening.rules} of ${limits.maxRules} rules; ${opens}.`)
  return lines.map(line => line + '\n').join('')
}

function wholeFrom(least: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < least) throw new InvalidArgumentError(`a whole number of at least ${least}.`)
    return value
  }
}

function readForm(text: string): RuleFormat {
  const form = formats.find(name => name === text)
  if (form === undefined) throw new InvalidArgumentError(`one of ${formats.join(', ')}.`)
  return form
}
