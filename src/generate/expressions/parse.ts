/**
 * Expressions as trees. jsep reads the grammar; what comes out is cut down to the few kinds of nodes below, so that nothing further on meets a
 * member access, an assignment or a call of anything but a name. `{field}` is a node of its own.
 *
 * The bounds are on the text (length, nesting) before it is read, and on the tree (size, depth) after.
 */

import jsep from 'jsep'
import { ProblemError } from '../problem.ts'

export type Binary = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||'

export type Tree =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string; readonly braced: boolean }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | '!'; readonly operand: Tree }
  | { readonly kind: 'binary'; readonly operator: Binary; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'choice'; readonly test: Tree; readonly yes: Tree; readonly no: Tree }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Tree[] }

const charactersMax = 4096
const nestingMax = 64
const depthMax = 128
const nodesMax = 1000

const operators: Readonly<Record<string, Binary>> = {
  '||': '||',
  or: '||',
  '&&': '&&',
  and: '&&',
  '==': '==',
  '===': '==',
  '=': '==',
  '!=': '!=',
  '!==': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
  '^': '^',
  '**': '^'
}

const precedence: Readonly<Record<Binary, number>> = {
  '||': 1,
  '&&': 2,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
  '^': 11
}

// jsep keeps its grammar in one place for the process; nobody else here uses it.
jsep.removeAllBinaryOps()
jsep.removeAllUnaryOps()
jsep.removeAllLiterals()
for (const [operator, is] of Object.entries(operators)) jsep.addBinaryOp(operator, precedence[is], is === '^')
for (const operator of ['-', '+', '!']) jsep.addUnaryOp(operator)
jsep.addLiteral('true', true)
jsep.addLiteral('false', false)
jsep.addLiteral('null', null)
jsep.hooks.add('gobble-token', function (env) {
  if (this.char !== '{') return
  const end = this.expr.indexOf('}', this.index)
  if (end < 0) this.throwError("a '{' without its '}'")
  env.node = { type: 'Field', name: this.expr.slice(this.index + 1, end).trim() }
  this.index = end + 1
})

/** Throws a `ProblemError` that says what is wrong, and where in the text. */
export function parseExpression(text: string): Tree {
  if (text.trim() === '') throw new ProblemError('is an empty expression')
  if (text.length > charactersMax) throw new ProblemError(`is longer than ${charactersMax} characters`)
  checkNesting(text)
  let read: jsep.Expression
  try {
    read = jsep(text)
  } catch (error) {
    const { index, description, message } = error as { index?: number; description?: string; message: string }
    const where = index === undefined ? '' : ` (at character ${index + 1})`
    throw new ProblemError(`is no expression: ${(description ?? message).slice(0, 200)}${where}`)
  }
  let nodes = 0
  return treeOf(read, 0)

  function treeOf(node: jsep.Expression, depth: number): Tree {
    if (++nodes > nodesMax) throw new ProblemError(`has more than ${nodesMax} parts`)
    if (depth > depthMax) throw new ProblemError(`is more than ${depthMax} levels deep`)
    const inner = (child: unknown): Tree => treeOf(child as jsep.Expression, depth + 1)
    switch (node.type) {
      case 'Literal': {
        const { value } = node as jsep.Literal
        if (value instanceof RegExp) break
        return { kind: 'value', value }
      }
      case 'Field':
        return { kind: 'name', name: node['name'] as string, braced: true }
      case 'Identifier':
        return { kind: 'name', name: (node as jsep.Identifier).name, braced: false }
      case 'UnaryExpression': {
        const { operator, argument } = node as jsep.UnaryExpression
        return { kind: 'unary', operator: operator as '-' | '+' | '!', operand: inner(argument) }
      }
      case 'BinaryExpression': {
        const { operator, left, right } = node as jsep.BinaryExpression
        return { kind: 'binary', operator: operators[operator]!, left: inner(left), right: inner(right) }
      }
      case 'ConditionalExpression': {
        const { test, consequent, alternate } = node as jsep.ConditionalExpression
        return { kind: 'choice', test: inner(test), yes: inner(consequent), no: inner(alternate) }
      }
      case 'CallExpression': {
        const call = node as jsep.CallExpression
        if (call.callee.type !== 'Identifier') throw new ProblemError('calls something that is no function')
        return { kind: 'call', name: (call.callee as jsep.Identifier).name, operands: call.arguments.map(inner) }
      }
      case 'MemberExpression':
        throw new ProblemError("has a '.' or '[': parts of a value cannot be reached; a nested field is {outer.inner}")
      case 'ThisExpression':
        throw new ProblemError("has 'this', which means nothing here")
      case 'Compound':
      case 'SequenceExpression':
        throw new ProblemError('is several expressions: an operator is missing between them')
    }
    throw new ProblemError(
      'has a part that is not known here: expressions have numbers, texts, {field}s, operators and functions'
    )
  }
}

/** jsep reads by recursion: what is nested too deep is refused before it. */
function checkNesting(text: string): void {
  let depth = 0
  let signs = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '"' || c === "'") {
      const quote = c
      for (i++; i < text.length && text[i] !== quote; i++) if (text[i] === '\\') i++
    } else if (c === '(' || c === '[' || c === '?') depth++
    else if (c === ')' || c === ']') depth--
    signs = c === '-' || c === '+' || c === '!' ? signs + 1 : c === ' ' ? signs : 0
    if (depth > nestingMax || signs > nestingMax)
      throw new ProblemError(`is nested more than ${nestingMax} levels deep (at character ${i + 1})`)
  }
}

/** The names of fields in it. */
export function namesIn(tree: Tree, isConstant: (name: string) => boolean): string[] {
  switch (tree.kind) {
    case 'value':
      return []
    case 'name':
      return tree.braced || !isConstant(tree.name) ? [tree.name] : []
    case 'unary':
      return namesIn(tree.operand, isConstant)
    case 'binary':
      return [...namesIn(tree.left, isConstant), ...namesIn(tree.right, isConstant)]
    case 'choice':
      return [tree.test, tree.yes, tree.no].flatMap(part => namesIn(part, isConstant))
    case 'call':
      return tree.operands.flatMap(operand => namesIn(operand, isConstant))
  }
}
