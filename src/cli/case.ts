/** `picket case list|show|export|verify|key`: cases, and their signed exports. Verifying needs nothing but the file. */

import { createWriteStream, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { messageOf, PicketError } from '../core/errors.ts'
import { type Verification, verifyCase } from '../pipeline/case-verify.ts'
import { realClock } from '../platform/clock.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { readId } from './alerts.ts'
import { casesTable, caseText } from './alerts-output.ts'
import { printable } from './table.ts'
import { withTriage } from './triage-access.ts'

type Options = {
  data?: string
  json?: boolean
  state: 'open' | 'closed' | 'all'
  out?: string
  key?: string
}

const archiveBytesMax = 1 << 30

export function caseCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('case').description('cases: alerts that belong together, and their signed exports')
  const inFolder = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--json', 'as JSON')
      .option('--data <folder>', 'the data folder')
  const folderOf = ({ data }: Options): string => data ?? defaultDataFolder()

  inFolder('list', 'the open cases')
    .addOption(new Option('--state <state>', 'which').choices(['open', 'closed', 'all']).default('open'))
    .action(async (_options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const cases = await withTriage(folderOf(options), realClock.nowMs, access => access.cases(options.state))
      write(options.json ? `${JSON.stringify(cases, undefined, 2)}\n` : casesTable(cases))
    })

  inFolder('show', 'a case with its alerts, evidence and history')
    .argument('<id>', 'its number', readId)
    .action(async (id: number, _options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const about = await withTriage(folderOf(options), realClock.nowMs, access => access.caseOf(id))
      write(options.json ? `${JSON.stringify(about, undefined, 2)}\n` : caseText(about))
    })

  inFolder('export', 'a case as a signed archive: events, rules, audit entries, files')
    .argument('<id>', 'its number', readId)
    .option('--out <file>', 'where it goes (default: case-ID.tar here)')
    .action(async (id: number, _options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const out = options.out ?? `case-${id}.tar`
      const fingerprint = await withTriage(folderOf(options), realClock.nowMs, async access => {
        await save(out, await access.exportCase(id))
        return (await access.key()).fingerprint
      })
      const bytes = statSync(out).size
      if (options.json) write(`${JSON.stringify({ file: out, bytes, fingerprint })}\n`)
      else write(`${out}: ${bytes} bytes, signed with ${fingerprint}\nTo check it: picket case verify ${out}\n`)
    })

  inFolder('key', 'the public key that exports are signed with; give it to those who are to check them').action(
    async (_options: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const key = await withTriage(folderOf(options), realClock.nowMs, access => access.key())
      if (options.json) write(`${JSON.stringify(key)}\n`)
      else write(`${key.pem}`)
      if (!options.json) process.stderr.write(`${key.fingerprint}\n`)
    }
  )

  command
    .command('verify')
    .description('check an exported case: needs neither a network nor a data folder; ends with 1 if anything is wrong')
    .argument('<file>', 'the archive')
    .option('--key <file>', 'the public key that it must be signed with, as PEM (default: the one in the archive)')
    .option('--json', 'as JSON')
    .action((file: string, options: Options) => {
      const found = verifyCase(readWhole(file, archiveBytesMax), options.key && readWhole(options.key, 65_536))
      write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : verificationText(file, found))
      if (!found.ok) process.exitCode = 1
    })

  return command
}

function verificationText(file: string, found: Verification): string {
  if (!found.ok)
    return `${file}: NOT as it was exported\n${found.problems.map(problem => `  ${printable(problem)}\n`).join('')}`
  const whose = found.keyWasGiven
    ? 'the key given'
    : 'the key in the archive: compare its fingerprint with the one that the installation shows (picket case key), or use --key'
  return (
    `${file}: as it was exported\n` +
    `  case       ${printable(found.title)}\n` +
    `  exported   ${printable(found.exportedAt)} by ${printable(found.exportedBy)}\n` +
    `  files      ${found.files}, all with the sums that were signed\n` +
    `  audit      ${found.auditEntries} entries, all with hashes that hold\n` +
    `  signed by  ${found.fingerprint}\n` +
    `             ${whose}\n`
  )
}

/** Whole or not at all. */
async function save(out: string, content: AsyncIterable<Buffer>): Promise<void> {
  const written = `${out}.part`
  try {
    await pipeline(Readable.from(content), createWriteStream(written, { mode: 0o600 }))
    renameSync(written, out)
  } catch (error) {
    rmSync(written, { force: true })
    if (error instanceof PicketError) throw error
    throw new PicketError('export', `cannot write ${out}: ${messageOf(error)}`, { cause: error })
  }
}

function readWhole(file: string, bytesMax: number): Buffer {
  try {
    const { size } = statSync(file)
    if (size > bytesMax) throw new PicketError('too-large', `${file} is larger than ${bytesMax} bytes`)
    return readFileSync(file)
  } catch (error) {
    if (error instanceof PicketError) throw error
    throw new PicketError('no-file', `cannot read ${file}: ${messageOf(error)}`, { cause: error })
  }
}
