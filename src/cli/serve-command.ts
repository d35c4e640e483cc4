/** `picket serve`: which role, and no more, so that a gatekeeper loads nothing of the main Picket. */

import { Command, InvalidArgumentError, Option } from 'commander'

export type ServeOptions = { data?: string; config?: string; port?: number; host?: string; role?: 'main' | 'gate' }

export function serveCommand(): Command {
  return new Command('serve')
    .description('run Picket: the page, the API, the sources')
    .option('--config <file>', 'the configuration (default: picket.yaml in the data folder, if there is one)')
    .option('--data <folder>', 'the data folder')
    .option('--host <address>', 'the address to listen on (default: server.host)')
    .option('--port <n>', 'the port (default: server.port)', readPort)
    .addOption(
      new Option('--role <role>', 'main: everything; gate: intake only, which it hands over to a main Picket')
        .choices(['main', 'gate'])
        .default('main')
    )
    .action(async (options: ServeOptions) => {
      if (options.role !== 'gate') return (await import('./serve.ts')).serve(options)
      if (options.host !== undefined || options.port !== undefined)
        throw new InvalidArgumentError('a gatekeeper has no page: its ports are in picket.yaml (gate, sources).')
      return (await import('./serve-gate.ts')).serveGate(options)
    })
}

export function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535.')
  return port
}
