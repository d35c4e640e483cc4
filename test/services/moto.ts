/**
 * AWS for tests: moto's server from PyPI, in a folder of its own that is kept for the next time. Listens on loopback and holds everything in memory.
 * A test asks `motoReason` first and is skipped with it where moto cannot be had.
 */

import { execFile, spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { freePort } from '../../src/testing/free-port.ts'
import { type AwsClient, awsClient, awsEnvironment } from './aws-client.ts'

const version = '5.2.5'
const run = promisify(execFile)
const folder = join(tmpdir(), `picket-moto-venv-${process.getuid?.() ?? 0}`)

let prepared: Promise<string | false> | undefined

/** Why moto cannot be had here, or false. The first call may take a minute: it fetches. */
export function motoReason(): Promise<string | false> {
  prepared ??= prepare()
  return prepared
}

async function prepare(): Promise<string | false> {
  const ready = join(folder, `ready-${version}`)
  try {
    if (!existsSync(ready)) {
      await run('python3', ['-m', 'venv', folder], { timeout: 60_000 })
      await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `moto[server]==${version}`], {
        timeout: 240_000
      })
      writeFileSync(ready, '')
    }
    await run(join(folder, 'bin/python'), ['-c', 'import moto.server'], { timeout: 60_000 })
    return false
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1)
    return `moto cannot be had: ${said || (error as Error).message.split('\n')[0]}`
  }
}

export type Moto = {
  readonly url: string
  /** For the environment of a child that speaks with it, and for `process.env` of the test itself. */
  readonly environment: Readonly<Record<string, string>>
  /** What every client of the SDK is made with. */
  readonly client: AwsClient & {
    /** Speaks HTTP 1, which is all that moto does: the client of Kinesis would begin with HTTP 2. */
    readonly requestHandler: NonNullable<SQSClientConfig['requestHandler']>
  }
  /** Forgets everything. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** One that is ready. Stop it: it ends with the test's process at the latest. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(join(folder, 'bin/python'), ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, MOTO_ALLOW_NONEXISTENT_REGION: 'true' }
  })
  // A test that fails must not wait for it.
  child.unref()
  const end = (): void => void child.kill('SIGKILL')
  process.on('exit', end)
  const ended = new Promise<void>(resolve => child.on('close', () => resolve()))
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok === true) break
    if (tries > 300 || child.exitCode !== null) throw new Error('moto did not start')
    await sleep(100)
  }
  return {
    url,
    environment: awsEnvironment,
    client: {
      ...awsClient(url),
      requestHandler: new SQSClient({ region: awsEnvironment.AWS_REGION }).config.requestHandler
    },
    async reset() {
      await (await fetch(`${url}/moto-api/reset`, { method: 'POST' })).body?.cancel()
    },
    async stop() {
      process.off('exit', end)
      child.ref()
      end()
      await ended
    }
  }
}
