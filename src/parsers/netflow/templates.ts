/**
 * Templates of NetFlow version 9 and IPFIX: what the records of a data set are made of.
 *
 *   template  = id count *field                                          v9, IPFIX; a count of 0 withdraws it (IPFIX)
 *   options   = id scope-length option-length *field                     v9, lengths in octets
 *             | id count scope-count *field                              IPFIX
 *   field     = element length [ enterprise ]                            the highest bit of the element says that there is one (IPFIX)
 */

import { type Element, elementOf } from './elements.ts'
import { u16, u32 } from './octets.ts'

export type Field = {
  /** Undefined: not in the registry; the octets are kept under `name`. */
  readonly element: Element | undefined
  readonly name: string
  /** 65535: variable. */
  readonly length: number
}

export type Template = {
  readonly id: number
  readonly fields: readonly Field[]
  /** How many of the fields say what the others are about (options). */
  readonly scopes: number
  /** Octets that a record has at least. */
  readonly lengthMin: number
}

const fieldsMax = 512

export function readTemplates(
  bytes: Uint8Array,
  options: boolean,
  version: 9 | 10
): { readonly templates: readonly Template[]; readonly problem: string | undefined } {
  const templates: Template[] = []
  let at = 0
  // Less than a head is padding.
  while (at + (options ? 6 : 4) <= bytes.length) {
    const id = u16(bytes, at)
    if (id < 256) break
    let count: number
    let scopes = 0
    if (!options) {
      count = u16(bytes, at + 2)
      at += 4
    } else if (version === 10) {
      count = u16(bytes, at + 2)
      scopes = count === 0 ? 0 : u16(bytes, at + 4)
      at += count === 0 ? 4 : 6
    } else {
      scopes = u16(bytes, at + 2) >> 2
      count = scopes + (u16(bytes, at + 4) >> 2)
      at += 6
    }
    if (count > fieldsMax) return { templates, problem: `a template of ${count} fields` }
    const fields: Field[] = []
    let lengthMin = 0
    for (let i = 0; i < count; i++) {
      if (at + 4 > bytes.length) return { templates, problem: 'a template cut short' }
      let number = u16(bytes, at)
      const length = u16(bytes, at + 2)
      let enterprise = 0
      at += 4
      if (version === 10 && number >= 32768) {
        if (at + 4 > bytes.length) return { templates, problem: 'a template cut short' }
        number -= 32768
        enterprise = u32(bytes, at)
        at += 4
      }
      // Version 9 has scopes of its own: system, interface, line card, cache, template.
      const isScope = version === 9 && i < scopes
      fields.push(
        isScope
          ? { element: { name: scopeNames[number] ?? `scope_${number}`, type: 'u' }, name: '', length }
          : { element: elementOf(number, enterprise), name: `element_${enterprise}_${number}`, length }
      )
      lengthMin += length === 65535 ? 1 : length
    }
    templates.push({ id, fields, scopes, lengthMin })
  }
  return { templates, problem: undefined }
}

const scopeNames: Readonly<Record<number, string>> = {
  1: 'system',
  2: 'interface',
  3: 'line_card',
  4: 'netflow_cache',
  5: 'template'
}
