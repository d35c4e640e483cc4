/** `picket ledger` and `picket dead-letter`: what became of every record, and another look at those that could not be read. */

import { Command, InvalidArgumentError } from 'commander'
import { letterOut, replayDeadLetters } from '../api/dead-letters.ts'
import { PicketError } from '../core/errors.ts'
import { findDeadLetters } from '../pipeline/dead-letters.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import type { LedgerReport } from '../state/ledger.ts'
import { type Access, ask, leave, reach } from './access.ts'
import { callServer } from './server-client.ts'
import { countText, printLedger } from './show.ts'
import { table } from './table.ts'

type Options = {
  data?: string
  json?: boolean
  run?: string
  source?: string
  reason?: string
  limit: number
  all?: boolean
  format?: string
}
type Letter = ReturnType<typeof letterOut>

async function withAccess<T>(
  options: { data?: string },
  pipeline: boolean,
  work: (access: Access) => Promise<T>
): Promise<T> {
  const access = await reach(options.data ?? defaultDataFolder(), {
    log: createLog({ level: 'warn' }),
    say: text => void process.stderr.write(text),
    pipeline
  })
  try {
    return await work(access)
  } finally {
    await leave(access)
  }
}

const write = (text: string): void => void process.stdout.write(text)

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('what became of every record: received = stored + dead-lettered + duplicates')
    .option('--run <id>', "one import's ledger")
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder')
    .action(async (options: Options) => {
      const report = await withAccess(options, false, async access =>
        access.kind === 'own'
          ? access.picket.ledger.report(options.run === undefined ? {} : { run: options.run })
          : ask<LedgerReport>(
              access,
              `/api/ledger${options.run === undefined ? '' : `?run=${encodeURIComponent(options.run)}`}`
            )
      )
      if (options.json)
        write(JSON.stringify({ totals: report.totals, pending: report.pending, sources: report.sources }) + '\n')
      else printLedger(report, write)
    })
}

async function lettersOf(access: Access, options: Options): Promise<Letter[]> {
  const { source, reason, limit } = options
  if (access.kind === 'own')
    return (await findDeadLetters(access.picket.store, { source, reason, limit })).map(letterOut)
  const parameters = new URLSearchParams({ limit: String(Math.min(limit, 500)) })
  if (source !== undefined) parameters.set('source', source)
  if (reason !== undefined) parameters.set('reason', reason)
  return (await ask<{ letters: Letter[] }>(access, `/api/dead-letters?${parameters}`)).letters
}

export function deadLetterCommand(): Command {
  const command = new Command('dead-letter').description('records that could not be read: list, show, replay')

  command
    .command('list')
    .description('the newest dead letters')
    .option('--source <name>', 'of one source')
    .option('--reason <text>', 'whose reason contains this')
    .option('--limit <n>', 'at most so many', readLimit, 50)
    .option('--json', 'one JSON object a line')
    .option('--data <folder>', 'the data folder')
    .action(async (options: Options) => {
      const letters = await withAccess(options, false, access => lettersOf(access, options))
      if (options.json) for (const letter of letters) write(JSON.stringify(letter) + '\n')
      else if (letters.length === 0) write('No dead letters.\n')
      else {
        const rows = letters.map(letter => [
          letter.id,
          new Date(letter.timeMs).toISOString().slice(0, 19),
          letter.source,
          letter.format,
          letter.reason.slice(0, 80)
        ])
        write(table(['ID', 'TIME', 'SOURCE', 'FORMAT', 'REASON'], rows))
      }
    })

  command
    .command('show')
    .description('one dead letter whole: its reason, then the bytes as they came')
    .argument('<id>')
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder')
    .action(async (id: string, options: Options) => {
      if (!/^[0-9a-f]{16}$/.test(id))
        throw new PicketError('bad-id', 'An id has 16 hex digits: see picket dead-letter list')
      const letter = await withAccess(options, false, async access => {
        if (access.kind === 'own') {
          const [found] = await findDeadLetters(access.picket.store, { ids: [id], limit: 1 })
          return found && { ...letterOut(found), originalBase64: found.original.toString('base64') }
        }
        return (await ask<{ letters: Letter[] }>(access, `/api/dead-letters?id=${id}`)).letters[0]
      })
      if (letter === undefined) throw new PicketError('unknown-letter', `There is no dead letter ${id}.`)
      if (options.json) return write(JSON.stringify(letter) + '\n')
      process.stderr.write(`${letter.source} (${letter.format}): ${letter.reason}\n`)
      process.stdout.write(Buffer.from(letter.originalBase64, 'base64'))
      write('\n')
    })

  command
    .command('replay')
    .description('send dead letters through the pipeline again (after a fix, or as another format)')
    .argument('[ids...]', 'which', [])
    .option('--all', 'all that the filters leave')
    .option('--source <name>', 'of one source')
    .option('--reason <text>', 'whose reason contains this')
    .option('--format <name>', 'read them as this format')
    .option('--data <folder>', 'the data folder')
    .action(async (ids: string[], options: Options) => {
      if (ids.length === 0 && options.all !== true)
        throw new PicketError('which', 'Say which: ids, or --all (with --source, --reason).')
      const which = {
        ...(ids.length > 0 && { ids }),
        source: options.source,
        reason: options.reason,
        format: options.format
      }
      const replayed = await withAccess(options, true, async access => {
        if (access.kind === 'server') {
          const answer = await callServer<{ replayed: number }>(access.server, 'POST', '/api/dead-letters/replay', {
            ...which,
            ...(ids.length === 0 && { all: true })
          })
          return answer.replayed
        }
        const count = await replayDeadLetters(access.picket, which, Date.now)
        while (access.picket.ledger.report().pending > 0) {
          const { failed } = access.picket.pipeline.state
          if (failed !== undefined)
            throw new PicketError('pipeline-failed', `The letters are on the bus, but the pipeline stopped: ${failed}`)
          await new Promise(resolve => setTimeout(resolve, 50))
        }
        return count
      })
      write(`${countText(replayed)} replayed; picket dead-letter list shows what is still dead.\n`)
    })

  return command
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000)
    throw new InvalidArgumentError('a whole number from 1 to 1000000.')
  return limit
}
