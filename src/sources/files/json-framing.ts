/** How a JSON stream is cut, from its beginning: whole lines are cheapest, documents need the cutter. */
import type { JsonObject } from '../../core/parser.ts'
import { JsonScanner } from './json-scanner.ts'

/**
 * `lines` where each line is a record (the usual NDJSON, even if its first line is broken); `json` for arrays, wrapped records, and
 * objects over several lines. Whatever the format: a pretty-printed array of Suricata's events is cut too.
 */
export function jsonFraming(text: string): 'lines' | 'json' {
  const lines = text.split('\n', 64).filter(line => line.trim() !== '')
  const first = lines[0]?.trimStart() ?? ''
  if (first.startsWith('[')) return 'json'
  if (!first.startsWith('{')) return 'lines'
  const object = parsed(first)
  if (object !== undefined) return wraps(first) ? 'json' : 'lines'
  // A first line that is cut off, before lines that are whole: broken NDJSON, not a pretty-printed document.
  return lines.slice(1).some(line => line.startsWith('{') && parsed(line) !== undefined) ? 'lines' : 'json'
}

/** Is this whole object a wrapper of records? What the cutter makes of it says so. */
function wraps(line: string): boolean {
  const bytes = Buffer.from(line)
  const scanner = new JsonScanner()
  const found = scanner.next(bytes, true)
  return found !== 'record' || scanner.start > 0
}

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
