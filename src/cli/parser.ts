/** `picket parser`: people's own parsers, made from examples, kept in the data folder. */

import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import { PicketError } from '../core/errors.ts'
import type { Definition } from '../parsers/declared/definition.ts'
import { propose } from '../parsers/declared/propose.ts'
import { readAlready } from '../parsers/declared/remarks.ts'
import { brokenCases, type Tried, tryDefinition, withCases } from '../parsers/declared/try.ts'
import { parsers } from '../parsers/index.ts'
import {
  parseOwnParser,
  printOwnParser,
  readOwnParsers,
  removeOwnParser,
  withCasesText,
  writeOwnParser
} from '../pipeline/own-parsers.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { readSample } from './sample-file.ts'
import { printable, table } from './table.ts'

/** Cases are read as if their records had come then: their years must not depend on the day of the test. */
const caseMs = Date.UTC(2026, 0, 1)

type Options = { data?: string; update?: boolean; name?: string; print?: boolean; force?: boolean }

/** Records are somebody's: they say nothing to the terminal. */
const say = (text: string): void => void process.stdout.write(text.split('\n').map(printable).join('\n') + '\n')
const folderOf = (options: Options): string => dataPaths(options.data ?? defaultDataFolder()).parsersFolder

export function parserCommand(): Command {
  const command = new Command('parser').description(
    'formats of your own: made from a few example lines, kept in the data folder'
  )
  command.addHelpText(
    'after',
    '\nStep by step: docs/how-to/parser-by-example.md. The same on the page: Formats, New from example.'
  )
  command
    .command('new')
    .description('propose a parser for the lines of a file, show what becomes of each, and write it')
    .argument('<sample>', 'a file with some records (lines, or JSON); - is standard input')
    .option('--name <name>', "the format's name (default: the file's)")
    .option('--print', 'print the parser instead of writing it')
    .option('--force', 'write over one of that name')
    .option('--data <folder>', 'the data folder')
    .action((sample: string, options: Options) => newParser(sample, options))
  command
    .command('list')
    .description('the parsers in the data folder, and what is wrong with them')
    .option('--data <folder>', 'the data folder')
    .action((options: Options) => listParsers(options))
  command
    .command('check')
    .description('read parsers (default: all) and run their cases')
    .argument('[names...]', 'names of parsers, or files')
    .option('--update', 'make the cases anew, after you have read what differs')
    .option('--data <folder>', 'the data folder')
    .action((names: string[], options: Options) => checkParsers(names, options))
  command
    .command('remove')
    .description('remove a parser; what it has read stays as it is')
    .argument('<name>', "the format's name")
    .option('--data <folder>', 'the data folder')
    .action((name: string, options: Options) => {
      if (!removeOwnParser(folderOf(options), name))
        throw new PicketError('no-parser', `There is no parser ${name} in ${folderOf(options)}.`)
      say(`Removed ${name}.`)
    })
  return command
}

function newParser(path: string, options: Options): void {
  const { text: sample, isCut } = readSample(path)
  const name = options.name ?? nameFrom(path)
  const proposal = propose(sample, name)
  if (proposal === undefined) throw new PicketError('sample-empty', `${path} holds no line that could be read.`)
  const definition = withCases(proposal.definition, sample, caseMs)
  const text = withCasesText(printOwnParser(proposal.definition), definition.cases)
  // As it will be read: a proposal that could not be would be our mistake.
  parseOwnParser(text)
  if (options.print === true) {
    process.stdout.write(text)
    return
  }
  show(definition, sample)
  if (isCut) say(`note: Only the beginning of ${path} was looked at.`)
  for (const remark of proposal.remarks) say(`note: ${remark}`)
  const already = readAlready(sample)
  if (already !== undefined)
    say(`note: Without this parser, such records are read as ${already.name} (${already.title}). Yours is asked first.`)
  const folder = folderOf(options)
  if (options.force !== true && readOwnParsers(folder).definitions.some(other => other.name === name))
    throw new PicketError(
      'parser-exists',
      `There is a parser ${name} already: --force writes over it, --name NAME gives another name.`
    )
  const file = writeOwnParser(folder, name, text)
  say(`\nWrote ${file} with ${definition.cases.length} cases. Read it, correct the names of fields, then:`)
  say(`  picket parser check ${name}`)
  say(`  picket parse --format ${name} FILE      (shows events, stores nothing)`)
}

/** `door-log` for `/var/log/Door_Log.1.txt`. */
function nameFrom(path: string): string {
  const stem = (path === '-' ? '' : basename(path)).toLowerCase().replace(/\..*$/, '')
  const name = stem.replace(/[^a-z0-9]+/g, '-').replace(/^[-0-9]+|-+$/g, '')
  if (name === '') throw new PicketError('parser-name', 'Give the format a name: --name door-log')
  return parsers.some(parser => parser.name === name) ? `own-${name}` : name
}

function show(definition: Definition, sample: string): void {
  say(`${definition.title} (${definition.name})`)
  if (definition.begins !== 'line')
    say(
      `  records span lines: each begins with a line that ${definition.begins === 'time' ? 'begins with a time' : 'is not indented'}`
    )
  for (const start of definition.ignore) say(`  left out: lines that begin with ${start}`)
  for (const [i, pattern] of definition.patterns.entries()) say(`  pattern ${i + 1}: ${pattern}`)
  for (const [key, field] of Object.entries(definition.fields)) say(`  ${key} → ${field}`)
  const tried = tryDefinition(definition, sample, Date.now())
  const shown = tried.slice(0, 12)
  for (const result of shown) showRecord(result)
  if (tried.length > shown.length) say(`… and ${tried.length - shown.length} more`)
  const wanted = tried.filter(({ isIgnored }) => !isIgnored)
  const read = wanted.filter(({ event }) => event !== undefined).length
  say(`\n${read} of ${wanted.length} records are read.`)
}

function showRecord({ record, event, reason, isIgnored, pattern }: Tried): void {
  say(`\n${record.length > 200 ? record.slice(0, 200) + '…' : record}`)
  if (event === undefined) {
    say(isIgnored ? '  left out: holds no event' : `  ✗ ${reason}`)
    return
  }
  const fields = leaves(event).filter(([field]) => field !== 'message' && !field.startsWith('related.'))
  say(
    `  ${pattern === undefined ? '' : `pattern ${pattern + 1}: `}${fields.map(([field, value]) => `${field}=${value}`).join('  ')}`
  )
}

function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
}

function listParsers(options: Options): void {
  const folder = folderOf(options)
  const { definitions, problems } = readOwnParsers(folder)
  if (definitions.length === 0 && problems.length === 0) {
    say(`No parsers of your own in ${folder}. Make one from a few lines: picket parser new SAMPLE`)
    return
  }
  const rows = definitions.map(({ name, title, input, patterns, cases }) => [
    name,
    title,
    input,
    String(patterns.length),
    String(cases.length)
  ])
  process.stdout.write(table(['NAME', 'TITLE', 'INPUT', 'PATTERNS', 'CASES'], rows))
  for (const { file, message } of problems) process.stderr.write(`${file}: ${message}\n`)
  if (problems.length > 0) process.exitCode = 1
}

function checkParsers(names: readonly string[], options: Options): void {
  const folder = folderOf(options)
  const all = readOwnParsers(folder)
  let failed = names.length === 0 ? all.problems.length : 0
  if (names.length === 0) for (const { file, message } of all.problems) say(`✗ ${file}: ${message}`)
  const chosen = names.length === 0 ? all.definitions.map(({ name }) => name) : names
  if (chosen.length === 0 && failed === 0) say(`No parsers of your own in ${folder}.`)
  for (const name of chosen) {
    try {
      const file = /[./]/.test(name) ? name : join(folder, `${name}.yaml`)
      const text = readFileSync(file, 'utf8')
      const definition = parseOwnParser(text)
      const broken = brokenCases(definition, caseMs)
      if (broken.length === 0) say(`✓ ${definition.name}: ${definition.cases.length} cases`)
      else if (options.update !== true) failed++
      for (const { index, actual } of broken) showBroken(definition, index, actual)
      if (options.update !== true || broken.length === 0) continue
      const actual = new Map(broken.map(each => [each.index, each.actual]))
      const cases = definition.cases.map(({ record, event }, i) => ({ record, event: actual.get(i) ?? event }))
      writeFileSync(file, withCasesText(text, cases))
      say(`✓ ${definition.name}: ${broken.length} of ${cases.length} cases made anew`)
    } catch (error) {
      failed++
      say(`✗ ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (failed > 0) process.exitCode = 1
}

/** The fields that differ: most are as before. */
function showBroken(definition: Definition, index: number, actual: unknown): void {
  const { record, event } = definition.cases[index]!
  say(`${definition.name}: case ${index + 1} becomes something else`)
  say(`    ${record.slice(0, 200)}`)
  const before = new Map(leaves(event))
  const now = new Map(leaves(actual))
  for (const [field, value] of before) if (now.get(field) !== value) say(`    - ${field}: ${value}`)
  for (const [field, value] of now) if (before.get(field) !== value) say(`    + ${field}: ${value}`)
}
