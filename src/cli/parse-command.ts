/** The command line of `picket parse` (see parse.ts). */

import { Command } from 'commander'
import { parsers } from '../parsers/index.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { parseCommand } from './parse.ts'
import { loadOwnParsers } from './settings.ts'

export function parseCommandLine(): Command {
  return new Command('parse')
    .description(
      'print the ECS document of each record, one a line (null where there is none), without storing anything'
    )
    .argument('[files...]', 'files; - or nothing is standard input', [])
    .option(
      '--format <name>',
      'the format, where it should not be recognised: ' + parsers.map(parser => parser.name).join(', ')
    )
    .option('--timezone <minutes>', 'the zone of time stamps that name none, in minutes east of UTC', Number)
    .option('--data <folder>', 'the data folder, for the parsers in it')
    .action(async (files: string[], options: { format?: string; timezone?: number; data?: string }) => {
      loadOwnParsers(options.data ?? defaultDataFolder())
      process.exitCode = await parseCommand(files, options)
    })
}
