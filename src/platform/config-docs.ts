/**
 * Writes the reference page of `picket.yaml` out of its schema.
 * `node src/platform/config-docs.ts` renews docs/configuration.md; a test checks that it is current.
 */

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { configSchema, type SchemaView, viewOf } from './config-schema.ts'
import { sourceSchemas } from './sources/index.ts'

export const configurationFile = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url))

export function configurationPage(): string {
  const sections = Object.entries(configSchema.shape).map(([key, schema]) => section(key, viewOf(schema)))
  return `# Configuration

<!-- Written by src/platform/config-docs.ts out of src/platform/config-schema.ts: change the schema, then run it. -->

Picket runs without any configuration. What should differ from the defaults goes into \`picket.yaml\` in the data folder
(or where \`--config\` says); [examples/picket.yaml](../examples/picket.yaml) shows one. A mistake is reported with its file,
line and key. The file is read again when it changes; if the new one is broken, that is reported and the old one stays.

Sizes are written \`900MB\` (10⁶ bytes) or \`2GiB\` (2³⁰), durations \`30s\`, \`12h\`, \`30d\`. \`\${NAME}\` in a value stands for the
environment variable NAME; a file \`.env\` in the data folder is read first, if there is one.

${sections.join('\n')}`
}

function section(key: string, view: SchemaView): string {
  if (view.kind === 'array') {
    const kinds = sourceSchemas.map(schema => {
      const { shape } = viewOf(schema)
      const type = viewOf(shape!['type']!)
      const { type: _, ...rest } = shape!
      return `### \`type: ${String(type.values?.[0])}\`\n\n${type.description}\n\n${table(rowsOf('', rest))}`
    })
    return `## \`${key}\`\n\n${view.description} A list; each entry has a \`type\`.\n\n${kinds.join('\n')}`
  }
  return `## \`${key}\`\n\n${view.description}\n\n${table(rowsOf('', view.shape ?? {}))}`
}

type Row = readonly [string, string, string, string]

function rowsOf(prefix: string, shape: Readonly<Record<string, z.ZodType>>): Row[] {
  return Object.entries(shape).flatMap(([name, schema]): Row[] => {
    const view = viewOf(schema)
    const key = prefix + name
    if (view.shape === undefined) return [[`\`${key}\``, typeOf(view), defaultOf(view), view.description ?? '']]
    return [
      [`\`${key}\``, 'section', view.defaultValue === undefined ? 'none' : '', view.description ?? ''],
      ...rowsOf(`${key}.`, view.shape)
    ]
  })
}

function table(rows: readonly Row[]): string {
  const cells = (row: readonly string[]) => `| ${row.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [cells(['key', 'type', 'default', '']), '|---|---|---|---|', ...rows.map(cells), ''].join('\n')
}

function typeOf(view: SchemaView): string {
  if (view.shown !== undefined) return view.shown
  if (view.values !== undefined) return view.values.map(value => `\`${String(value)}\``).join(', ')
  if (view.kind === 'array') return `list of ${view.element === undefined ? 'values' : typeOf(viewOf(view.element))}`
  return view.kind === 'string' ? 'text' : view.kind
}

function defaultOf(view: SchemaView): string {
  if (view.defaultValue === undefined) return view.optional ? 'none' : 'required'
  if (Array.isArray(view.defaultValue) && view.defaultValue.length === 0) return 'none'
  return `\`${String(view.defaultValue)}\``
}

if (import.meta.main) writeFileSync(configurationFile, configurationPage())
