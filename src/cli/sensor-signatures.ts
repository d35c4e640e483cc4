/** `picket sensor signatures`: single signatures switched, limited, silenced; and back. */

import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SensorOut, SignatureOut } from '../api/sensor-shapes.ts'
import { changeOut } from '../api/sensor-shapes.ts'
import { PicketError } from '../core/errors.ts'
import { keepSignatureChange, signatureChanges } from '../pipeline/sensor-settings.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { changeShape, type SignatureChange, signatureId } from '../sources/sensor/signatures.ts'
import { appendAudit } from '../state/audit.ts'
import { openState } from '../state/state.ts'
import { changesText, signatureText } from './sensor-text.ts'
import { callServer } from './server-client.ts'

type Options = { data?: string; json?: boolean; reason?: string }
type Write = (text: string) => void
type Changed = Omit<SignatureChange, 'suppress'> & { suppress: SignatureChange['suppress'] }

export function addSignatureCommands(sensor: Command, write: Write): void {
  const signatures = sensor
    .command('signatures')
    .description(
      'single signatures: switch off and on, limit, silence for an address; they stay so when rules are updated'
    )
  const sub = (name: string, description: string): Command =>
    signatures
      .command(name, { isDefault: name === 'list' })
      .description(description)
      .option('--json', 'as JSON')
      .option('--data <folder>', 'the data folder')
  const changing = (name: string, description: string): Command =>
    sub(`${name} <sid>`, description).option('--reason <text>', 'why; kept with the change', '')
  const show = (found: SignatureOut, { json }: Options): void =>
    write(json ? `${JSON.stringify(found, undefined, 2)}\n` : signatureText(found))
  const change = async (sid: string, self: Command, make: (before: Changed) => Changed): Promise<void> => {
    const options = self.optsWithGlobals<Options>()
    show(await changeSignature(options, readSid(sid), make), options)
  }

  sub('list', 'what is changed (also without the word list)').action(async (_options: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>()
    const changes = await listChanges(options)
    write(options.json ? `${JSON.stringify(changes, undefined, 2)}\n` : changesText(changes))
  })
  sub('show <sid>', 'its rule, and what is changed').action(async (sid: string, _options: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>()
    show(await showSignature(options, readSid(sid)), options)
  })
  changing('disable', 'no alert of it any more').action((sid: string, _options: Options, self: Command) =>
    change(sid, self, before => ({ ...before, state: 'disabled' }))
  )
  changing('enable', 'alerts of it, also where its rule set has it off').action(
    (sid: string, _options: Options, self: Command) => change(sid, self, before => ({ ...before, state: 'enabled' }))
  )
  changing('threshold', 'fewer alerts of it')
    .addOption(
      new Option('--type <type>', 'limit: at most so many; threshold: one for each so many; both: one, if so many')
        .choices(['limit', 'threshold', 'both'])
        .default('limit')
    )
    .addOption(
      new Option('--track <track>', 'counted by').choices(['by_src', 'by_dst', 'by_both', 'by_rule']).default('by_src')
    )
    .option('--count <n>', 'how many', readNumber, 1)
    .option('--seconds <n>', 'in how long', readNumber, 3600)
    .action((sid: string, _options: Options, self: Command) => {
      const { type, track, count, seconds } = self.optsWithGlobals<NonNullable<SignatureChange['threshold']>>()
      return change(sid, self, before => ({ ...before, threshold: { type, track, count, seconds } }))
    })
  changing('suppress', 'no alert of it for an address or a network')
    .requiredOption('--address <address>', 'like 192.168.1.9 or 192.168.1.0/24')
    .addOption(
      new Option('--track <track>', 'where the address stands')
        .choices(['by_src', 'by_dst', 'by_either'])
        .default('by_src')
    )
    .action((sid: string, _options: Options, self: Command) => {
      const { address, track } = self.optsWithGlobals<SignatureChange['suppress'][number]>()
      return change(sid, self, before => ({
        ...before,
        suppress: [
          ...before.suppress.filter(each => each.address !== address || each.track !== track),
          { track, address }
        ]
      }))
    })
  changing('reset', 'as its rule set has it').action((sid: string, _options: Options, self: Command) =>
    change(sid, self, () => ({ suppress: [] }))
  )
}

async function listChanges({ data }: Options): Promise<SensorOut['changes']> {
  const folder = data ?? defaultDataFolder()
  const server = readServerFile(folder)
  if (server !== undefined) return (await callServer<SensorOut>(server, 'GET', '/api/sensor')).changes
  return inState(folder, state => [...signatureChanges(state).values()].map(changeOut))
}

async function showSignature({ data }: Options, sid: number): Promise<SignatureOut> {
  const folder = data ?? defaultDataFolder()
  const server = readServerFile(folder)
  if (server !== undefined) return callServer(server, 'GET', `/api/sensor/signatures/${sid}`)
  return inState(folder, state => outOf(signatureChanges(state), sid))
}

/** Through the server that runs, which says whether Suricata takes it; else in the state, for the next start. */
async function changeSignature(
  { data, reason = '' }: Options,
  sid: number,
  make: (before: Changed) => Changed
): Promise<SignatureOut> {
  const folder = data ?? defaultDataFolder()
  const server = readServerFile(folder)
  const path = `/api/sensor/signatures/${sid}`
  if (server !== undefined) {
    const { change } = await callServer<SignatureOut>(server, 'GET', path)
    return callServer(server, 'PUT', path, { ...make(bare(change)), reason })
  }
  return inState(folder, state => {
    const changes = signatureChanges(state)
    const next = changeShape.safeParse(make(bare(changes.get(sid))))
    if (!next.success) throw new PicketError('invalid', next.error.issues[0]?.message ?? 'is not valid')
    const { data: change } = next
    const isNone = change.state === undefined && change.threshold === undefined && change.suppress.length === 0
    const atMs = Date.now()
    const noted = { ...change, sid, reason, name: changes.get(sid)?.name ?? '', by: 'local', atMs }
    state.transaction(() => {
      if (!keepSignatureChange(state, sid, isNone ? undefined : noted))
        throw new PicketError('too-many', 'there are too many changed signatures: reset some first')
      const detail = { ...change, reason }
      appendAudit(
        state,
        { actor: 'local', action: 'signature.changed', object: `signature:${sid}`, detail, ip: '' },
        atMs
      )
    })
    return outOf(signatureChanges(state), sid)
  })
}

function bare(change: SignatureChange | undefined): Changed {
  const { state, threshold, suppress = [] } = change ?? {}
  return { ...(state !== undefined && { state }), ...(threshold !== undefined && { threshold }), suppress }
}

function outOf(changes: ReturnType<typeof signatureChanges>, sid: number): SignatureOut {
  const change = changes.get(sid)
  return { sid, change: change && changeOut(change) }
}

function inState<T>(folder: string, run: (state: ReturnType<typeof openState>) => T): T {
  if (!existsSync(dataPaths(folder).stateFile))
    throw new PicketError('no-data', `there is no Picket data in ${folder}: name its folder with --data`)
  const state = openState(folder)
  try {
    return run(state)
  } finally {
    state.close()
  }
}

function readSid(text: string): number {
  const read = signatureId.safeParse(Number(text))
  if (!read.success)
    throw new PicketError('bad-sid', `${text} is no signature id: it is the number in rule.id, like 2001219`)
  return read.data
}

function readNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1 is needed.')
  return number
}
