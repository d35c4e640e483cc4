/**
 * Files of OTLP logs as the OpenTelemetry Collector's file exporter writes them, documents of many records each, cut into documents
 * of one record. Documents follow each other on lines or pretty-printed.
 */

import type { JsonObject } from '../../core/parser.ts'
import type { Decoder } from '../decoders.ts'
import { documentOf, isOtlpLogs, logRecords } from './records.ts'

/** A document of more characters is damaged, or not one. */
const documentMax = 64 * 1024 * 1024

export const otlpLogs: Decoder = {
  name: 'otlp-logs',
  title: 'OpenTelemetry logs (OTLP JSON)',
  format: 'otlp',
  claims(head) {
    let text = ''
    for (let i = 0; i < Math.min(head.length, 64); i++) if (head[i]! > 32) text += String.fromCharCode(head[i]!)
    return text.startsWith('{"resourceLogs":[')
  },
  async *decode(bytes) {
    const decoder = new TextDecoder()
    let pending = ''
    let depth = 0
    let inString = false
    let at = 0
    let bad = 0
    for await (const piece of bytes) {
      pending += decoder.decode(piece, { stream: true })
      const records: string[] = []
      let from = 0
      for (; at < pending.length; at++) {
        const code = pending.charCodeAt(at)
        if (inString) {
          if (code === 92) at++
          else if (code === 34) inString = false
        } else if (code === 34) inString = true
        else if (code === 123 || code === 91) depth++
        else if (code === 125 || code === 93) {
          if (--depth > 0) continue
          depth = 0
          if (!push(records, pending.slice(from, at + 1))) bad++
          from = at + 1
        }
      }
      pending = pending.slice(from)
      at -= from
      if (records.length > 0) yield records
      if (pending.length > documentMax) throw new Error(`a document of more than ${documentMax} characters: not read`)
    }
    if (pending.trim() !== '') bad++
    if (bad > 0) throw new Error(`${bad} ${bad === 1 ? 'document is' : 'documents are'} no OTLP logs, or cut off`)
  }
}

function push(records: string[], text: string): boolean {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return false
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const json = value as JsonObject
  // Metrics and traces may stand between the logs: kept as they are, for other parsers.
  if (!isOtlpLogs(json)) records.push(JSON.stringify(json))
  else for (const one of logRecords(json)) records.push(JSON.stringify(documentOf(one)))
  return true
}
