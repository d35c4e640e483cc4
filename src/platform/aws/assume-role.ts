/**
 * A role's credentials for one's own: one signed request to STS (AssumeRole), whose answer is kept until five minutes before it expires.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */

import { createHash, createHmac } from 'node:crypto'
import { PicketError } from '../../core/errors.ts'

export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
}

type Options = {
  readonly role: string
  readonly externalId: string | undefined
  readonly endpoint: string | undefined
  readonly own: () => Promise<{ readonly credentials: Credentials; readonly region: string }>
}

const beforeEndMs = 300_000
const answerBytesMax = 1 << 20

/** A function that the SDK takes as `credentials`. Rejects with `aws-role` and what STS said. */
export function assumedRole(options: Options): () => Promise<Credentials> {
  let held: Promise<Credentials> | undefined
  let endMs = 0
  return async () => {
    if (held === undefined || Date.now() > endMs - beforeEndMs) {
      endMs = Number.POSITIVE_INFINITY
      held = assume(options)
      held.then(
        ({ expiration }) => {
          endMs = expiration?.getTime() ?? 0
        },
        () => {
          held = undefined
        }
      )
    }
    return held
  }
}

async function assume({ role, externalId, endpoint, own }: Options): Promise<Credentials> {
  const { credentials, region } = await own()
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(endpoint ?? `https://sts.${region}.${domain}/`)
  const form = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: 'picket',
    ...(externalId === undefined ? {} : { ExternalId: externalId })
  })
  const body = form.toString()
  const headers = signed({ url, body, service: 'sts', region, credentials, date: new Date() })
  let text: string
  let ok: boolean
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(20_000) })
    ok = response.ok
    text = (await response.text()).slice(0, answerBytesMax)
  } catch (cause) {
    throw new PicketError('aws-role', `STS at ${url.host} cannot be asked for the role ${role}`, {
      cause,
      retryable: true
    })
  }
  const value = (name: string): string | undefined => new RegExp(`<${name}>([^<]{1,8192})</${name}>`).exec(text)?.[1]
  const [accessKeyId, secretAccessKey] = [value('AccessKeyId'), value('SecretAccessKey')]
  if (!ok || accessKeyId === undefined || secretAccessKey === undefined)
    throw new PicketError(
      'aws-role',
      `the role ${role} cannot be assumed: ${value('Message')?.slice(0, 500) ?? 'STS gave no credentials'}. Look at the role's trust policy, and that these credentials may call sts:AssumeRole.`,
      { retryable: true }
    )
  const end = Date.parse(value('Expiration') ?? '')
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: value('SessionToken'),
    ...(Number.isNaN(end) ? {} : { expiration: new Date(end) })
  }
}

type Signing = {
  readonly url: URL
  readonly body: string
  readonly service: string
  readonly region: string
  readonly credentials: Credentials
  readonly date: Date
}

/** Signature Version 4 of a POST without a query. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function signed({ url, body, service, region, credentials, date }: Signing): Record<string, string> {
  const stamp = date.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = stamp.slice(0, 8)
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host: url.host,
    'x-amz-date': stamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken })
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    'POST',
    url.pathname,
    '',
    ...names.map(name => `${name}:${headers[name]!}`),
    '',
    names.join(';'),
    sha256(body)
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`))
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')).toString('hex')
  const { host: _host, ...sent } = headers
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
