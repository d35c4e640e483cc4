/**
 * Trees as closures: nothing is run as code, and what a name means is settled before the first record. Where both sides are known to be numbers,
 * the closure does nothing but the arithmetic.
 */

import type { Field, Scalar, Slots, ValueType } from '../field.ts'
import { ProblemError, unknownName } from '../problem.ts'
import type { Random } from '../random.ts'
import { constants, functions } from './functions.ts'
import { type Binary, namesIn, parseExpression, type Tree } from './parse.ts'
import { numberOf, textOf } from './values.ts'

export type Expression = { readonly type: ValueType; readonly run: (slots: Slots) => Scalar }
type Numeric = { readonly run: (slots: Slots) => number }

export type Names = {
  readonly target: (name: string) => { readonly slot: number; readonly field: Field }
  readonly random: Random
}

/** A text as a tree, with the names of the fields that it needs. */
export function readExpression(text: string): { readonly tree: Tree; readonly names: readonly string[] } {
  const tree = parseExpression(text)
  return { tree, names: [...new Set(namesIn(tree, name => constants.has(name)))] }
}

export function compileExpression(tree: Tree, names: Names): Expression {
  switch (tree.kind) {
    case 'value': {
      const { value } = tree
      return {
        type: typeof value === 'number' ? 'number' : typeof value === 'string' ? 'text' : 'any',
        run: () => value
      }
    }
    case 'name': {
      const constant = tree.braced ? undefined : constants.get(tree.name)
      if (constant !== undefined) return { type: 'number', run: () => constant }
      const { slot, field } = names.target(tree.name)
      const { value } = field
      if (field.type === 'number' && field.values === undefined)
        return { type: 'number', run: slots => slots[slot] as number }
      return { type: field.type, run: slots => value(slots[slot]) }
    }
    case 'unary': {
      const operand = compileExpression(tree.operand, names)
      if (tree.operator === '!') return { type: 'any', run: slots => !isTrue(operand.run(slots)) }
      const { run } = asNumber(operand)
      return { type: 'number', run: tree.operator === '-' ? slots => -run(slots) : run }
    }
    case 'binary':
      return compileBinary(tree.operator, compileExpression(tree.left, names), compileExpression(tree.right, names))
    case 'choice': {
      const test = compileExpression(tree.test, names)
      const yes = compileExpression(tree.yes, names)
      const no = compileExpression(tree.no, names)
      return {
        type: yes.type === no.type ? yes.type : 'any',
        run: slots => (isTrue(test.run(slots)) ? yes.run(slots) : no.run(slots))
      }
    }
    case 'call':
      return compileCall(tree.name, tree.operands, names)
  }
}

function compileCall(name: string, trees: readonly Tree[], names: Names): Expression {
  const known = functions.get(name)
  if (known === undefined) throw unknownName('a function', name, [...functions.keys()])
  const [least, most] = known.operands
  if (trees.length < least || trees.length > most)
    throw new ProblemError(
      `gives ${name}() ${trees.length} values; it takes ${least === most ? least : `${least} to ${most}`}`
    )
  const operands = trees.map(tree => compileExpression(tree, names))
  const { ofNumber, call, type } = known
  if (ofNumber !== undefined) {
    const { run } = asNumber(operands[0]!)
    return { type, run: slots => ofNumber(run(slots)) }
  }
  const runs = operands.map(({ run }) => run)
  const { random } = names
  return {
    type,
    run: slots =>
      call(
        runs.map(run => run(slots)),
        random
      )
  }
}

function compileBinary(operator: Binary, left: Expression, right: Expression): Expression {
  const a = asNumber(left).run
  const b = asNumber(right).run
  const numbers = left.type === 'number' && right.type === 'number'
  switch (operator) {
    case '+':
      if (numbers) return { type: 'number', run: slots => a(slots) + b(slots) }
      return { type: 'any', run: slots => added(left.run(slots), right.run(slots)) }
    case '-':
      return { type: 'number', run: slots => a(slots) - b(slots) }
    case '*':
      return { type: 'number', run: slots => a(slots) * b(slots) }
    case '/':
      return { type: 'number', run: slots => a(slots) / b(slots) }
    case '%':
      return { type: 'number', run: slots => a(slots) % b(slots) }
    case '^':
      return { type: 'number', run: slots => a(slots) ** b(slots) }
    case '&&':
      return { type: 'any', run: slots => isTrue(left.run(slots)) && isTrue(right.run(slots)) }
    case '||':
      return { type: 'any', run: slots => isTrue(left.run(slots)) || isTrue(right.run(slots)) }
    case '==':
      if (numbers) return { type: 'any', run: slots => a(slots) === b(slots) }
      return { type: 'any', run: slots => same(left.run(slots), right.run(slots)) }
    case '!=':
      if (numbers) return { type: 'any', run: slots => a(slots) !== b(slots) }
      return { type: 'any', run: slots => !same(left.run(slots), right.run(slots)) }
    case '<':
      if (numbers) return { type: 'any', run: slots => a(slots) < b(slots) }
      return { type: 'any', run: slots => compared(left.run(slots), right.run(slots)) < 0 }
    case '<=':
      if (numbers) return { type: 'any', run: slots => a(slots) <= b(slots) }
      return { type: 'any', run: slots => compared(left.run(slots), right.run(slots)) <= 0 }
    case '>':
      if (numbers) return { type: 'any', run: slots => a(slots) > b(slots) }
      return { type: 'any', run: slots => compared(left.run(slots), right.run(slots)) > 0 }
    case '>=':
      if (numbers) return { type: 'any', run: slots => a(slots) >= b(slots) }
      return { type: 'any', run: slots => compared(left.run(slots), right.run(slots)) >= 0 }
  }
}

function asNumber(expression: Expression): Numeric {
  if (expression.type === 'number') return expression as Numeric
  const { run } = expression
  return { run: slots => numberOf(run(slots)) }
}

export function isTrue(value: Scalar): boolean {
  return value !== null && value !== false && value !== '' && value !== 0 && !Number.isNaN(value)
}

const joinedMax = 65_536

/** Numbers, and texts that spell numbers, are added; others are joined. */
function added(a: Scalar, b: Scalar): Scalar {
  const x = numberOf(a)
  const y = numberOf(b)
  if (a === null || b === null) return null
  return Number.isNaN(x) || Number.isNaN(y) ? (textOf(a) + textOf(b)).slice(0, joinedMax) : x + y
}

function same(a: Scalar, b: Scalar): boolean {
  if (a === null || b === null) return a === b
  const x = numberOf(a)
  const y = numberOf(b)
  return Number.isNaN(x) || Number.isNaN(y) ? textOf(a) === textOf(b) : x === y
}

/** Below, at or above 0; NaN, which is none of them, if one is null. */
function compared(a: Scalar, b: Scalar): number {
  if (a === null || b === null) return Number.NaN
  const x = numberOf(a)
  const y = numberOf(b)
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y
  const [s, t] = [textOf(a), textOf(b)]
  return s < t ? -1 : s > t ? 1 : 0
}
