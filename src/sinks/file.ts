/**
 * Files: one, or a row of them that begins anew by size or time (`app.0001.ndjson`, `app.0002.ndjson`), packed or not. A packed file that is being written
 * can be read up to its last flush.
 */

import { once } from 'node:events'
import { createWriteStream, mkdirSync, rmSync, type WriteStream } from 'node:fs'
import { dirname, extname } from 'node:path'
import { createGzip, type Gzip } from 'node:zlib'
import { z } from 'zod'
import { messageOf, PicketError } from '../core/errors.ts'
import { countOption, flagOption, sizeOption, timeOption } from './options.ts'
import { noFigures, sinkKind } from './sink.ts'

export const file = sinkKind({
  schemes: ['file'],
  example: 'logs/app.ndjson?size=100MB&every=1h&gzip&keep=10',
  about: 'A file; with `size` or `every`, a row of files.',
  ownsQuery: true,
  options: z.strictObject({
    size: sizeOption(1024, 1e12).optional().describe('Begin another file after so many bytes (before packing).'),
    every: timeOption().optional().describe('Begin another file after so long.'),
    gzip: flagOption().optional().describe('Pack. Also if the name ends with .gz.'),
    keep: countOption(1, 100_000).optional().describe('Delete the oldest of the row beyond so many.'),
    append: flagOption().optional().describe('Go on in the file that is there, instead of replacing it.')
  }),
  open({ path }, options, { nowMs, header }) {
    const gzip = options.gzip === true || path.endsWith('.gz')
    const rotates = options.size !== undefined || options.every !== undefined
    if (options.append && rotates)
      throw new PicketError('sink-options', "A row of files (size, every) always begins anew: leave out 'append'.")
    let number = 0
    let current: OpenFile | undefined

    const nextFile = (): OpenFile => {
      const name = gzip && !path.endsWith('.gz') ? `${path}.gz` : path
      const numbered = rotates ? withNumber(name, ++number) : name
      if (rotates && options.keep !== undefined && number > options.keep)
        rmSync(withNumber(name, number - options.keep), { force: true })
      const opened = openFile(numbered, gzip, options.append ?? false, nowMs())
      if (header !== undefined) opened.put(`${header}\n`)
      return opened
    }
    return {
      label: path,
      async write(lines) {
        if (lines.length === 0) return
        if (current !== undefined) {
          const full = options.size !== undefined && current.bytes >= options.size
          const old = options.every !== undefined && nowMs() - current.openedMs >= options.every
          if (full || old) {
            await current.close()
            current = undefined
          }
        }
        current ??= nextFile()
        await current.put(`${lines.join('\n')}\n`)
      },
      async close() {
        current ??= nextFile()
        await current.close()
      },
      figures: () => noFigures
    }
  }
})

/** `app.ndjson.gz` → `app.0007.ndjson.gz`. */
function withNumber(path: string, number: number): string {
  const packed = path.endsWith('.gz') ? '.gz' : ''
  const bare = packed === '' ? path : path.slice(0, -3)
  const extension = extname(bare)
  return `${bare.slice(0, bare.length - extension.length)}.${String(number).padStart(4, '0')}${extension}${packed}`
}

type OpenFile = {
  readonly openedMs: number
  readonly bytes: number
  put(text: string): Promise<void>
  close(): Promise<void>
}

function openFile(path: string, gzip: boolean, append: boolean, openedMs: number): OpenFile {
  let failure: PicketError | undefined
  mkdirSync(dirname(path), { recursive: true })
  const out: WriteStream = createWriteStream(path, { flags: append ? 'a' : 'w' })
  const packer: Gzip | undefined = gzip ? createGzip() : undefined
  packer?.pipe(out)
  const into = packer ?? out
  const fail = (error: Error): void => {
    failure ??= new PicketError('sink', `${path} cannot be written: ${messageOf(error)}`, { cause: error })
    // Whoever waits for room would wait for ever.
    into.emit('drain')
  }
  out.on('error', fail)
  packer?.on('error', fail)
  let bytes = 0
  return {
    openedMs,
    get bytes() {
      return bytes
    },
    async put(text) {
      if (failure !== undefined) throw failure
      const piece = Buffer.from(text)
      bytes += piece.length
      // A failure is told by `fail`.
      if (!into.write(piece)) await once(into, 'drain').catch(() => {})
      if (failure !== undefined) throw failure
    },
    async close() {
      if (failure === undefined) {
        const closed = new Promise<void>(resolve => out.once('close', resolve))
        into.end()
        await closed
      }
      if (failure !== undefined) throw failure
    }
  }
}
