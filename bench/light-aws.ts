/** A light S3 and SQS (light-aws.go) for benches: what it takes of the machine is told, and is little. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { goProgram } from '../test/services/go.ts'

export type LightAws = {
  readonly pid: number
  readonly url: string
  readonly environment: Readonly<Record<string, string>>
  /** What every client of the SDK is made with. */
  readonly client: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
  stop(): Promise<void>
}

const source = new URL('./light-aws.go', import.meta.url)
const modules = ['github.com/johannesboyne/gofakes3@v1.2.0']

/** Its answers take `awayMs` longer. The first time it is built, which takes half a minute. Throws with the reason where it cannot be had. */
export async function startLightAws(awayMs = 0): Promise<LightAws> {
  const program = goProgram(readFileSync(source, 'utf8'), modules)
  if (typeof program === 'string') throw new Error(program)
  const child = spawn(program.path, [`${awayMs}ms`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string]
  const environment = {
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true'
  }
  return {
    pid: child.pid!,
    url,
    environment,
    client: {
      endpoint: url,
      region: environment.AWS_REGION,
      credentials: { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY }
    },
    async stop() {
      const ended = once(child, 'close')
      child.kill()
      await ended
    }
  }
}
