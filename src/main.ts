/** Picket's command line: the one place where the commands meet. Each is a file in `cli/`. */

import { Command, CommanderError } from 'commander'
import { version } from './cli/version.ts'
import { PicketError } from './core/errors.ts'

/** Each command's modules are loaded when it is asked for: `picket --version` need not know a hundred formats. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve-command.ts')).serveCommand(),
  demo: async () => (await import('./cli/demo.ts')).demoCommand(),
  sensor: async () => (await import('./cli/sensor.ts')).sensorCommand(),
  import: async () => (await import('./cli/import.ts')).importCommand(),
  search: async () => (await import('./cli/search.ts')).searchCommand(),
  show: async () => (await import('./cli/show-event.ts')).showCommand(),
  report: async () => (await import('./cli/report.ts')).reportCommand(),
  ledger: async () => (await import('./cli/ledger.ts')).ledgerCommand(),
  'dead-letter': async () => (await import('./cli/ledger.ts')).deadLetterCommand(),
  parse: async () => (await import('./cli/parse-command.ts')).parseCommandLine(),
  parser: async () => (await import('./cli/parser.ts')).parserCommand(),
  generate: async () => (await import('./cli/generate.ts')).generateCommand(),
  ports: async () => (await import('./cli/ports.ts')).portsCommand(),
  intel: async () => (await import('./cli/intel.ts')).intelCommand(),
  notify: async () => (await import('./cli/notify.ts')).notifyCommand(),
  rules: async () => (await import('./cli/rules.ts')).rulesCommand(),
  doctor: async () => (await import('./cli/doctor.ts')).doctorCommand(),
  token: async () => (await import('./cli/token.ts')).tokenCommand(),
  alerts: async () => (await import('./cli/alerts.ts')).alertsCommand(),
  case: async () => (await import('./cli/case.ts')).caseCommand(),
  heartbeat: async () => (await import('./cli/heartbeat.ts')).heartbeatCommand(),
  user: async () => (await import('./cli/user.ts')).userCommand()
}

const program = new Command('picket')
  .description('Security monitoring that one person can run.')
  .version(version)
  .showHelpAfterError('(picket --help lists the commands)')
  .showSuggestionAfterError()
  .exitOverride()

for (const name of wantedCommands(process.argv[2])) program.addCommand(await commands[name]!())
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

/** The command named first, or none for the version; all for help, and to suggest one for a name that is not one. */
function wantedCommands(first: string | undefined): readonly string[] {
  if (first === '--version' || first === '-V') return []
  return first !== undefined && Object.hasOwn(commands, first) ? [first] : Object.keys(commands)
}
