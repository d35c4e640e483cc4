/**
 * Made-up names, addresses and the like. faker takes some microseconds a value; so a pool of them is made, as they are needed, and when it is full the
 * values are drawn out of it.
 */

import { type FakerOptions, type FieldSpec, optionsOf } from '../config.ts'
import { shortNames } from '../faker/names.ts'
import { choiceField, type Field, type FieldContext, isScalar, type Scalar, scalarJson, scalarText } from '../field.ts'
import { ProblemError, unknownName } from '../problem.ts'

export const poolDefault = 10_000
const valueMax = 65_536
const poolCharactersMax = 32e6
const argumentDepthMax = 4
/** Counts and lengths: a method that is asked for a million words would not come back. */
const countMax = 1000

/** The options, where the method may also be named by `faker: NAME`. */
export function fakerOptions(spec: FieldSpec): FakerOptions {
  const section = spec['faker']
  if (typeof section === 'string') return { ...(spec as FakerOptions), property: section }
  return optionsOf<FakerOptions>(spec)
}

export function faker(spec: FieldSpec, { random, fakers }: FieldContext): Field {
  const { property, locale = 'en', arguments: given, pool = poolDefault } = fakerOptions(spec)
  if (property === undefined)
    throw new ProblemError("lacks its property: the method's name, like name or person.fullName")
  const methods = fakers(locale, random.fork('faker').bits())
  const short = Object.hasOwn(shortNames, property) ? shortNames[property] : undefined
  const method = short === undefined ? property : short[0]
  if (!methods.names.includes(method))
    throw unknownName("a method of faker's", property, [...Object.keys(shortNames), ...methods.names])
  const args = given === undefined ? (short?.slice(1) ?? []) : Array.isArray(given) ? given : [given]
  for (const arg of args) checkArguments(arg, method, 0, typeof arg === 'number' && !method.startsWith('number.'))

  const make = (): Scalar => scalarOf(methods.call(method, args))
  let first: Scalar
  try {
    first = make()
  } catch (error) {
    throw new ProblemError(
      `cannot be made by ${method}: ${error instanceof Error ? error.message.slice(0, 300) : error}`
    )
  }
  if (pool === 0) {
    let spare: Scalar | undefined = first
    return {
      type: 'any',
      draw: () => {
        const value = spare === undefined ? make() : spare
        spare = undefined
        return value
      },
      value: raw => raw as Scalar,
      json: scalarJson,
      text: scalarText
    }
  }
  const values: Scalar[] = [first]
  const json: string[] = [scalarJson(first)]
  let used = 0
  let characters = 0
  let size = pool
  const { type } = choiceField([first], () => 0)
  return {
    // Other values of the method may be of other types, unless they are texts.
    type: type === 'text' ? 'text' : 'any',
    draw: () => {
      if (used >= size) return random.below(size)
      if (used === values.length) {
        const value = make()
        values.push(value)
        json.push(scalarJson(value))
        // Long texts: fewer are kept.
        characters += json.at(-1)!.length
        if (characters > poolCharactersMax) size = values.length
      }
      return used++
    },
    value: raw => values[raw as number]!,
    json: raw => json[raw as number]!,
    text: raw => scalarText(values[raw as number])
  }
}

function scalarOf(value: unknown): Scalar {
  if (typeof value === 'string') return value.slice(0, valueMax)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (typeof value === 'bigint') return String(value)
  if (isScalar(value)) return value
  return value === undefined ? null : (JSON.stringify(value) ?? '').slice(0, valueMax)
}

/** Amounts of money, dates and coordinates may be large; how many of something there are may not. */
const largeIn = /^(number|date|location|finance|commerce)\./
const counts = new Set(['count', 'length', 'digits', 'fractionDigits', 'words', 'sentences', 'paragraphs', 'lineCount'])

/** `isCount`: it says how many, or stands by itself, so that it may. */
function checkArguments(value: unknown, method: string, depth: number, isCount: boolean): void {
  if (depth > argumentDepthMax) throw new ProblemError(`has arguments more than ${argumentDepthMax} levels deep`)
  if (typeof value === 'string' && value.length > countMax)
    throw new ProblemError(`has an argument of more than ${countMax} characters`)
  if (typeof value === 'number' && Math.abs(value) > countMax && (isCount || !largeIn.test(method)))
    throw new ProblemError(`has an argument above ${countMax}, which ${method} would take too long for`)
  if (typeof value !== 'object' || value === null) return
  for (const [key, part] of Object.entries(value)) checkArguments(part, method, depth + 1, isCount || counts.has(key))
}
