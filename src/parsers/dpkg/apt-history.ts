/**
 * What APT was asked to do: /var/log/apt/history.log, a block of lines a run. First stage of the pipeline: block → ECS event.
 *   block = "Start-Date: " stamp LF { name ": " value LF } "End-Date: " stamp LF          stamp: yyyy-mm-dd SP SP hh:mm:ss, local time
 *   names = Commandline, Requested-By ("alice (1000)"), Error, Comment, Install, Reinstall, Upgrade, Downgrade, Remove, Purge
 *   packages = package { ", " package }       package = name ":" arch " (" version [ ", " ( version | "automatic" ) ] ")"
 */

import { distinct } from '../../core/ecs-values.ts'
import type { EcsEvent, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { aptHistoryDescription } from './description.ts'

const blockMax = 1_048_576
const packagesMax = 4096

const types: ReadonlyMap<string, string> = new Map([
  ['Install', 'installation'],
  ['Reinstall', 'installation'],
  ['Upgrade', 'change'],
  ['Downgrade', 'change'],
  ['Remove', 'deletion'],
  ['Purge', 'deletion']
])

type Package = {
  readonly name: string
  readonly architecture: string | undefined
  readonly version: string | undefined
  readonly previous_version: string | undefined
  readonly automatic: true | undefined
}

function parseBlock(text: string, zone: number): Parsed {
  if (text.length > blockMax) return { ok: false, reason: `a run of ${text.length} characters` }
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0 && colon < 32) values.set(line.slice(0, colon), line.slice(colon + 2).trimEnd())
  }
  const startUs = stampOf(values.get('Start-Date'), zone)
  if (startUs === undefined) return { ok: false, reason: 'not APT’s history: no Start-Date' }
  const endUs = stampOf(values.get('End-Date'), zone)
  const requested = /^(\S{1,128}) \((\d{1,10})\)$/.exec(values.get('Requested-By') ?? '')
  const error = values.get('Error')
  const done: { [step: string]: Package[] } = {}
  const type: string[] = []
  const names: string[] = []
  for (const [name, kind] of types) {
    const listed = values.get(name)
    if (listed === undefined) continue
    const found = packagesOf(listed)
    done[name.toLowerCase()] = found
    if (!type.includes(kind)) type.push(kind)
    for (const item of found) names.push(item.name)
  }
  const event: EcsEvent = {
    '@timestamp': isoMs(startUs),
    message: values.get('Commandline') ?? values.get('Comment'),
    event: {
      kind: 'event',
      module: 'apt',
      dataset: 'apt.history',
      category: ['package'],
      type: type.length === 0 ? ['info'] : type,
      action: Object.keys(done).length === 1 ? Object.keys(done)[0] : 'run',
      outcome: error !== undefined ? 'failure' : endUs === undefined ? 'unknown' : 'success',
      start: isoMs(startUs),
      end: endUs === undefined ? undefined : isoMs(endUs),
      duration: endUs === undefined ? undefined : (endUs - startUs) * 1000
    },
    process: { command_line: values.get('Commandline') },
    user: requested === null ? undefined : { name: requested[1], id: requested[2] },
    error: { message: error },
    package: { name: distinct(...names.slice(0, 256)), type: 'dpkg' },
    apt: { comment: values.get('Comment'), requested_by: values.get('Requested-By'), ...done },
    related: { user: requested === null ? undefined : [requested[1]] }
  }
  return { ok: true, event, timeUs: startUs, kind: 'run' }
}

function stampOf(text: string | undefined, zone: number): number | undefined {
  if (text === undefined || text.length > 40) return undefined
  const space = text.indexOf(' ')
  return space < 0 ? undefined : parseIso(`${text.slice(0, space)} ${text.slice(space).trim()}`, zone)
}

/** `curl:amd64 (7.88.1-10, automatic), libc6:amd64 (2.36-8, 2.36-9)`. */
function packagesOf(text: string): Package[] {
  const out: Package[] = []
  let at = 0
  while (at < text.length && out.length < packagesMax) {
    const open = text.indexOf(' (', at)
    const close = open < 0 ? -1 : text.indexOf(')', open)
    if (close < 0) break
    const full = text.slice(at, open)
    const colon = full.lastIndexOf(':')
    const [first, second] = text.slice(open + 2, close).split(', ')
    const automatic = second === 'automatic'
    const previous = second === undefined || automatic ? undefined : first
    out.push({
      name: colon > 0 ? full.slice(0, colon) : full,
      architecture: colon > 0 ? full.slice(colon + 1) : undefined,
      version: previous === undefined ? first : second,
      previous_version: previous,
      automatic: automatic ? true : undefined
    })
    at = text.startsWith(', ', close + 1) ? close + 3 : text.length
  }
  return out
}

function recognise(sample: Sample): number {
  return sample.lines[0]?.startsWith('Start-Date: ') === true && stampOf(sample.lines[0].slice(12), 0) !== undefined
    ? 0.95
    : 0
}

export const aptHistory: Parser = {
  name: 'apt-history',
  title: 'APT’s history (Debian, Ubuntu)',
  input: 'text',
  framing: 'multiline',
  begins: line => line.startsWith('Start-Date: '),
  recognise,
  open: context => text => parseBlock(text, context.timezoneMinutes ?? 0),
  description: aptHistoryDescription
}
