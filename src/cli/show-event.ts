/** `picket show ID`: one event, and the packets of its conversation. */

import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { PicketError } from '../core/errors.ts'
import { createLog } from '../platform/log.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { type Access, ask, leave, reach } from './access.ts'
import { sendRequest } from './server-client.ts'

type Options = { data?: string; json?: boolean; packets?: string; before: string; after: string }

export function showCommand(): Command {
  return new Command('show')
    .description('one event by its id; with --packets, the packets of its conversation')
    .argument('<id>', 'the id of the event, as search shows it')
    .option('--packets <file>', 'write the packets of its conversation to this file (pcap); - is standard output')
    .option('--before <seconds>', 'packets: how long before the event', '60')
    .option('--after <seconds>', 'packets: how long after it', '60')
    .option('--json', 'the document on one line')
    .option('--data <folder>', 'the data folder')
    .action((id: string, options: Options) => show(id, options))
}

async function show(id: string, options: Options): Promise<void> {
  if (!/^[0-9a-f]{16}$/.test(id))
    throw new PicketError('bad-id', `${id} is no id of an event: 16 hexadecimal digits, as picket search --json shows`)
  const around = { before: seconds(options.before), after: seconds(options.after) }
  const folder = options.data ?? defaultDataFolder()
  const say = (text: string): void => void process.stderr.write(text)
  const access = await reach(folder, { log: createLog({ level: 'warn' }), say, pipeline: false })
  try {
    if (options.packets === undefined) {
      const { document } = await eventOf(access, id)
      process.stdout.write(`${JSON.stringify(document, null, options.json ? undefined : 2)}\n`)
      return
    }
    const { file, packets, note } = await packetsOfEvent(access, id, folder, around)
    if (options.packets === '-') process.stdout.write(file)
    else await writeFile(options.packets, file, { mode: 0o600 })
    say(`${packets} packets${note === '' ? '' : `: ${note}`}\n`)
  } catch (error) {
    // Without a server, the routes' own words for why.
    if (error instanceof Error && error.name === 'ApiError')
      throw new PicketError((error as Error & { code?: string }).code ?? 'no-packets', error.message)
    throw error
  } finally {
    await leave(access)
  }
}

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 86_400)
    throw new PicketError('bad-seconds', `${text} is no number of seconds from 0 to 86400`)
  return value
}

async function eventOf(access: Access, id: string): Promise<{ document: object }> {
  if (access.kind === 'server') return ask<{ document: object }>(access, `/api/events/${id}`)
  const { storedEvent } = await import('../api/one-event.ts')
  return storedEvent(access.picket.store, id, undefined, new AbortController().signal)
}

async function packetsOfEvent(
  access: Access,
  id: string,
  folder: string,
  around: { readonly before: number; readonly after: number }
): Promise<{ file: Uint8Array; packets: number; note: string }> {
  if (access.kind === 'own') {
    const { captureFolders, packetsOf } = await import('../api/event-packets.ts')
    const { configFor } = await import('./settings.ts')
    const folders = captureFolders(configFor(folder, undefined).sources, dataPaths(folder).sourcesFolder)
    const { document } = await eventOf(access, id)
    const found = await packetsOf(document as Record<string, unknown>, folders, around, new AbortController().signal)
    return { file: found.file, packets: found.packets, note: found.bound ?? '' }
  }
  const path = `/api/events/${id}/packets?before=${around.before}&after=${around.after}`
  const response = await sendRequest(access.server, 'GET', path, undefined)
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  if (response.statusCode !== 200) {
    let error: { code?: string; message?: string } | undefined
    try {
      error = (JSON.parse(body.toString()) as { error?: typeof error }).error
    } catch {}
    throw new PicketError(
      error?.code ?? 'server-answer',
      error?.message ?? `the server answered ${response.statusCode}`
    )
  }
  const header = (name: string): string => String(response.headers[name] ?? '')
  return { file: body, packets: Number(header('x-picket-packets')), note: header('x-picket-note') }
}
