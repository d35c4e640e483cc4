/** How a record's fields are written: as JSON (nested), as cells of a table (flat, with dotted names), or in a template. */

import { csvCell } from '../core/csv.ts'
import type { Field, Slots } from './field.ts'

/** A leaf with its slot, or an object with its members; `gate` is the slot that says whether it is null or not there. */
export type Layout =
  | { readonly kind: 'leaf'; readonly slot: number; readonly field: Field; readonly canBeAbsent: boolean }
  | {
      readonly kind: 'object'
      readonly members: readonly Member[]
      readonly gate: number | undefined
      readonly canBeAbsent: boolean
    }
export type Member = { readonly key: string; readonly layout: Layout }

/** What a slot holds where the field is not there at all. */
export const absent: unique symbol = Symbol('absent')

type Writer = (slots: Slots) => string

export function jsonWriter(layout: Layout): Writer {
  if (layout.kind === 'leaf') {
    const { slot, field } = layout
    return slots => field.json(slots[slot])
  }
  const { gate } = layout
  const write = layout.members.some(({ layout }) => layout.canBeAbsent)
    ? sparseWriter(layout.members)
    : fullWriter(layout.members)
  return gate === undefined ? write : slots => (slots[gate] === null ? 'null' : write(slots))
}

/** All members are always there: keys and what is constant are joined beforehand, nested objects too. */
function fullWriter(members: readonly Member[]): Writer {
  const before: string[] = []
  const leaves: { slot: number; json: (raw: unknown) => string }[] = []
  const others: (Writer | undefined)[] = []
  let text = ''
  const walk = (members: readonly Member[]): void => {
    text += '{'
    members.forEach(({ key, layout }, at) => {
      text += `${at === 0 ? '' : ','}${JSON.stringify(key)}:`
      if (
        layout.kind === 'object' &&
        layout.gate === undefined &&
        layout.members.every(({ layout }) => !layout.canBeAbsent)
      ) {
        walk(layout.members)
        return
      }
      if (layout.kind === 'leaf' && layout.field.values?.length === 1) {
        text += layout.field.json(0)
        return
      }
      before.push(text)
      text = ''
      leaves.push(layout.kind === 'leaf' ? { slot: layout.slot, json: layout.field.json } : { slot: 0, json: () => '' })
      others.push(layout.kind === 'leaf' ? undefined : jsonWriter(layout))
    })
    text += '}'
  }
  walk(members)
  const after = text
  const slots = leaves.map(({ slot }) => slot)
  const json = leaves.map(leaf => leaf.json)
  const count = leaves.length
  if (others.every(other => other === undefined))
    return record => {
      let line = ''
      for (let i = 0; i < count; i++) line += before[i]! + json[i]!(record[slots[i]!])
      return line + after
    }
  return record => {
    let line = ''
    for (let i = 0; i < count; i++) {
      const other = others[i]
      line += before[i]! + (other === undefined ? json[i]!(record[slots[i]!]) : other(record))
    }
    return line + after
  }
}

function sparseWriter(members: readonly Member[]): Writer {
  const parts = members.map(({ key, layout }) => ({
    key: `${JSON.stringify(key)}:`,
    slot: layout.kind === 'leaf' ? layout.slot : layout.gate,
    canBeAbsent: layout.canBeAbsent,
    write: jsonWriter(layout)
  }))
  return slots => {
    let line = ''
    for (const { key, slot, canBeAbsent, write } of parts) {
      if (canBeAbsent && slots[slot!] === absent) continue
      line += (line === '' ? '{' : ',') + key + write(slots)
    }
    return line === '' ? '{}' : line + '}'
  }
}

export type Column = { readonly name: string; readonly text: Writer; readonly isText: boolean }

export function columnsOf(layout: Layout, prefix = ''): Column[] {
  if (layout.kind === 'leaf') {
    const { slot, field } = layout
    return [{ name: prefix, text: slots => field.text(slots[slot]), isText: field.type !== 'number' }]
  }
  const { gate } = layout
  return layout.members.flatMap(({ key, layout }) =>
    columnsOf(layout, prefix === '' ? key : `${prefix}.${key}`).map(column => ({
      ...column,
      text:
        gate === undefined ? column.text : (slots: Slots) => (typeof slots[gate] === 'number' ? column.text(slots) : '')
    }))
  )
}

/** RFC 4180, without the line's end. `escapeFormulas`: what a spreadsheet would run begins with an apostrophe. */
export function csvWriter(
  layout: Layout,
  escapeFormulas: boolean
): { readonly header: string; readonly write: Writer } {
  const columns = columnsOf(layout)
  const cell = (text: string, isText: boolean): string => csvCell(text, escapeFormulas && isText)
  return {
    header: columns.map(({ name }) => cell(name, true)).join(','),
    write: slots => {
      let line = ''
      for (let i = 0; i < columns.length; i++) {
        const { text, isText } = columns[i]!
        line += (i === 0 ? '' : ',') + cell(text(slots), isText)
      }
      return line
    }
  }
}
