/**
 * `run/server.json` in the data folder: how the CLI of the same user of this machine finds the running server and is let in.
 * The token in it is an administrator's, made at each start and kept nowhere else; who can read the file owns the data anyway.
 */

import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { dataPaths } from './paths.ts'

const schema = z.object({
  pid: z.int().min(1),
  /** Where this machine reaches it: `http://127.0.0.1:8642`. */
  url: z.url({ protocol: /^https?$/ }),
  token: z.string().min(1).max(128),
  /** The certificate that it shows, so that the CLI can insist on exactly that one. */
  certFile: z.string().optional()
})

export type ServerFile = z.output<typeof schema>

export function writeServerFile(dataFolder: string, content: ServerFile): void {
  const { serverFile } = dataPaths(dataFolder)
  mkdirSync(dirname(serverFile), { recursive: true, mode: 0o700 })
  chmodSync(dirname(serverFile), 0o700)
  const written = `${serverFile}.${content.pid}`
  rmSync(written, { force: true })
  writeFileSync(written, JSON.stringify(content, null, 2) + '\n', { mode: 0o600, flag: 'wx' })
  renameSync(written, serverFile)
}

/** The running server; undefined if there is none (or only what a crashed one left behind). */
export function readServerFile(dataFolder: string): ServerFile | undefined {
  const { serverFile } = dataPaths(dataFolder)
  let content: ServerFile
  try {
    const stat = lstatSync(serverFile)
    // Somebody else's file could send us, and what we type, anywhere.
    const ours = process.getuid === undefined || stat.uid === process.getuid() || process.getuid() === 0
    if (!stat.isFile() || !ours || stat.size > 16_384) return undefined
    content = schema.parse(JSON.parse(readFileSync(serverFile, 'utf8')))
  } catch {
    return undefined
  }
  return isRunning(content.pid) ? content : undefined
}

/** Removes it if it is still this server's. */
export function removeServerFile(dataFolder: string, token: string): void {
  if (readServerFile(dataFolder)?.token === token) rmSync(dataPaths(dataFolder).serverFile, { force: true })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
