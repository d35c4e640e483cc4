/** The categories of endpoints without a product: what each system's entry of the category means, together. */

import { type FieldTable, fieldTable, type Meaning } from './meaning.ts'
import { unix } from './unix.ts'
import { windows } from './windows.ts'

const ofSystems = [...windows, ...unix].filter(
  ({ when }) => typeof when.category === 'string' && when.service === undefined
)

function togetherIn(category: string): Meaning {
  const of = ofSystems.filter(({ when }) => when.category === category)
  const windowsOnly = of.find(({ when }) => when.product === 'windows')
  return {
    when: { product: false, category },
    about: `The same of any system: ${of.map(({ when }) => when.product).join(', ')}`,
    route: of.map(({ route }) => `(${route})`).join(' or '),
    fields: merged(of.flatMap(({ fields }) => fields ?? [])),
    ...(windowsOnly?.rest === undefined ? {} : { rest: windowsOnly.rest }),
    ...(windowsOnly?.values === undefined ? {} : { values: windowsOnly.values })
  }
}

function merged(tables: readonly FieldTable[]): FieldTable {
  const all = new Map(fieldTable(''))
  for (const table of tables)
    for (const [field, names] of table) all.set(field, [...new Set([...(all.get(field) ?? []), ...names])])
  return all
}

/** Virus scanners have an entry of their own. */
export const anySystem: readonly Meaning[] = [...new Set(ofSystems.map(({ when }) => String(when.category)))]
  .filter(category => category !== 'antivirus')
  .map(togetherIn)
