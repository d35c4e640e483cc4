/**
 * `picket sensor`: watch network interfaces with Suricata. Where no server runs on the data folder, it sets the sensor up and runs Picket with it;
 * else it sets it up in the server that runs.
 */

import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { SensorOut } from '../api/sensor-shapes.ts'
import { PicketError } from '../core/errors.ts'
import { keepOwnSensor, type OwnSensor, ownSensor, ownSensorShape } from '../pipeline/sensor-settings.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { readServerFile, type ServerFile } from '../platform/server-file.ts'
import { checkInterfaces, homeNetOf, interfacesHere } from '../sources/sensor/networks.ts'
import { checkRights, findSuricata } from '../sources/sensor/program.ts'
import { appendAudit } from '../state/audit.ts'
import { openState } from '../state/state.ts'
import { addSignatureCommands } from './sensor-signatures.ts'
import { sensorText } from './sensor-text.ts'
import { serve } from './serve.ts'
import { readPort, type ServeOptions } from './serve-command.ts'
import { callServer } from './server-client.ts'

type Options = ServeOptions & {
  interface?: string[]
  homeNet?: string[]
  rules?: string[]
  etOpen: boolean
  json?: boolean
}

export function sensorCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('sensor')
    .description('watch the network with Suricata: alerts, flows, DNS, TLS, HTTP')
    .addHelpText(
      'after',
      `
Examples:
  picket sensor --interface eth0                          set it up, and run Picket with it
  picket sensor --interface eth0 --rules /etc/my.rules    with rules of your own, too
  picket sensor signatures disable 2013028 --reason 'our own scripts'
  picket sensor run --help                                all that can be set`
    )
  const sub = (name: string, description: string): Command =>
    command
      .command(name, { isDefault: name === 'run' })
      .description(description)
      .option('--data <folder>', 'the data folder')

  sub('run', 'set the sensor up and run Picket with it (also without the word run)')
    .option('--interface <name...>', 'the interfaces to watch')
    .option('--home-net <network...>', 'the networks that are yours (default: those of the interfaces)')
    .option('--rules <file...>', 'files of rules, or folders of them, beside Emerging Threats Open')
    .option('--no-et-open', 'do not fetch Emerging Threats Open')
    .option('--config <file>', 'the configuration (default: picket.yaml in the data folder, if there is one)')
    .option('--host <address>', 'the address to listen on (default: server.host)')
    .option('--port <n>', 'the port (default: server.port)', readPort)
    .action((_options: Options, self: Command) => run(self.optsWithGlobals<Options>(), write))
  sub('status', 'how the sensors are')
    .option('--json', 'as JSON')
    .action(async (_options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const found = await callServer<SensorOut>(serverOf(options), 'GET', '/api/sensor')
      write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : sensorText(found))
      if (found.sensors.some(({ phase }) => phase !== 'running')) process.exitCode = 1
    })
  sub('update', 'fetch rules now, and put them in force').action(async (_options: Options, self: Command) => {
    write(sensorText(await callServer<SensorOut>(serverOf(self.optsWithGlobals()), 'POST', '/api/sensor/rules')))
  })
  sub('off', 'take the sensor away that was set up by picket sensor, or on the page').action(
    async (_options: Options, self: Command) => {
      await change(resolve(self.optsWithGlobals<Options>().data ?? defaultDataFolder()), undefined)
      write('The sensor is taken away. Its rules and changed signatures are kept.\n')
    }
  )
  addSignatureCommands(command, write)
  return command
}

async function run(options: Options, write: (text: string) => void): Promise<void> {
  const folder = resolve(options.data ?? defaultDataFolder())
  const server = readServerFile(folder)
  const asked = askedFor(options)
  if (server !== undefined) {
    const found =
      asked === undefined
        ? await callServer<SensorOut>(server, 'GET', '/api/sensor')
        : await callServer<SensorOut>(server, 'PUT', '/api/sensor/settings', asked)
    write(
      asked === undefined
        ? sensorText(found)
        : `The Picket that runs at ${server.url} watches with it now.\n${sensorText(found)}`
    )
    return
  }
  // Before anything is begun: what is missing, and what to do about it.
  const settings = asked ?? stored(folder)
  if (settings === undefined) {
    const names = interfacesHere()
      .filter(({ kind, up }) => kind !== 'loopback' && up)
      .map(({ name }) => name)
    throw new PicketError(
      'no-interface',
      `which interface is to be watched? picket sensor --interface NAME; this machine has ${names.join(', ') || 'none that is up'}`
    )
  }
  const suricata = await findSuricata()
  await checkRights(suricata.path)
  checkInterfaces(settings.interfaces)
  if (asked !== undefined) await change(folder, asked)
  const homeNet = settings.homeNet.length > 0 ? settings.homeNet : homeNetOf(settings.interfaces)
  write(
    `Suricata ${suricata.version} is to watch ${settings.interfaces.join(', ')}; yours: ${homeNet.join(', ')}. It stays set up: picket serve goes on with it, picket sensor off ends that.\n`
  )
  const { config, host, port } = options
  await serve({ data: folder, ...(config && { config }), ...(host && { host }), ...(port !== undefined && { port }) })
}

function askedFor(options: Options): OwnSensor | undefined {
  if (options.interface === undefined) return undefined
  const read = ownSensorShape.safeParse({
    interfaces: options.interface.flatMap(each => each.split(',')),
    homeNet: options.homeNet?.flatMap(each => each.split(',')),
    etOpen: options.etOpen,
    files: options.rules?.map(file => resolve(file))
  })
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new PicketError('invalid', `${issue?.path.join('.')}: ${issue?.message}`)
}

function stored(folder: string): OwnSensor | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const state = openState(folder)
  try {
    return ownSensor(state)
  } finally {
    state.close()
  }
}

async function change(folder: string, settings: OwnSensor | undefined): Promise<void> {
  const server = readServerFile(folder)
  if (server !== undefined) {
    await callServer(server, settings === undefined ? 'DELETE' : 'PUT', '/api/sensor/settings', settings)
    return
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const state = openState(folder)
  try {
    const action = settings === undefined ? 'sensor.removed' : 'sensor.set-up'
    state.transaction(() => {
      keepOwnSensor(state, settings)
      appendAudit(state, { actor: 'local', action, object: 'sensor', detail: { ...settings }, ip: '' }, Date.now())
    })
  } finally {
    state.close()
  }
}

function serverOf({ data }: Options): ServerFile {
  const folder = data ?? defaultDataFolder()
  const server = readServerFile(folder)
  if (server !== undefined) return server
  throw new PicketError('no-server', `no Picket runs on ${folder}: start it (picket sensor --interface NAME)`)
}
