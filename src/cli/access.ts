/** How a command reaches a data folder: through the server that runs on it, or by opening it itself, waiting for its turn if need be. */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { allParsers } from '../parsers/index.ts'
import { encodeFrames } from '../pipeline/chunk-frames.ts'
import { applyOwnParsers, readOwnParsers } from '../pipeline/own-parsers.ts'
import { type Config, defaultConfig, loadConfig, loadEnvironment, printDiagnostics } from '../platform/config.ts'
import type { Log } from '../platform/log.ts'
import { dataPaths } from '../platform/paths.ts'
import { readServerFile, type ServerFile } from '../platform/server-file.ts'
import { openPicket, type Picket } from '../wire.ts'
import { callServer, sendRequest } from './server-client.ts'

export type Access =
  | { readonly kind: 'server'; readonly server: ServerFile }
  | { readonly kind: 'own'; readonly picket: Picket }

/** Puts the folder's own parsers in force for this command. Those that are wrong are named on standard error. */
export function loadOwnParsers(folder: string): void {
  const { definitions, problems } = readOwnParsers(dataPaths(folder).parsersFolder)
  applyOwnParsers(definitions)
  for (const { file, message } of problems) process.stderr.write(`warning: ${file} is not used: ${message}\n`)
}

/** The configuration of a data folder: the file named, else `picket.yaml` in the folder, else the defaults. Throws `config-invalid`. */
export function configFor(folder: string, file: string | undefined): Config {
  loadEnvironment(folder)
  const path = file ?? dataPaths(folder).configFile
  if (file === undefined && !existsSync(path)) return defaultConfig()
  const loaded = loadConfig(path, { formats: allParsers().map(parser => parser.name) })
  if (loaded.ok) return loaded.config
  let text = ''
  printDiagnostics(loaded.diagnostics, part => {
    text += part
  })
  throw new PicketError('config-invalid', `the configuration is not valid:\n${text.trimEnd()}`)
}

/** Opens the folder, or finds its server. Waits (saying so) while another command works on it. */
export async function reach(
  folder: string,
  options: { log: Log; say: (text: string) => void; quiet?: boolean; pipeline?: boolean }
): Promise<Access> {
  if (options.pipeline !== false) loadOwnParsers(folder)
  for (let waited = 0; ; waited++) {
    const server = readServerFile(folder)
    if (server !== undefined) return { kind: 'server', server }
    try {
      const picket = await openPicket({
        folder,
        config: configFor(folder, undefined),
        log: options.log,
        quiet: options.pipeline === false
      })
      return { kind: 'own', picket }
    } catch (error) {
      if (!(error instanceof PicketError) || error.code !== 'bus-locked') throw error
      if (waited === 4)
        options.say(`Another picket works on ${folder}; waiting for it to finish … (${error.message})\n`)
      await sleep(250)
    }
  }
}

/** Sends chunks to the server in requests of a few MiB; each resolves when the server has them on disk. */
export function appendTo(access: Access): (chunks: readonly Chunk[]) => Promise<void> {
  if (access.kind === 'own') return chunks => access.picket.intake.append(chunks)
  return async chunks => {
    for (let tries = 0; ; tries++) {
      try {
        const body = Buffer.concat(encodeFrames(chunks))
        const response = await sendRequest(access.server, 'POST', '/api/intake', body, {
          'content-type': 'application/octet-stream',
          'content-length': String(body.length)
        })
        const parts: Buffer[] = []
        for await (const part of response) parts.push(part as Buffer)
        if (response.statusCode === 200) return
        const text = Buffer.concat(parts).toString().slice(0, 500)
        throw new PicketError('server-refused', `The server refused records (${response.statusCode}): ${text}`, {
          retryable: (response.statusCode ?? 500) >= 500
        })
      } catch (error) {
        // Chunks that were taken although the answer was lost are recognised as duplicates by their position.
        if (!(error instanceof PicketError) || !error.retryable || tries >= 5) throw error
        await sleep(200 * 3 ** tries)
      }
    }
  }
}

export async function ask<T>(access: Access & { kind: 'server' }, path: string): Promise<T> {
  return callServer<T>(access.server, 'GET', path)
}

export function newRun(): string {
  return randomBytes(8).toString('hex')
}

export async function leave(access: Access): Promise<void> {
  if (access.kind === 'own') await access.picket.close()
}
