/** `picket notify list|test|explain|replay|discard`: where notifications go, whether they arrive, and what to do with those that did not. */

import { Command } from 'commander'
import { PicketError } from '../core/errors.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { readServerFile, type ServerFile } from '../platform/server-file.ts'
import { callServer } from './server-client.ts'
import { table } from './table.ts'

type Options = { data?: string; json?: boolean; state?: string; destination?: string; all?: boolean; limit?: string }
type Destination = {
  id: string
  name: string
  kind: string
  where: string
  enabled: boolean
  breaker: { state: string; reason: string; retryAt?: string }
  quietUntil?: string
  counts: { waiting: number; dead: number; sent: number }
}
type Message = {
  id: number
  destinationName: string
  severity: string
  subject: string
  state: string
  held?: string
  attempts: number
  created: string
  reason: string
}

type Told = {
  messages: Message[]
  routes: { name: string; fits: boolean; why: string[]; destinations: string[] }[]
}

const states = ['waiting', 'sending', 'sent', 'gathered', 'dead', 'dropped']

export function notifyCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('notify').description(
    'notifications: destinations, messages, dead letters (of the running server)'
  )
  const sub = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--data <folder>', 'the data folder')
      .option('--json', 'as JSON')

  sub('list', 'the destinations and how they do; with --state, the messages in it (dead: the dead letters)')
    .option('--state <state>', `messages that are ${states.join(', ')}`)
    .option('--destination <name>', 'of this destination only')
    .option('--limit <n>', 'at most so many messages', '50')
    .action(async (options: Options) => {
      const server = serverOf(options)
      if (options.state === undefined) return listDestinations(server, options, write)
      if (!states.includes(options.state))
        throw new PicketError(
          'notify-invalid',
          `there is no state ${options.state}: it is one of ${states.join(', ')}.`
        )
      const asked = new URLSearchParams({ state: options.state, limit: options.limit ?? '50' })
      if (options.destination !== undefined) asked.set('destination', await idOf(server, options.destination))
      const reply = await callServer<{ messages: Message[] }>(server, 'GET', `/api/notifications/messages?${asked}`)
      if (options.json) return write(`${JSON.stringify(reply.messages, null, 2)}\n`)
      if (reply.messages.length === 0) return write(`no message is ${options.state}\n`)
      const rows = reply.messages.map(each => [
        String(each.id),
        each.created.slice(0, 19).replace('T', ' '),
        each.destinationName,
        each.severity,
        each.subject.slice(0, 60),
        String(each.attempts),
        (each.held === undefined ? each.reason : `held: ${each.held}`).slice(0, 80)
      ])
      write(table(['ID', 'SINCE (UTC)', 'TO', 'SEVERITY', 'ABOUT', 'TRIES', 'WHY'], rows))
    })

  sub('test', 'send a test message now, and say what became of it')
    .argument('<destination>', 'its name')
    .action(async (name: string, options: Options) => {
      const server = serverOf(options)
      const path = `/api/notifications/destinations/${await idOf(server, name)}/test`
      const outcome = await callServer<{ result: string; detail: string }>(server, 'POST', path)
      if (options.json) write(`${JSON.stringify(outcome)}\n`)
      else if (outcome.result === 'sent') write(`sent to ${name}: ${outcome.detail}\n`)
      if (outcome.result !== 'sent') throw new PicketError('notify-failed', `not sent to ${name}: ${outcome.detail}`)
    })

  sub('explain', 'who was told of an alert, and which routes would tell of it now, or why not')
    .argument('<alert>', 'its number')
    .action(async (alert: string, options: Options) => {
      if (!/^[1-9]\d{0,15}$/.test(alert)) throw new PicketError('notify-invalid', 'an alert is named by its number.')
      const told = await callServer<Told>(serverOf(options), 'GET', `/api/notifications/explain?alert=${alert}`)
      if (options.json) return write(`${JSON.stringify(told, null, 2)}\n`)
      const messages = told.messages.map(each => [
        each.created.slice(0, 19).replace('T', ' '),
        each.destinationName,
        each.state,
        each.reason
      ])
      write(
        messages.length === 0
          ? 'nobody was told by a message of its own\n'
          : table(['WHEN (UTC)', 'TO', 'STATE', ''], messages)
      )
      const routes = told.routes.map(each => [
        each.name,
        each.fits ? `fits → ${each.destinations.join(', ')}` : `does not fit: ${each.why.join('; ')}`
      ])
      if (routes.length > 0) write(`\n${table(['ROUTE', ''], routes)}`)
    })

  for (const [verb, description, done] of [
    ['replay', 'send dead letters again', 'sent again'],
    ['discard', 'give up dead letters for good', 'given up']
  ] as const)
    sub(verb, description)
      .argument('[ids...]', 'of messages, from: picket notify list --state dead')
      .option('--destination <name>', 'all of this destination')
      .option('--all', 'all there are')
      .action(async (ids: string[], options: Options) => {
        const ways = [ids.length > 0, options.destination !== undefined, options.all === true].filter(Boolean).length
        if (ways !== 1) throw new PicketError('notify-invalid', 'say which: ids, --destination NAME, or --all.')
        const numbers = ids.map(Number)
        if (numbers.some(id => !Number.isInteger(id) || id < 1))
          throw new PicketError('notify-invalid', 'an id is a number: picket notify list --state dead shows them.')
        const server = serverOf(options)
        const body =
          ids.length > 0
            ? { ids: numbers }
            : options.all
              ? { all: true }
              : { destination: await idOf(server, options.destination!) }
        const reply = await callServer<{ messages: number }>(server, 'POST', `/api/notifications/${verb}`, body)
        if (options.json) return write(`${JSON.stringify(reply)}\n`)
        write(`${reply.messages} ${reply.messages === 1 ? 'message is' : 'messages are'} ${done}\n`)
      })

  return command
}

async function listDestinations(server: ServerFile, options: Options, write: (text: string) => void): Promise<void> {
  const { destinations, dead } = await all(server)
  const wanted = destinations.filter(each => options.destination === undefined || isCalled(each, options.destination))
  if (options.json) return write(`${JSON.stringify(wanted, null, 2)}\n`)
  if (wanted.length === 0)
    return write('There are no destinations. Add one on the page, under Administration, Notifications.\n')
  const rows = wanted.map(({ name, kind, where, enabled, breaker, quietUntil, counts }) => [
    name,
    kind,
    where,
    enabled ? breaker.state : 'off',
    String(counts.sent),
    String(counts.waiting),
    String(counts.dead),
    breaker.state !== 'closed'
      ? breaker.reason.slice(0, 60)
      : quietUntil === undefined
        ? ''
        : `quiet until ${quietUntil.slice(0, 16)}Z`
  ])
  write(table(['NAME', 'KIND', 'WHERE', 'BREAKER', 'SENT', 'WAITING', 'DEAD', ''], rows))
  if (dead > 0) write(`\n${dead} dead: picket notify list --state dead\n`)
}

function serverOf({ data }: Options): ServerFile {
  const folder = data ?? defaultDataFolder()
  const server = readServerFile(folder)
  if (server === undefined)
    throw new PicketError('no-server', `no Picket runs on ${folder}, so nothing is sent: start it with picket serve.`)
  return server
}

const all = (server: ServerFile) =>
  callServer<{ destinations: Destination[]; dead: number }>(server, 'GET', '/api/notifications')

const isCalled = ({ name, id }: Destination, wanted: string): boolean =>
  id === wanted || name.toLowerCase() === wanted.toLowerCase()

async function idOf(server: ServerFile, wanted: string): Promise<string> {
  const { destinations } = await all(server)
  const found = destinations.find(each => isCalled(each, wanted))
  if (found !== undefined) return found.id
  const names = destinations.map(({ name }) => name).join(', ')
  const known = names === '' ? 'There is none yet.' : `There are: ${names}.`
  throw new PicketError('unknown-destination', `there is no destination called ${wanted}. ${known}`)
}
