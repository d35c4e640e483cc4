/** `picket doctor`, the engine: is it installed, does it start and answer here; or, if a server runs, does that one say that it works? */

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { get as httpGet, type RequestOptions } from 'node:http'
import { get as httpsGet } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import type { ServerFile } from '../../platform/server-file.ts'
import { engineLibrary, startEngine } from '../../store/engine.ts'
import { type Finding, ok, problem, type Surroundings, sizeText, warning } from './finding.ts'

export async function checkEngine(around: Surroundings): Promise<Finding[]> {
  const { config, server } = around
  const { url, user, password } = config.storage.engine
  const findings: Finding[] = []
  if (url === undefined) {
    const library = checkLibrary()
    findings.push(library)
    if (library.status === 'ok' && server === undefined)
      findings.push(await checkStart(config.storage.engine.memoryMax))
  } else findings.push(await checkExternal(url, user ?? 'default', password ?? ''))
  if (server !== undefined) findings.push(await checkServer(server))
  return findings
}

export function checkLibrary(find: () => string = engineLibrary): Finding {
  const name = 'engine library'
  const again = 'run `npm ci` again, without --omit=optional'
  try {
    const file = find()
    const { size } = statSync(file)
    // The whole of it is 560 MB or more; an interrupted installation leaves a part.
    if (size < 200e6) return problem(name, `${file} has only ${sizeText(size)}: it is cut off`, again)
    return ok(name, `installed, ${sizeText(size)}`)
  } catch (error) {
    return problem(name, messageOf(error), `${again}, or set storage.engine.url to a ClickHouse server`)
  }
}

/** Starts an engine of its own on an empty temporary folder, asks it for its version, and stops it. */
async function checkStart(memoryBytesMax: number): Promise<Finding> {
  const name = 'engine start'
  const words: string[] = []
  const say = (_fields: object, message: string) => void words.push(message)
  const started = performance.now()
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'picket-doctor-'))
    const engine = await startEngine({ folder, memoryBytesMax, freeDiskBytesMin: 0, log: { info: say, warn: say } })
    try {
      const { url, writer } = engine.access
      const version = await askVersion(url, writer.user, writer.password)
      const seconds = (performance.now() - started) / 1000
      const shown = `ClickHouse ${version} starts and answers in ${seconds.toFixed(1)} s`
      if (seconds > 15) return warning(name, `${shown}: slow`, 'look for a slow disk, little memory or a busy machine')
      return ok(name, shown)
    } finally {
      await engine.close()
    }
  } catch (error) {
    const last = words.filter(word => !word.startsWith('the engine ended')).at(-1)
    const ending = words.length === 0 ? '' : `; its last words: ${(last ?? words.at(-1)!).slice(0, 300)}`
    const what = messageOf(error).split(' (see the log')[0]!
    return problem(name, `${what}${ending}`, 'see the checks of platform and memory')
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function checkExternal(url: string, user: string, password: string): Promise<Finding> {
  const name = 'engine server'
  try {
    return ok(name, `ClickHouse ${await askVersion(url, user, password)} answers at ${new URL(url).host}`)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return problem(
      name,
      `the ClickHouse server at ${new URL(url).host} does not answer as it should: ${messageOf(error)}${cause}`,
      'look at storage.engine.url, user and password in picket.yaml, and whether that server runs'
    )
  }
}

async function askVersion(url: string, user: string, password: string): Promise<string> {
  const response = await fetch(`${url.replace(/\/$/, '')}/?query=SELECT%20version()`, {
    headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
    signal: AbortSignal.timeout(10_000)
  })
  const text = (await response.text()).trim().slice(0, 200)
  if (!response.ok) throw new Error(`status ${response.status}, ${text}`)
  return text
}

/** What the running server says about itself at `/readyz`. */
export async function checkServer(server: ServerFile, timeoutMs = 5_000): Promise<Finding> {
  const name = 'server'
  const who = `process ${server.pid} at ${server.url}`
  try {
    const { status, text } = await askReady(server, timeoutMs)
    if (status === 200) return ok(name, `${who} runs and is ready`)
    const reason = readReason(text) ?? `status ${status}`
    return problem(name, `${who} is not ready: ${reason}`, 'its log says more; it goes on trying by itself')
  } catch (error) {
    return problem(
      name,
      `${who} does not answer: ${messageOf(error)}`,
      'look at its log; if that process is something else, delete run/server.json in the data folder'
    )
  }
}

function askReady(server: ServerFile, timeoutMs: number): Promise<{ status: number; text: string }> {
  const url = new URL('/readyz', server.url)
  const secure = url.protocol === 'https:'
  // Exactly the certificate that the server shows, whoever signed it and whatever name it bears.
  const options: RequestOptions & Record<string, unknown> =
    secure && server.certFile !== undefined
      ? { ca: readFileSync(server.certFile), allowPartialTrustChain: true, checkServerIdentity: () => undefined }
      : {}
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsGet : httpGet)(url, { ...options, agent: false, timeout: timeoutMs }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        if (text.length < 65_536) text += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    const late = () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`))
    const timer = setTimeout(late, timeoutMs)
    request.on('error', reject).on('close', () => clearTimeout(timer))
  })
}

function readReason(text: string): string | undefined {
  try {
    const { reason } = JSON.parse(text) as { reason?: unknown }
    return typeof reason === 'string' ? reason.slice(0, 300) : undefined
  } catch {
    return undefined
  }
}
