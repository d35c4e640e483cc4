/** The text of a query: its parts for colouring, and adding or removing the filters that clicks make. Pure. */

export type TokenKind =
  | 'field'
  | 'operator'
  | 'word'
  | 'string'
  | 'regex'
  | 'logic'
  | 'punctuation'
  | 'command'
  | 'function'
  | 'space'
export type Token = { readonly kind: TokenKind; readonly text: string; readonly start: number }

const logic = /^(?:and|or|not)$/i
const space = /\s/
const special = /[\s()|"]/
const operators = [':~', '>=', '<=', '!=', ':', '=', '>', '<']

/** Every character of the text is in exactly one token. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const push = (kind: TokenKind, end: number) => {
    tokens.push({ kind, text: text.slice(at, end), start: at })
    at = end
  }
  while (at < text.length) {
    const c = text[at]!
    if (space.test(c))
      push(
        'space',
        endWhile(text, at, each => space.test(each))
      )
    else if (c === '"') push('string', endOfQuoted(text, at, '"'))
    else if (text.startsWith('||', at) || text.startsWith('&&', at)) push('logic', at + 2)
    else if (c === '(' || c === ')' || c === '|') push('punctuation', at + 1)
    else if ((c === '!' || c === '-') && startsTerm(tokens) && /[^\s=]/.test(text[at + 1] ?? ' ')) push('logic', at + 1)
    else if (c === '/' && startsValue(tokens)) push('regex', endOfQuoted(text, at, '/'))
    else {
      const operator = operators.find(each => text.startsWith(each, at))
      if (operator !== undefined) push('operator', at + operator.length)
      else {
        const inValue = tokens.at(-1)?.kind === 'operator'
        const end = endWhile(text, at, (each, i) => !special.test(each) && (inValue || !operatorAt(text, i)))
        push(inValue ? 'word' : wordKind(tokens, text, at, end), end)
      }
    }
  }
  return tokens
}

const words = /^(?:by|as|on|outer)$/i

/** After a `|` stands a command; in commands, what is followed by a parenthesis is a function. */
function wordKind(tokens: readonly Token[], text: string, at: number, end: number): TokenKind {
  const before = tokens.findLast(token => token.kind !== 'space')
  if (before?.text === '|') return 'command'
  const word = text.slice(at, end)
  if (logic.test(word)) return 'logic'
  if (before !== undefined && tokens.some(token => token.text === '|')) {
    if (text[end] === '(') return 'function'
    if (words.test(word)) return 'logic'
  }
  return operatorAt(text, end) ? 'field' : 'word'
}

function startsTerm(tokens: readonly Token[]): boolean {
  const before = tokens.at(-1)
  return before === undefined || before.kind === 'space' || before.text === '('
}

function startsValue(tokens: readonly Token[]): boolean {
  return startsTerm(tokens) || tokens.at(-1)?.kind === 'operator'
}

function operatorAt(text: string, at: number): boolean {
  const c = text[at]
  return c === ':' || c === '=' || c === '>' || c === '<' || (c === '!' && text[at + 1] === '=')
}

function endWhile(text: string, start: number, holds: (c: string, at: number) => boolean): number {
  let end = start + 1
  while (end < text.length && holds(text[end]!, end)) end++
  return end
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at + 1
  }
  return text.length
}

export type Scalar = string | number | boolean

/** `destination.port:443`, `user.name:"anna"`. Whole numbers, booleans and IPv4 addresses need no quotes. */
export function clauseOf(field: string, value: Scalar): string {
  const text = String(value)
  const name = /^[A-Za-z_@][A-Za-z0-9_.@$-]+$/.test(field) && !logic.test(field) ? field : quoted(field)
  const isPlain = typeof value === 'boolean' || /^(?:0|[1-9]\d{0,15}|(?:\d{1,3}\.){3}\d{1,3})$/.test(text)
  return `${name}:${isPlain ? text : quoted(text)}`
}

/** The filter for texts of a shape: `GET /page/<n>` finds what stands around any numbers. Undefined where the shape is too bare. */
export function patternClause(field: string, pattern: string): string | undefined {
  const parts = pattern.slice(0, 1000).split(/<[a-z0-9]{1,12}>/)
  if (!parts.some(part => /\p{L}{2}/u.test(part))) return undefined
  const literal = (part: string) => part.replace(/[^\p{L}\p{N}]/gu, '\\$&')
  const whole = parts.map(literal).join('*')
  return `${field}:${pattern.length > 1000 ? `${whole}*` : whole}`
}

/** A phrase: between quotes only the quote and the backslash are escaped. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** The filter and what follows it: `a:b ` and `| stats count()`. The commands keep their first `|`. */
export function splitQuery(query: string): { filter: string; commands: string } {
  const pipe = tokensOf(query).find(token => token.text === '|' && token.kind === 'punctuation')
  if (pipe === undefined) return { filter: query, commands: '' }
  return { filter: query.slice(0, pipe.start), commands: query.slice(pipe.start) }
}

/** Another filter before the same commands. */
export function joinQuery(filter: string, commands: string): string {
  return [filter.trim(), commands.trim()].filter(part => part !== '').join(' ')
}

/** The parts between the outermost `and`s; undefined where an outermost `or` makes it another thing. */
function conjunctsOf(filter: string): string[] | undefined {
  const parts: string[] = []
  let depth = 0
  let start = 0
  const close = (end: number, next: number) => {
    const text = filter.slice(start, end).trim()
    if (text !== '') parts.push(text)
    start = next
  }
  for (const token of tokensOf(filter)) {
    if (token.text === '(' && token.kind === 'punctuation') depth++
    else if (token.text === ')' && token.kind === 'punctuation') depth--
    else if (depth === 0 && token.kind === 'logic') {
      const word = token.text.toLowerCase()
      if (word === 'or' || word === '||') return undefined
      if (word === 'and' || word === '&&') close(token.start, token.start + token.text.length)
    }
  }
  close(filter.length, filter.length)
  return parts
}

/** Is the filter a part of the query: as `include`, as `exclude`, or not at all? */
export function filterState(query: string, field: string, value: Scalar): 'include' | 'exclude' | undefined {
  return clauseState(query, clauseOf(field, value))
}

export function clauseState(query: string, clause: string): 'include' | 'exclude' | undefined {
  const texts = conjunctsOf(splitQuery(query).filter) ?? []
  return texts.includes(clause) ? 'include' : texts.includes(`not ${clause}`) ? 'exclude' : undefined
}

/** With the filter added at the end; where it is there already, removed; where its opposite is, turned round. */
export function toggleFilter(query: string, field: string, value: Scalar, mode: 'include' | 'exclude'): string {
  const { filter, commands } = splitQuery(query)
  return joinQuery(toggleClause(filter, clauseOf(field, value), mode), commands)
}

/** The same with any test, as `destination.port>=1024`. */
export function toggleClause(filter: string, clause: string, mode: 'include' | 'exclude'): string {
  const wanted = mode === 'include' ? clause : `not ${clause}`
  const opposite = mode === 'include' ? `not ${clause}` : clause
  const parts = conjunctsOf(filter)
  if (parts === undefined) return `(${filter.trim()}) and ${wanted}`
  if (parts.includes(wanted)) return parts.filter(text => text !== wanted).join(' and ')
  if (parts.includes(opposite)) return parts.map(text => (text === opposite ? wanted : text)).join(' and ')
  return [...parts.filter(text => text !== '*'), wanted].join(' and ')
}
