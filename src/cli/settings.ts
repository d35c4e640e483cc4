/** What a data folder says for a command that works on it: its configuration, and its own parsers. */

import { existsSync } from 'node:fs'
import { PicketError } from '../core/errors.ts'
import { allParsers } from '../parsers/index.ts'
import { applyOwnParsers, readOwnParsers } from '../pipeline/own-parsers.ts'
import { type Config, defaultConfig, loadConfig, loadEnvironment, printDiagnostics } from '../platform/config.ts'
import { dataPaths } from '../platform/paths.ts'

/** Puts the folder's own parsers in force for this command. Those that are wrong are named on standard error. */
export function loadOwnParsers(folder: string): void {
  const { definitions, problems } = readOwnParsers(dataPaths(folder).parsersFolder)
  applyOwnParsers(definitions)
  for (const { file, message } of problems) process.stderr.write(`warning: ${file} is not used: ${message}\n`)
}

/** The configuration of a data folder: the file named, else `picket.yaml` in the folder, else the defaults. Throws `config-invalid`. */
export function configFor(folder: string, file: string | undefined): Config {
  loadEnvironment(folder)
  const path = file ?? dataPaths(folder).configFile
  if (file === undefined && !existsSync(path)) return defaultConfig()
  const loaded = loadConfig(path, { formats: allParsers().map(parser => parser.name) })
  if (loaded.ok) return loaded.config
  let text = ''
  printDiagnostics(loaded.diagnostics, part => {
    text += part
  })
  throw new PicketError('config-invalid', `the configuration is not valid:\n${text.trimEnd()}`)
}
