/** How a command reaches a data folder: through the server that runs on it, or by opening it itself, waiting for its turn if need be. */

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { encodeFrames } from '../pipeline/chunk-frames.ts'
import type { Log } from '../platform/log.ts'
import { readServerFile, type ServerFile } from '../platform/server-file.ts'
import type { Picket } from '../wire.ts'
import { callServer, sendRequest } from './server-client.ts'

export type Access =
  | { readonly kind: 'server'; readonly server: ServerFile }
  | { readonly kind: 'own'; readonly picket: Picket }

/** Opens the folder, or finds its server. Waits (saying so) while another command works on it. */
export async function reach(
  folder: string,
  options: { log: Log; say: (text: string) => void; quiet?: boolean; pipeline?: boolean }
): Promise<Access> {
  for (let waited = 0; ; waited++) {
    const server = readServerFile(folder)
    if (server !== undefined) return { kind: 'server', server }
    // Only now: a server's client needs neither the engine nor the formats.
    const { configFor, loadOwnParsers } = await import('./settings.ts')
    const { openPicket } = await import('../wire.ts')
    if (options.pipeline !== false && waited === 0) loadOwnParsers(folder)
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
