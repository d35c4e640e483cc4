/**
 * What Debian's package manager did: dpkg's log (/var/log/dpkg.log), a line a step. First stage of the pipeline: line → ECS event.
 *   line = yyyy-mm-dd SP hh:mm:ss SP ( "startup" SP type SP command | "status" SP state SP package SP version
 *          | ( "install" | "upgrade" | "configure" | "trigproc" | "disappear" | "remove" | "purge" ) SP package SP old SP new
 *          | "conffile" SP path SP ( "install" | "keep" ) )                                   dpkg(1), FILES; local time
 */

import type { EcsEvent, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { dpkgDescription } from './description.ts'

const lineMax = 4096

/** What each step means: `event.type`. */
const steps: ReadonlyMap<string, readonly string[]> = new Map([
  ['startup', ['info']],
  ['status', ['info']],
  ['install', ['installation']],
  ['upgrade', ['change']],
  ['configure', ['change']],
  ['trigproc', ['change']],
  ['disappear', ['deletion']],
  ['remove', ['deletion']],
  ['purge', ['deletion']],
  ['conffile', ['change']]
])

function parseLine(line: string, zone: number): Parsed {
  const timeUs = line.charCodeAt(19) === 32 && line.length <= lineMax ? parseIso(line.slice(0, 19), zone) : undefined
  const words = timeUs === undefined ? [] : line.slice(20).trimEnd().split(' ')
  const type = steps.get(words[0] ?? '')
  if (timeUs === undefined || type === undefined || words.length < 3) {
    return { ok: false, reason: 'not dpkg’s log: no time and step (install, upgrade, status …)' }
  }
  const [step, first, second, third] = words as [string, string, string, string | undefined]
  const isPackage = step !== 'startup' && step !== 'conffile'
  const name = isPackage ? (step === 'status' ? second : first) : undefined
  const colon = name?.indexOf(':') ?? -1
  const old = step === 'status' ? undefined : version(second)
  const fresh = step === 'status' ? version(third) : version(third)
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    message: line.slice(20).trimEnd(),
    event: {
      kind: 'event',
      module: 'dpkg',
      dataset: 'dpkg.log',
      category: step === 'startup' ? undefined : step === 'conffile' ? ['package', 'file'] : ['package'],
      type,
      action: step
    },
    package: isPackage
      ? {
          name: colon > 0 ? name!.slice(0, colon) : name,
          architecture: colon > 0 ? name!.slice(colon + 1) : undefined,
          version: fresh ?? old,
          type: 'dpkg'
        }
      : undefined,
    file: step === 'conffile' ? { path: first } : undefined,
    dpkg: {
      status: step === 'status' ? first : undefined,
      previous_version: isPackage && fresh !== undefined ? old : undefined,
      decision: step === 'conffile' ? second : undefined,
      type: step === 'startup' ? first : undefined,
      command: step === 'startup' ? second : undefined
    }
  }
  return { ok: true, event, timeUs, kind: step }
}

const version = (text: string | undefined): string | undefined => (text === '<none>' || text === '' ? undefined : text)

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  const good = lines.filter(line => parseLine(line, 0).ok).length
  return good > 0 && good >= lines.length * 0.8 ? 0.94 : 0
}

export const dpkg: Parser = {
  name: 'dpkg',
  title: 'dpkg’s log (Debian, Ubuntu)',
  input: 'text',
  framing: 'lines',
  recognise,
  open: context => line => parseLine(line, context.timezoneMinutes ?? 0),
  description: dpkgDescription
}
