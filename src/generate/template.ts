/** Texts with `{field}` in them. `{{` is a brace; a brace before anything that is no name (`{"key"`) stands for itself. */

import type { Field, Slots } from './field.ts'

export type TemplatePart = { readonly text: string } | { readonly name: string }

const place = /\{\{|\{([A-Za-z_@#$][\w@.$ -]*)\}/g

export function readTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  let text = ''
  let from = 0
  for (const match of template.matchAll(place)) {
    text += template.slice(from, match.index)
    from = match.index + match[0].length
    if (match[1] === undefined) {
      text += '{'
      continue
    }
    if (text !== '') parts.push({ text })
    text = ''
    parts.push({ name: match[1].trim() })
  }
  text += template.slice(from)
  if (text !== '') parts.push({ text })
  return parts
}

export function templateNames(parts: readonly TemplatePart[]): string[] {
  return parts.flatMap(part => ('name' in part ? [part.name] : []))
}

export function compileTemplate(
  parts: readonly TemplatePart[],
  target: (name: string) => { readonly slot: number; readonly field: Field }
): (slots: Slots) => string {
  const pieces = parts.map((part): ((slots: Slots) => string) => {
    if ('text' in part) return () => part.text
    const { slot, field } = target(part.name)
    return slots => field.text(slots[slot])
  })
  return slots => {
    let text = ''
    for (const piece of pieces) text += piece(slots)
    return text
  }
}
