/**
 * The log files of Kubernetes' container runtimes (containerd, CRI-O): /var/log/pods/…/0.log.
 *   line = time SP ( "stdout" | "stderr" ) SP tags SP content
 *   tags = ( "P" | "F" ) *( ":" tag )         P: the content goes on in the next line of the stream, F: it ends here
 * https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */

import type { Parser, Sample } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { unwrapped, withoutLineEnd } from '../shared/envelope.ts'
import { containerIn } from './container-name.ts'
import { criDescription } from './description.ts'

export const containerCri: Parser = {
  name: 'container-cri',
  title: 'Container logs of Kubernetes: containerd and CRI-O (around any format)',
  input: 'text',
  framing: 'multiline',
  begins,
  recognise,
  description: criDescription,
  open(context) {
    const { container, kubernetes, orchestrator } = containerIn(context.fileName)
    return text => {
      const line = scan(text, 0)
      if (line === undefined)
        return { ok: false, reason: 'not a container’s log line: time, stdout or stderr, and P or F' }
      return unwrapped(context, withoutLineEnd(contentOf(text, line)), {
        timeUs: line.timeUs,
        identity: undefined,
        kind: 'cri',
        facts: {
          '@timestamp': undefined,
          message: undefined,
          event: { kind: 'event', module: 'kubernetes', dataset: 'kubernetes.container_logs' },
          stream: line.stream,
          container,
          kubernetes,
          orchestrator
        }
      })
    }
  }
}

type Line = {
  readonly timeUs: number
  readonly stream: 'stdout' | 'stderr'
  readonly partial: boolean
  readonly at: number
}

/** The line at `from`; `at` is where its content begins. */
function scan(text: string, from: number): Line | undefined {
  // Nothing shorter than `2026-01-01T00:00:00Z` is a time.
  if (text.charCodeAt(from + 10) !== 84) return undefined
  const space = spaceBefore(text, from + 20, from + 40)
  if (space < 0) return undefined
  const stream = text.startsWith('stdout ', space + 1)
    ? 'stdout'
    : text.startsWith('stderr ', space + 1)
      ? 'stderr'
      : undefined
  if (stream === undefined) return undefined
  const tag = text.charCodeAt(space + 8)
  if (tag !== 70 && tag !== 80) return undefined
  let at = space + 9
  if (text.charCodeAt(at) === 58) {
    at = spaceBefore(text, at, at + 64)
    if (at < 0) return undefined
  }
  const after = text.charCodeAt(at)
  if (after !== 32 && after !== 10 && !Number.isNaN(after)) return undefined
  const timeUs = parseIso(text.slice(from, space))
  return timeUs === undefined ? undefined : { timeUs, stream, partial: tag === 80, at: after === 32 ? at + 1 : at }
}

/** The first space from `at` on and before `end`; -1 if there is none. */
function spaceBefore(text: string, at: number, end: number): number {
  for (let i = at; i < end; i++) if (text.charCodeAt(i) === 32) return i
  return -1
}

/** The contents of a record's lines as one. */
function contentOf(text: string, first: Line): string {
  const newline = text.indexOf('\n', first.at)
  if (newline < 0) return text.slice(first.at)
  const parts = [withoutLineEnd(text.slice(first.at, newline))]
  for (let from = newline + 1; from < text.length; ) {
    const next = text.indexOf('\n', from)
    const end = next < 0 ? text.length : next
    const line = scan(text, from)
    parts.push(withoutLineEnd(text.slice(line === undefined || line.at > end ? from : line.at, end)))
    from = end + 1
  }
  return parts.join('')
}

/** A line goes on with the record only where the line before was a part of it, of the same stream. */
function begins(line: string, _first: string | undefined, last?: string): boolean {
  if (last === undefined) return true
  const before = scan(last, 0)
  return before?.partial !== true || scan(line, 0)?.stream !== before.stream
}

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  let good = 0
  for (const line of lines) if (scan(line, 0) !== undefined) good++
  return good > 0 && good >= lines.length * 0.8 ? 0.95 : 0
}
