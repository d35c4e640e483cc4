/**
 * Docker's `json-file` log driver: one line of a container's output each, as JSON.
 *   { "log": "the line\n", "stream": "stdout" | "stderr", "time": "2026-01-01T00:00:00.123456789Z", "attrs": { … } }
 * A line of more than 16 KiB comes in pieces, of which only the last ends in a line end: each piece is an event.
 * Files are named after their container: `<64 hexadecimal digits>-json.log`.
 */

import { object, text } from '../../core/ecs-values.ts'
import type { JsonObject, Parser, Sample } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { cleanse } from '../ndjson/document.ts'
import { unwrapped, withoutLineEnd } from '../shared/envelope.ts'
import { containerIn } from './container-name.ts'
import { dockerDescription } from './description.ts'

export const containerDocker: Parser = {
  name: 'container-docker',
  title: 'Docker’s json-file logs (around any format)',
  input: 'json',
  framing: 'lines',
  recognise,
  description: dockerDescription,
  open(context) {
    const { container, kubernetes, orchestrator } = containerIn(context.fileName)
    return (_text, json) => {
      const log = json['log']
      const time = text(json['time'])
      if (typeof log !== 'string' || time === undefined)
        return { ok: false, reason: 'not a line of Docker’s json-file: no `log` or no `time`' }
      const attrs = object(json['attrs'])
      return unwrapped(context, withoutLineEnd(log), {
        timeUs: parseIso(time),
        identity: undefined,
        kind: 'docker',
        facts: {
          '@timestamp': undefined,
          message: undefined,
          event: { kind: 'event', module: 'docker', dataset: 'docker.container_logs' },
          stream: text(json['stream']),
          container: { id: container?.id, name: container?.name, runtime: 'docker' },
          kubernetes,
          orchestrator,
          docker: attrs === undefined ? undefined : { attrs: cleanse(attrs, 2) }
        }
      })
    }
  }
}

const keys: ReadonlySet<string> = new Set(['log', 'stream', 'time', 'attrs'])

function isDockerLine(json: JsonObject): boolean {
  if (typeof json['log'] !== 'string' || typeof json['time'] !== 'string') return false
  const stream = json['stream']
  if (stream !== 'stdout' && stream !== 'stderr') return false
  for (const key in json) if (!keys.has(key)) return false
  return true
}

function recognise(sample: Sample): number {
  let lines = 0
  let good = 0
  for (const json of sample.json.slice(0, 20)) {
    lines++
    if (json !== undefined && isDockerLine(json)) good++
  }
  return good > 0 && good >= lines * 0.8 ? 0.95 : 0
}
