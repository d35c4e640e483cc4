/** Picket's command line: the one place where the commands meet. Each is a file in `cli/`. */

import { Command, CommanderError } from 'commander'
import { loadOwnParsers } from './cli/access.ts'
import { doctorCommand } from './cli/doctor.ts'
import { importCommand } from './cli/import.ts'
import { deadLetterCommand, ledgerCommand } from './cli/ledger.ts'
import { parseCommand } from './cli/parse.ts'
import { parserCommand } from './cli/parser.ts'
import { portsCommand } from './cli/ports.ts'
import { searchCommand } from './cli/search.ts'
import { serveCommand } from './cli/serve.ts'
import { tokenCommand } from './cli/token.ts'
import { userCommand } from './cli/user.ts'
import { version } from './cli/version.ts'
import { PicketError } from './core/errors.ts'
import { parsers } from './parsers/index.ts'
import { defaultDataFolder } from './platform/paths.ts'

const program = new Command('picket')
  .description('Security monitoring that one person can run.')
  .version(version)
  .showHelpAfterError('(picket --help lists the commands)')
  .showSuggestionAfterError()
  .exitOverride()

program.addCommand(serveCommand())
program.addCommand(importCommand())
program.addCommand(searchCommand())
program.addCommand(ledgerCommand())
program.addCommand(deadLetterCommand())
program
  .command('parse')
  .description('print the ECS document of each record, one a line (null where there is none), without storing anything')
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
program.addCommand(parserCommand())
program.addCommand(portsCommand())
program.addCommand(doctorCommand())
program.addCommand(tokenCommand())
program.addCommand(userCommand())
for (const command of program.commands) command.exitOverride()

// `picket … | head` ends the reader before us: that is no failure.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (error instanceof PicketError) {
    process.stderr.write(`picket: ${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
