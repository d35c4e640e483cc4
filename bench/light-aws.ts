/** A light S3 and SQS (light-aws.go) for benches: what it takes of the machine is told, and is little. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type AwsClient, awsClient, awsEnvironment } from '../test/services/aws-client.ts'
import { goProgram } from '../test/services/go.ts'

export type LightAws = {
  readonly pid: number
  readonly url: string
  readonly environment: Readonly<Record<string, string>>
  /** What every client of the SDK is made with. */
  readonly client: AwsClient
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
  return {
    pid: child.pid!,
    url,
    environment: awsEnvironment,
    client: awsClient(url),
    async stop() {
      const ended = once(child, 'close')
      child.kill()
      await ended
    }
  }
}
