/**
 * faker's methods by name. The names that exist are listed once, from the modules themselves; what is written in a configuration is looked up in
 * that list and reaches nothing else. Loaded when a configuration asks for it: the names of 70 countries take a while.
 */

import type { Faker, LocaleDefinition } from '@faker-js/faker'
import type { FakerMethods, Fakers } from '../field.ts'

/** What takes code, evaluates templates of its own, or gives no value. */
const excluded = new Set([
  'helpers.fake',
  'helpers.mustache',
  'helpers.multiple',
  'helpers.uniqueArray',
  'helpers.maybe',
  'helpers.enumValue',
  'helpers.fromRegExp',
  'helpers.objectEntry',
  'helpers.objectKey',
  'helpers.objectValue'
])

const modules = (
  'airline animal book color commerce company database datatype date finance food git hacker helpers image internet ' +
  'location lorem music number person phone science string system vehicle word'
).split(' ')

/** So that dates are the same under a seed. */
const referenceMs = Date.UTC(2026, 0, 1)

export type Locales = {
  readonly fakers: Fakers
  readonly known: readonly string[]
  readonly missing: readonly string[]
}

/** Loads what these locales need (`de`, `de_AT`, `pt-BR`); those that there are not are in `missing`. */
export async function loadFakers(locales: readonly string[]): Promise<Locales> {
  const { allLocales, base, en, Faker } = await import('@faker-js/faker')
  const all = allLocales as unknown as Readonly<Record<string, LocaleDefinition>>
  const definitionsOf = (locale: string): LocaleDefinition[] | undefined => {
    const [language, country] = locale.replace('-', '_').split('_')
    const names = [`${language}_${country}`, language!].filter(name => Object.hasOwn(all, name))
    return names.length === 0 ? undefined : [...names.map(name => all[name]!), en, base]
  }
  return {
    known: Object.keys(all),
    missing: locales.filter(locale => definitionsOf(locale) === undefined),
    fakers: (locale, seed) => {
      const faker = new Faker({ locale: definitionsOf(locale) ?? [en, base], seed })
      faker.setDefaultRefDate(referenceMs)
      return methodsOf(faker)
    }
  }
}

/** For configurations that need none. */
export const noFakers: Fakers = () => ({ names: [], call: () => undefined })

function methodsOf(faker: Faker): FakerMethods {
  const methods = new Map<string, (...args: readonly unknown[]) => unknown>()
  for (const name of modules) {
    const module = (faker as unknown as Record<string, object>)[name]
    if (module === undefined) continue
    for (let level = module; level !== Object.prototype && level !== null; level = Object.getPrototypeOf(level))
      for (const [method, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
        const full = `${name}.${method}`
        if (method === 'constructor' || typeof value !== 'function' || excluded.has(full) || methods.has(full)) continue
        methods.set(full, value.bind(module))
      }
  }
  return { names: [...methods.keys()], call: (name, args) => methods.get(name)!(...args) }
}
