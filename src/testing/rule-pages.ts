/** The page of log sources, made from the lists that rules are read with (`src/sigma/logsources`). */

import { meanings } from '../sigma/logsource.ts'
import type { FieldTable, Meaning } from '../sigma/logsources/meaning.ts'

const intro = `# Log sources and fields of rules

Made by \`npm run docs:rules\` from the lists that rules are read with.

A rule says which events it is about (\`logsource\`) and names fields in Sigma's words or in those of the source. Picket asks a rule only of the
events that its logsource means, and looks for each field under the names below, in this order, and last under the field's own name. Any
of them that passes is enough. A field that the tables do not have is looked for in the container of its source (\`winlog.event_data\`,
\`suricata.eve\`, \`aws.cloudtrail\` …) and under its own name. So fields of ECS can be written as they are, and \`taxonomy: ecs\` says that
all of them are.

A logsource that is in no list and names a product or service means events whose \`event.module\`, \`event.dataset\`, \`service.name\`,
\`process.name\`, \`observer.product\` or \`observer.vendor\` is that name: so rules find what your own parsers make. One that names a
category only means any event. The first line that agrees with a logsource counts.

\`picket rules explain RULE EVENT\` shows for an event which field each clause read.

## Which events are meant

| product | category | service | what | search |
|---|---|---|---|---|
`

const said = (value: string | readonly string[] | false | undefined): string =>
  value === undefined || value === false ? '' : typeof value === 'string' ? value : value.join(', ')

const cell = (text: string): string => text.replaceAll('|', '\\|')

function rowOf({ when, about, route }: Meaning): string {
  return `| ${said(when.product)} | ${said(when.category)} | ${said(when.service)} | ${cell(about)} | \`${cell(route)}\` |\n`
}

function titleOf({ when }: Meaning): string {
  return [when.product, when.category, when.service]
    .map(said)
    .filter(part => part !== '')
    .join(' / ')
}

/** Lists that several logsources share stand once. */
function fieldsText(): string {
  const shared = new Map<FieldTable, Meaning[]>()
  for (const meaning of meanings) {
    if (meaning.fields === undefined || meaning.fields.size === 0) continue
    shared.set(meaning.fields, [...(shared.get(meaning.fields) ?? []), meaning])
  }
  let text = '\n## Where fields are found\n'
  for (const [fields, of] of shared) {
    const titles = of.map(titleOf)
    const more = titles.length > 12 ? ` and ${titles.length - 12} more` : ''
    text += `\n### ${titles.slice(0, 12).join(', ')}${more}\n\n| field | where events have it |\n|---|---|\n`
    for (const [field, names] of fields) text += `| \`${field}\` | ${names.map(name => `\`${name}\``).join(', ')} |\n`
  }
  return text
}

export function logsourcesPage(): string {
  return `${intro}${meanings.map(rowOf).join('')}${fieldsText()}`
}
