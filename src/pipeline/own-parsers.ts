/**
 * People's own parsers: the files `parsers/NAME.yaml` of the data folder, read, checked and put in force. A file that is wrong is
 * reported and leaves the others alone.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, isNode, parseDocument, stringify } from 'yaml'
import { messageOf, PicketError } from '../core/errors.ts'
import { declaredParser } from '../parsers/declared/declared.ts'
import { type Definition, nameForm, readDefinition } from '../parsers/declared/definition.ts'
import { parsers, setOwnParsers } from '../parsers/index.ts'
import { readers } from '../parsers/syslog/readers.ts'

export type OwnParsers = {
  readonly definitions: readonly Definition[]
  /** The files' texts, by the definitions' names. */
  readonly texts: ReadonlyMap<string, string>
  readonly problems: readonly { readonly file: string; readonly message: string }[]
}

export const noOwnParsers: OwnParsers = { definitions: [], texts: new Map(), problems: [] }

const fileBytesMax = 1 << 20
const filesMax = 500

/** Reads the files. Never throws for what they hold. */
export function readOwnParsers(folder: string): OwnParsers {
  if (!existsSync(folder)) return noOwnParsers
  const definitions: Definition[] = []
  const texts = new Map<string, string>()
  const problems: { file: string; message: string }[] = []
  const files = readdirSync(folder)
    .filter(file => /\.ya?ml$/.test(file) && !file.startsWith('.'))
    .sort()
  for (const name of files.slice(0, filesMax)) {
    const file = join(folder, name)
    try {
      if (statSync(file).size > fileBytesMax) throw new Error(`is larger than ${fileBytesMax} bytes`)
      const text = readFileSync(file, 'utf8')
      const definition = parseOwnParser(text)
      if (definitions.some(other => other.name === definition.name))
        throw new Error(`another file is named ${definition.name}, too`)
      definitions.push(definition)
      texts.set(definition.name, text)
    } catch (error) {
      problems.push({ file, message: messageOf(error) })
    }
  }
  if (files.length > filesMax)
    problems.push({ file: folder, message: `holds more than ${filesMax} parsers; the others are not read` })
  return { definitions, texts, problems }
}

export type OwnParserProblem = {
  /** `patterns[0]: …` */
  readonly message: string
  /** Where in the text, in characters from 0, as far as it can be told. */
  readonly position: number
  readonly length: number
}

/** The definition in a file's text, or what is wrong with it. */
export function checkOwnParser(text: string): { definition: Definition } | { problems: OwnParserProblem[] } {
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'error' })
  if (document.errors.length > 0)
    return {
      problems: document.errors.slice(0, 5).map(({ message, pos }) => ({
        message: `is no YAML: ${message.split('\n')[0]!.replace(/:$/, '')}`,
        position: pos[0],
        length: Math.max(1, pos[1] - pos[0])
      }))
    }
  const result = readDefinition(document.toJS({ maxAliasCount: 100 }))
  if ('problems' in result)
    return {
      problems: result.problems.map(({ path, keys, message }) => ({
        message: path === '' ? message : `${path}: ${message}`,
        ...placeOf(document, keys)
      }))
    }
  const { definition } = result
  if (isTaken(definition.name)) {
    const message = `name: ${definition.name} is a format of Picket's; take another name`
    return { problems: [{ message, ...placeOf(document, ['name']) }] }
  }
  return result
}

/** Where the value of a path stands; that of what it is in, where it is missing itself. */
function placeOf(document: Document, keys: readonly (string | number)[]): { position: number; length: number } {
  for (let depth = keys.length; depth > 0; depth--) {
    const node: unknown = document.getIn(keys.slice(0, depth), true)
    if (isNode(node) && node.range) return { position: node.range[0], length: node.range[1] - node.range[0] }
  }
  return { position: 0, length: 0 }
}

/** The definition in a file's text. Throws `parser-invalid`, saying what is wrong. */
export function parseOwnParser(text: string): Definition {
  const result = checkOwnParser(text)
  if ('problems' in result)
    throw new PicketError('parser-invalid', result.problems.map(({ message }) => message).join('; '))
  return result.definition
}

/** The text with other cases, or none. What people wrote into it otherwise, comments included, stays. */
export function withCasesText(text: string, cases: Definition['cases']): string {
  const document = parseDocument(text, { logLevel: 'error' })
  if (cases.length === 0) document.delete('cases')
  else document.set('cases', document.createNode(cases))
  return document.toString({ lineWidth: 0 })
}

function isTaken(name: string): boolean {
  return parsers.some(parser => parser.name === name) || readers.some(reader => reader.name === name)
}

/** Puts definitions in force in this thread. */
export function applyOwnParsers(definitions: readonly Definition[]): void {
  setOwnParsers(definitions.map(declaredParser))
}

/** The file's text for a definition. */
export function printOwnParser(definition: Definition): string {
  const { name, title, input, begins, ignore, patterns, fields, requires, set, values, cases } = definition
  const filled = Object.fromEntries(
    Object.entries({ ignore, patterns, fields, requires, set, values, cases }).filter(
      ([, value]) => Object.keys(value).length > 0
    )
  )
  return (
    `# A format of our own: docs/how-to/parser-by-example.md\n` +
    stringify(
      { name, title, ...(input === 'json' ? { input } : {}), ...(begins === 'line' ? {} : { begins }), ...filled },
      { lineWidth: 0 }
    )
  )
}

/** Writes the file of a definition; what was there is replaced whole or not at all. Returns its path. */
export function writeOwnParser(folder: string, name: string, text: string): string {
  if (!nameForm.test(name))
    throw new PicketError('parser-name', `${JSON.stringify(name.slice(0, 80))} is no name: small letters, digits and -`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${name}.yaml`)
  const fresh = join(folder, `.${name}.new`)
  writeFileSync(fresh, text, { mode: 0o600 })
  renameSync(fresh, file)
  return file
}

/** Removes a parser's file. False where there is none. */
export function removeOwnParser(folder: string, name: string): boolean {
  const file = join(folder, `${name}.yaml`)
  if (!nameForm.test(name) || !existsSync(file)) return false
  rmSync(file)
  return true
}

/** Calls back when a file in the folder comes, goes or changes. Looks every two seconds: the folder may not be there yet. */
export function watchOwnParsers(folder: string, onChange: () => void, everyMs = 2_000): { close(): void } {
  let known = stateOf(folder)
  const timer = setInterval(() => {
    const state = stateOf(folder)
    if (state === known) return
    known = state
    onChange()
  }, everyMs).unref()
  return { close: () => clearInterval(timer) }
}

function stateOf(folder: string): string {
  try {
    return readdirSync(folder)
      .filter(file => /\.ya?ml$/.test(file))
      .slice(0, filesMax)
      .map(file => {
        const { mtimeMs, size } = statSync(join(folder, file))
        return `${file} ${mtimeMs} ${size}`
      })
      .join('\n')
  } catch {
    return ''
  }
}
