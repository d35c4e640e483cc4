/**
 * `picket doctor`: looks at the machine, the data folder and the configuration, and says what is well, what is not, and what to do next.
 * Changes nothing: what it writes to try the disk and the engine is gone when it ends. Works whether a server runs or not.
 */

import { Command } from 'commander'
import { messageOf } from '../core/errors.ts'
import { type Clock, realClock } from '../platform/clock.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { checkFolder, checkLock, newestFileMs } from './doctor/data-folder.ts'
import { checkDisk } from './doctor/disk.ts'
import { checkEngine } from './doctor/engine.ts'
import { type Finding, problem, type Surroundings } from './doctor/finding.ts'
import {
  judgeClocks,
  judgeMemory,
  judgeNode,
  judgeOpenFiles,
  judgePlatform,
  measureClocks,
  measureMemory,
  measureOpenFiles,
  measurePlatform
} from './doctor/machine.ts'
import { checkConfig, checkSettings } from './doctor/settings.ts'

type Check = (around: Surroundings, clock: Clock) => Finding | Finding[] | Promise<Finding | Finding[]>

/** In the order in which they are printed: what the later ones build on comes first. */
const checks: Readonly<Record<string, Check>> = {
  'Node.js': () => judgeNode(process.versions.node),
  platform: ({ config }) => judgePlatform(measurePlatform(), config.storage.engine.url !== undefined),
  memory: ({ config }) =>
    judgeMemory(measureMemory(config.storage.engine.url === undefined ? config.storage.engine.memoryMax : 0)),
  'open files': () => judgeOpenFiles(measureOpenFiles()),
  clock: async ({ folder }, clock) => judgeClocks(await measureClocks(clock, newestFileMs(folder))),
  disk: checkDisk,
  'data folder': checkFolder,
  lock: checkLock,
  settings: checkSettings,
  engine: checkEngine
}

/** All findings. Never rejects: a check that fails is a problem of its own. */
export async function examine(
  dataFolder: string,
  options: { readonly configFile?: string | undefined; readonly clock?: Clock } = {}
): Promise<readonly Finding[]> {
  const { folder } = dataPaths(dataFolder)
  const { config, finding } = checkConfig(folder, options.configFile)
  const around: Surroundings = { folder, config, server: readServerFile(folder) }
  const findings: Finding[] = []
  for (const [name, check] of Object.entries(checks)) {
    if (name === 'settings') findings.push(finding)
    try {
      findings.push(...[await check(around, options.clock ?? realClock)].flat())
    } catch (error) {
      findings.push(problem(name, `could not be looked at: ${messageOf(error)}`, 'tell the makers of Picket'))
    }
  }
  return findings
}

type Options = { data?: string; config?: string; json?: boolean }

export function doctorCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  return new Command('doctor')
    .description('look at this machine, the data folder and the configuration, and say what to do')
    .option('--data <folder>', 'the data folder')
    .option('--config <file>', 'the configuration (default: picket.yaml in the data folder)')
    .option('--json', 'as JSON')
    .action(async (_options: Options, self: Command) => {
      const { data, config, json } = self.optsWithGlobals<Options>()
      const folder = dataPaths(data ?? defaultDataFolder()).folder
      const findings = await examine(folder, { configFile: config })
      const healthy = !findings.some(({ status }) => status === 'problem')
      write(json ? JSON.stringify({ ok: healthy, folder, findings }, null, 2) + '\n' : report(findings))
      if (!healthy) process.exitCode = 1
    })
}

/** One line a finding, its continuation lines and what to do next below it, and a sum at the end. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const indent = ' '.repeat(width + 11)
  const lines = findings.flatMap(({ check, status, message, next }) => [
    `${status.padEnd(7)}  ${check.padEnd(width)}  ${printable(message).replaceAll('\n', '\n' + indent)}`,
    ...(next === undefined ? [] : [`${indent}→ ${printable(next)}`])
  ])
  return lines.join('\n') + '\n\n' + summary(findings) + '\n'
}

function summary(findings: readonly Finding[]): string {
  const problems = findings.filter(({ status }) => status === 'problem').length
  const warnings = findings.filter(({ status }) => status === 'warning').length
  if (problems + warnings === 0) return 'All is well.'
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  return `${count(problems, 'problem')}, ${count(warnings, 'warning')}.`
}

/** Names of files and answers of servers come from outside: a terminal must not obey them. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?')
}
