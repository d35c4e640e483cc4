/** `picket rules explain`: why a rule matches an event, or why not: each clause, the field that it read, the value there, yes or no. */

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Writable } from 'node:stream'
import { Command } from 'commander'
import { PicketError } from '../core/errors.ts'
import type { EcsEvent } from '../core/parser.ts'
import { bundledRulesFolder, readRuleFiles } from '../pipeline/rule-files.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { type ClauseResult, explainRule } from '../sigma/explain-rule.ts'
import { parseRules } from '../sigma/parse-rules.ts'
import type { ParseOptions, SigmaRule } from '../sigma/rule.ts'
import { placeholdersFrom, rulesOfPaths } from './rule-sources.ts'
import { callServer } from './server-client.ts'
import { printable } from './table.ts'

type Options = {
  readonly data?: string
  readonly json?: boolean
  readonly native?: boolean
  readonly format?: string
  readonly placeholders?: string
}

export function rulesExplainCommand(): Command {
  return new Command('explain')
    .description('why a rule matches an event, or why not')
    .argument('<rule>', 'its id, or a file')
    .argument(
      '<event>',
      'the id of a stored event, a file with a record (or a document as JSON), or - for standard input'
    )
    .option('--native', 'the event has the field names of the rule')
    .option('--format <name>', 'the format of the record, where it should not be recognised')
    .option('--placeholders <file>', 'lists for placeholders, as YAML')
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder')
    .addHelpText('after', '\nThe exit code is 0 if the rule matches and 3 if it does not.')
    .action(async (rule: string, event: string, options: Options) => {
      const native = options.native === true
      const parsing: ParseOptions = { native, placeholders: placeholdersFrom(options.placeholders, new Set()) }
      const result = explainRule(ruleOf(rule, parsing, options), await eventOf(event, options), parsing)
      process.stdout.write(options.json === true ? `${JSON.stringify(result, null, 2)}\n` : treeOf(result, '', ''))
      process.exitCode = result.result ? 0 : 3
    })
}

function ruleOf(wanted: string, parsing: ParseOptions, options: Options): SigmaRule {
  const isFile = existsSync(wanted)
  const folders = {
    bundled: bundledRulesFolder,
    data: dataPaths(resolve(options.data ?? defaultDataFolder())).rulesFolder
  }
  const { rules, diagnostics } = parseRules(isFile ? rulesOfPaths([wanted]) : readRuleFiles(folders).files, parsing)
  const found = isFile ? rules[0] : rules.find(({ id, name }) => id === wanted || name === wanted)
  if (found !== undefined) return found
  const wrong = diagnostics.find(({ severity, rule }) => severity === 'error' && (isFile || rule === wanted))
  if (wrong !== undefined)
    throw new PicketError(
      'rule-refused',
      `${wrong.file}:${wrong.line}: ${wrong.message} (picket rules check tells all)`
    )
  throw new PicketError(
    'unknown-rule',
    `There is no rule ${wanted}, and no file of that name. picket rules list names them.`
  )
}

async function eventOf(wanted: string, options: Options): Promise<EcsEvent> {
  if (/^[0-9a-f]{16}$/i.test(wanted) && !existsSync(wanted)) {
    const server = readServerFile(resolve(options.data ?? defaultDataFolder()))
    if (server === undefined)
      throw new PicketError(
        'no-server',
        'Stored events are had from the running server: start it, or give a file with the event.'
      )
    const { document } = await callServer<{ document: EcsEvent }>(server, 'GET', `/api/events/${wanted}`)
    return document
  }
  if (wanted !== '-' && !existsSync(wanted))
    throw new PicketError(
      'no-event',
      `There is no file ${wanted}, and it is not the id of an event (16 hexadecimal digits).`
    )
  const text = readFileSync(wanted === '-' ? 0 : wanted, 'utf8')
  return documentOf(text, options.native === true) ?? (await parsed(wanted, text, options))
}

/** A document of Picket's, or any JSON object where the event's own names are meant. */
function documentOf(text: string, native: boolean): EcsEvent | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const { event } = value as { event?: { module?: unknown; dataset?: unknown } }
    return native || typeof event?.module === 'string' || typeof event?.dataset === 'string'
      ? (value as EcsEvent)
      : undefined
  } catch {
    return undefined
  }
}

/** The first event that the records make. */
async function parsed(path: string, text: string, options: Options): Promise<EcsEvent> {
  const { parseCommand } = await import('./parse.ts')
  const parts: Buffer[] = []
  const reasons: Buffer[] = []
  const into = (list: Buffer[]): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        list.push(Buffer.from(chunk))
        done()
      }
    })
  await parseCommand([path === '-' ? '-' : path], {
    out: into(parts),
    err: into(reasons),
    stdin: (async function* () {
      yield Buffer.from(text)
    })(),
    ...(options.format === undefined ? {} : { format: options.format })
  })
  const line = Buffer.concat(parts)
    .toString()
    .split('\n')
    .find(one => one !== '' && one !== 'null')
  if (line === undefined)
    throw new PicketError(
      'no-event',
      `No event was made of ${path}: ${Buffer.concat(reasons).toString().trim() || 'it is empty'}`
    )
  return JSON.parse(line) as EcsEvent
}

function treeOf(result: ClauseResult, before: string, indent: string): string {
  const read =
    result.field === undefined
      ? ''
      : result.value === undefined
        ? `  [${result.field}: absent]`
        : `  [${result.field}: ${result.value}]`
  const own = printable(`${before}${result.result ? 'yes' : 'no '}  ${result.text}${read}`)
  return `${own}\n${(result.of ?? []).map(item => treeOf(item, `${indent}  `, `${indent}  `)).join('')}`
}
