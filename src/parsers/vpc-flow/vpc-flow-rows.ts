/**
 * Rows of VPC flow logs as objects: from Parquet files (`parquet.ts`), Athena and other tables. Column names are those of the fields with
 * underscores. The events are those of the text format.
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { type Layout, layoutOfHeader, valuesMax } from './fields.ts'
import { flowEvent } from './flow-event.ts'

const values: string[] = new Array(valuesMax).fill('-')

/** Layouts by the names of the columns: those of one file are the same, but for nulls. */
const layoutsMax = 256

function open(): (text: string, json: JsonObject) => Parsed {
  const layouts = new Map<string, Layout | undefined>()
  return (_text, json) => {
    let names = ''
    let count = 0
    for (const key in json) {
      const value = json[key]
      if (typeof value === 'object' && value !== null)
        return { ok: false, reason: `${key.slice(0, 80)} is no plain value` }
      if (count === valuesMax || names.length > 8000) return { ok: false, reason: `more than ${valuesMax} fields` }
      values[count++] = value === null || value === '' ? '-' : String(value)
      names += count === 1 ? key : ` ${key}`
    }
    let layout = layouts.get(names)
    if (layout === undefined && !layouts.has(names)) {
      layout = layoutOfHeader(names)
      if (layouts.size >= layoutsMax) layouts.clear()
      layouts.set(names, layout)
    }
    if (layout === undefined || layout.count !== count)
      return { ok: false, reason: 'the columns are not those of a VPC flow log' }
    return flowEvent(values, 0, layout, undefined)
  }
}

function isFlowRow(json: JsonObject): boolean {
  const has = (name: string) => json[name] !== undefined || json[name.replaceAll('_', '-')] !== undefined
  if (object(json['event']) !== undefined || json['query_name'] !== undefined) return false
  return (
    (has('interface_id') || has('tgw_id')) && has('srcaddr') && has('dstaddr') && (has('log_status') || has('action'))
  )
}

function recognise(sample: Sample): number {
  let objects = 0
  let good = 0
  for (const json of sample.json.slice(0, 20)) {
    if (json === undefined) continue
    objects++
    // Rows without data have no addresses.
    if (isFlowRow(json) || (good > 0 && (json['log_status'] ?? json['log-status']) !== undefined)) good++
  }
  return objects > 0 && good >= objects * 0.8 ? 0.9 : 0
}

export const vpcFlowRows: Parser = {
  name: 'vpc-flow-rows',
  title: 'AWS VPC and transit gateway flow logs as rows (Parquet, JSON of Athena)',
  input: 'json',
  framing: 'lines',
  recognise,
  open
}
