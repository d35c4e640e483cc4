/** What expressions may call, and the constants: this list and nothing else. Every one is total, and no text grows beyond a bound. */

import type { Scalar, ValueType } from '../field.ts'
import type { Random } from '../random.ts'
import { numberOf, textOf } from './values.ts'

export type Function = {
  /** Least and most operands. */
  readonly operands: readonly [number, number]
  readonly type: ValueType
  readonly call: (operands: readonly Scalar[], random: Random) => Scalar
  /** For one number, without a list of operands. */
  readonly ofNumber?: (x: number) => number
}

const textMax = 65_536
const many = 32

export const constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI]
])

const ofNumber = (ofNumber: (x: number) => number): Function => ({
  operands: [1, 1],
  type: 'number',
  call: ([x]) => ofNumber(numberOf(x!)),
  ofNumber
})
const numeric = (least: number, most: number, call: (numbers: readonly number[]) => number): Function => ({
  operands: [least, most],
  type: 'number',
  call: operands => call(operands.map(numberOf))
})
const textual = (least: number, most: number, call: (operands: readonly Scalar[]) => string): Function => ({
  operands: [least, most],
  type: 'text',
  call: operands => call(operands).slice(0, textMax)
})
const about = (least: number, most: number, call: (operands: readonly Scalar[]) => Scalar): Function => ({
  operands: [least, most],
  type: 'any',
  call
})

const round = (x: number, digits: number): number => {
  const scale = 10 ** Math.max(-15, Math.min(15, Math.trunc(digits) || 0))
  return Math.round(x * scale) / scale
}
const count = (value: Scalar | undefined): number =>
  Math.max(0, Math.min(textMax, Math.trunc(numberOf(value ?? 0)) || 0))
const isTrue = (value: Scalar | undefined): boolean =>
  value !== undefined && value !== null && value !== false && value !== '' && value !== 0 && !Number.isNaN(value)

function padded(text: string, length: number, filler: string, start: boolean): string {
  const by = filler === '' ? ' ' : filler
  return start ? text.padStart(length, by) : text.padEnd(length, by)
}

export const functions: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['abs', ofNumber(Math.abs)],
  ['ceil', ofNumber(Math.ceil)],
  ['floor', ofNumber(Math.floor)],
  ['trunc', ofNumber(Math.trunc)],
  ['sign', ofNumber(Math.sign)],
  ['sqrt', ofNumber(Math.sqrt)],
  ['cbrt', ofNumber(Math.cbrt)],
  ['exp', ofNumber(Math.exp)],
  ['ln', ofNumber(Math.log)],
  ['log2', ofNumber(Math.log2)],
  ['log10', ofNumber(Math.log10)],
  ['sin', ofNumber(Math.sin)],
  ['cos', ofNumber(Math.cos)],
  ['tan', ofNumber(Math.tan)],
  ['asin', ofNumber(Math.asin)],
  ['acos', ofNumber(Math.acos)],
  ['atan', ofNumber(Math.atan)],
  ['sinh', ofNumber(Math.sinh)],
  ['cosh', ofNumber(Math.cosh)],
  ['tanh', ofNumber(Math.tanh)],
  ['rad', ofNumber(x => (x * Math.PI) / 180)],
  ['deg', ofNumber(x => (x * 180) / Math.PI)],
  ['round', numeric(1, 2, ([x, digits]) => round(x!, digits ?? 0))],
  ['log', numeric(1, 2, ([x, base]) => (base === undefined ? Math.log(x!) : Math.log(x!) / Math.log(base)))],
  ['atan2', numeric(2, 2, ([y, x]) => Math.atan2(y!, x!))],
  ['pow', numeric(2, 2, ([x, y]) => x! ** y!)],
  ['mod', numeric(2, 2, ([x, y]) => x! - y! * Math.floor(x! / y!))],
  ['hypot', numeric(1, many, numbers => Math.hypot(...numbers))],
  ['min', numeric(1, many, numbers => Math.min(...numbers))],
  ['max', numeric(1, many, numbers => Math.max(...numbers))],
  ['sum', numeric(1, many, numbers => numbers.reduce((sum, x) => sum + x, 0))],
  ['avg', numeric(1, many, numbers => numbers.reduce((sum, x) => sum + x, 0) / numbers.length)],
  ['clamp', numeric(3, 3, ([x, min, max]) => Math.min(max!, Math.max(min!, x!)))],
  ['number', numeric(1, 1, ([x]) => x!)],
  ['text', textual(1, 1, ([value]) => textOf(value!))],
  ['concat', textual(1, many, values => values.map(textOf).join(''))],
  ['lower', textual(1, 1, ([value]) => textOf(value!).toLowerCase())],
  ['upper', textual(1, 1, ([value]) => textOf(value!).toUpperCase())],
  ['trim', textual(1, 1, ([value]) => textOf(value!).trim())],
  [
    'substr',
    textual(2, 3, ([value, from, length]) => {
      const start = count(from)
      return textOf(value!).slice(start, length === undefined ? undefined : start + count(length))
    })
  ],
  [
    'replace',
    textual(3, 3, ([value, what, by]) => {
      const searched = textOf(what!)
      const [text, put] = [textOf(value!), textOf(by!)]
      if (searched === '') return text
      // Bounded before it is made: the value and what is put in its places are both up to 64 KiB.
      const parts = text.split(searched, Math.ceil(textMax / Math.max(1, put.length)) + 1)
      return parts.join(put)
    })
  ],
  [
    'pad',
    textual(2, 3, ([value, length, filler]) => padded(textOf(value!), count(length), textOf(filler ?? ' '), true))
  ],
  [
    'padEnd',
    textual(2, 3, ([value, length, filler]) => padded(textOf(value!), count(length), textOf(filler ?? ' '), false))
  ],
  ['fixed', textual(2, 2, ([x, digits]) => numberOf(x!).toFixed(Math.min(15, count(digits))))],
  ['hex', textual(1, 1, ([x]) => Math.trunc(numberOf(x!)).toString(16))],
  ['length', { operands: [1, 1], type: 'number', call: ([value]) => textOf(value!).length }],
  ['contains', about(2, 2, ([value, what]) => textOf(value!).includes(textOf(what!)))],
  ['startsWith', about(2, 2, ([value, what]) => textOf(value!).startsWith(textOf(what!)))],
  ['endsWith', about(2, 2, ([value, what]) => textOf(value!).endsWith(textOf(what!)))],
  ['in', about(2, many, ([value, ...list]) => list.some(one => textOf(one) === textOf(value!)))],
  ['not', about(1, 1, ([value]) => !isTrue(value))],
  ['if', about(3, 3, ([test, then, otherwise]) => (isTrue(test) ? then! : otherwise!))],
  ['coalesce', about(1, many, values => values.find(value => value !== null) ?? null)],
  [
    'random',
    {
      operands: [0, 2],
      type: 'number',
      call: ([min, max], random) => {
        const from = max === undefined ? 0 : numberOf(min!)
        const to = max === undefined ? numberOf(min ?? 1) : numberOf(max)
        return from + random.unit() * (to - from)
      }
    }
  ]
])
