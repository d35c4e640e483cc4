/** STIX patterns as trees (STIX 2.1, chapter 9, "STIX Patterning"). Made by `parse-pattern.ts`. */

/** The pattern's top: observations, joined and qualified. */
export type Observation =
  | { readonly kind: 'observed'; readonly test: Comparison }
  | { readonly kind: 'and' | 'or' | 'followedBy'; readonly of: readonly Observation[] }
  | { readonly kind: 'qualified'; readonly of: Observation; readonly by: Qualifier }

export type Qualifier =
  | { readonly kind: 'within'; readonly seconds: number }
  | { readonly kind: 'repeats'; readonly times: number }
  /** Times as `Literal` has them. */
  | { readonly kind: 'startStop'; readonly start: string; readonly stop: string }

/** What stands inside the square brackets: tests of one object. */
export type Comparison =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Comparison[] }
  | { readonly kind: 'exists'; readonly path: ObjectPath }
  | {
      readonly kind: 'test'
      readonly path: ObjectPath
      readonly negated: boolean
      readonly op: Operator
      /** One, or with IN any number. */
      readonly values: readonly Literal[]
    }

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'IN' | 'LIKE' | 'MATCHES' | 'ISSUBSET' | 'ISSUPERSET'

export type ObjectPath = {
  /** The object's type: `ipv4-addr`. */
  readonly type: string
  readonly steps: readonly PathStep[]
}

/** A property, a place in a list, or any place in it. */
export type PathStep = string | number | typeof anyIndex
export const anyIndex = Symbol('[*]')

export type Literal =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** A character a byte. */
  | { readonly kind: 'bytes'; readonly value: string }
  /** `2024-05-06T07:08:09.1`, without Z and zeros at the end: the order of texts is the order of times, however fine they are. */
  | { readonly kind: 'time'; readonly value: string }

const timestamp =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z$/

/** A timestamp as literals hold it, or undefined where the text is none. */
export function timeValue(text: string): string | undefined {
  if (text.length > 64 || !timestamp.test(text)) return undefined
  const bare = text.slice(0, -1)
  return bare.includes('.') ? bare.replace(/\.?0+$/, '') : bare
}

/** The path as it is written. */
export function pathText(path: ObjectPath): string {
  let text = `${path.type}:`
  path.steps.forEach((step, at) => {
    if (step === anyIndex) text += '[*]'
    else if (typeof step === 'number') text += `[${step}]`
    else text += `${at === 0 ? '' : '.'}${/^[a-zA-Z_]\w*$/.test(step) ? step : `'${step.replace(/[\\']/g, '\\$&')}'`}`
  })
  return text
}
