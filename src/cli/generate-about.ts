/** What `picket generate` can: the schema of configurations, and the lists of kinds, shapes and sinks. `node src/cli/generate-about.ts` renews docs/generate.schema.json. */

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { fieldSchema, generatorSchema } from '../generate/config.ts'
import { shapes } from '../generate/shapes/index.ts'
import { viewOf } from '../platform/config-schema.ts'
import { sinks } from '../sinks/index.ts'

export const schemaFile = fileURLToPath(new URL('../../docs/generate.schema.json', import.meta.url))

const everyField = ['nulls', 'absent', 'when', 'hidden']

export function schemaText(): string {
  const schema = z.toJSONSchema(generatorSchema, { io: 'input', unrepresentable: 'any' })
  return `${JSON.stringify({ title: 'picket generate', ...schema }, null, 2)}\n`
}

export function listText(): string {
  const lines: string[] = ['Kinds of fields:']
  for (const option of viewOf(fieldSchema).options ?? []) {
    const { shape = {} } = viewOf(option)
    const names = (viewOf(shape['type']!).values ?? []).map(String)
    lines.push(`  ${names.join(', ')}`)
    for (const [key, schema] of Object.entries(shape)) {
      const { description } = viewOf(schema)
      if (key === 'type' || everyField.includes(key)) continue
      if (description !== undefined) lines.push(`      ${key.padEnd(14)} ${description}`)
    }
  }
  lines.push('  any', ...everyField.map(key => `      ${key.padEnd(14)} ${descriptionOf(key)}`))
  lines.push('', 'Shapes:')
  for (const { name, about } of shapes) lines.push(`  ${name.padEnd(20)} ${about}`)
  if (shapes.length === 0) lines.push('  none yet')
  lines.push('', 'Sinks (--out), with their options (after ? in the address, or by --option):')
  for (const { example, about, options } of sinks) {
    lines.push(`  ${example}`, `      ${about}`)
    for (const [key, schema] of Object.entries((options as z.ZodObject).shape))
      lines.push(`      ${key.padEnd(14)} ${viewOf(schema as z.ZodType).description ?? ''}`)
  }
  return `${lines.join('\n')}\n`
}

function descriptionOf(key: string): string {
  const [first] = viewOf(fieldSchema).options ?? []
  return viewOf(viewOf(first!).shape![key]!).description ?? ''
}

if (import.meta.main) writeFileSync(schemaFile, schemaText())
