/** `picket heartbeat`: do test attacks become alerts? Through the running server, which is what is tested. */

import { Command } from 'commander'
import type { HeartbeatOut } from '../api/heartbeat.ts'
import { PicketError } from '../core/errors.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { readServerFile, type ServerFile } from '../platform/server-file.ts'
import { callServer } from './server-client.ts'
import { table } from './table.ts'

type Options = { data?: string; json?: boolean; allFormats?: boolean }

export function heartbeatCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('heartbeat').description(
    'test attacks through the real pipeline: does each raise an alert?'
  )
  const sub = (name: string, description: string): Command =>
    command
      .command(name, { isDefault: name === 'status' })
      .description(description)
      .option('--json', 'as JSON')
      .option('--data <folder>', 'the data folder')
  const show = (found: HeartbeatOut, options: Options): void => {
    write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : heartbeatText(found))
    if (found.light === 'red') process.exitCode = 1
  }

  sub('status', 'what the last run found; ends with 1 if an attack was missed (also without the word status)').action(
    async (_options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      show(await callServer<HeartbeatOut>(serverOf(options), 'GET', '/api/heartbeat'), options)
    }
  )

  sub('run', 'send a test attack for each source now, and wait for the alerts')
    .option('--all-formats', 'for each format that there is a test attack for, whatever the sources')
    .action(async (_options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const body = options.allFormats ? { formats: 'all' } : {}
      show(await callServer<HeartbeatOut>(serverOf(options), 'POST', '/api/heartbeat', body), options)
    })

  return command
}

export function heartbeatText({ light, daily, last }: HeartbeatOut): string {
  const every = daily ? 'once a day by itself' : 'only when asked (the daily run is switched off)'
  if (last === undefined) return `No test attack was sent yet. It is sent ${every}, or now: picket heartbeat run\n`
  const rows = last.checks.map(check => [
    check.source === '' ? '-' : check.source,
    check.format === '' ? '?' : check.format,
    check.state,
    check.tookMs === undefined ? '' : `${(check.tookMs / 1000).toFixed(1)} s`,
    check.alert === undefined ? '' : String(check.alert),
    check.problem === '' ? check.title : check.problem
  ])
  const verdict = {
    green: 'green: every test attack raised its alert',
    amber: 'amber: what was tested raised its alert, but not everything could be tested',
    red: 'RED: a test attack raised no alert',
    running: 'running',
    never: ''
  }[light]
  return `${table(['SOURCE', 'FORMAT', 'STATE', 'TOOK', 'ALERT', 'WHAT'], rows)}\n${verdict}\n${last.started}, by ${last.by}; runs ${every}\n`
}

function serverOf({ data }: Options): ServerFile {
  const folder = data ?? defaultDataFolder()
  const server = readServerFile(folder)
  if (server === undefined)
    throw new PicketError('no-server', `no Picket runs on ${folder}: start it (picket serve), it is what is tested`)
  return server
}
