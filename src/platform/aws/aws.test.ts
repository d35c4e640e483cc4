/** How AWS is reached: a signature as AWS's own test suite has it, a role assumed and kept, regions, failures in words. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { assumedRole, signed } from './assume-role.ts'
import { inRegionOf } from './client-options.ts'
import { awsFailure } from './failure.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

test('Signature Version 4: the case post-x-www-form-urlencoded of AWS’s test suite', () => {
  const { authorization } = signed({
    url: new URL('https://example.amazonaws.com/'),
    body: 'Param1=value1',
    service: 'service',
    region: 'us-east-1',
    credentials,
    date: new Date('2015-08-30T12:36:00Z')
  })
  assert.equal(
    authorization,
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a'
  )
})

test('a role is assumed once, again shortly before it ends, and a refusal says why', async () => {
  const bodies: string[] = []
  let inMs = 3_600_000
  let refuses = false
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', part => {
      body += String(part)
    })
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(refuses ? 403 : 200)
      response.end(
        refuses
          ? '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>'
          : `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${bodies.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(Date.now() + inMs).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
      )
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const roleOf = () =>
    assumedRole({
      role: 'arn:aws:iam::123456789012:role/reader',
      externalId: 'x',
      endpoint: `http://127.0.0.1:${port}`,
      own: async () => ({ credentials, region: 'eu-central-1' })
    })
  const role = roleOf()
  const [one, two] = await Promise.all([role(), role()])
  assert.deepEqual([one.accessKeyId, two.accessKeyId, one.sessionToken], ['ASIA1', 'ASIA1', 't'])
  assert.match(bodies[0]!, /Action=AssumeRole&.*RoleArn=arn%3Aaws.*ExternalId=x/)
  inMs = 60_000
  const short = roleOf()
  await short()
  assert.equal((await short()).accessKeyId, 'ASIA3')
  refuses = true
  await assert.rejects(roleOf()(), /role\/reader cannot be assumed: not authorized.*trust policy/)
  server.closeAllConnections()
  server.close()
})

test('the region of a queue or a stream, where none is given', () => {
  const of = (named: string, region?: string): string | undefined => inRegionOf({ region }, named).region
  assert.equal(of('https://sqs.eu-central-1.amazonaws.com/1/q'), 'eu-central-1')
  assert.equal(of('arn:aws:kinesis:us-gov-west-1:123456789012:stream/s'), 'us-gov-west-1')
  assert.equal(of('https://sqs.eu-central-1.amazonaws.com/1/q', 'us-east-1'), 'us-east-1')
  assert.equal(of('http://127.0.0.1:5000/1/q'), undefined)
})

test('what the SDK throws, in kinds and words', () => {
  const error = (name: string, status?: number, message = 'said'): Error =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } })
  const kind = (given: Error): string => awsFailure(given, 'do it').kind
  assert.equal(kind(error('NoSuchKey', 404)), 'gone')
  assert.equal(kind(error('Unknown', 404)), 'gone')
  assert.equal(kind(error('AccessDenied', 403)), 'denied')
  assert.equal(kind(error('SlowDown', 503)), 'throttled')
  assert.equal(kind(error('InternalError', 500)), 'away')
  assert.equal(kind(error('ValidationException', 400)), 'wrong')
  assert.equal(kind(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })), 'away')
  assert.match(awsFailure(error('CredentialsProviderError'), 'list it').message, /no credentials to list it: set AWS_/)
  assert.match(awsFailure(new Error('Region is missing'), 'list it').message, /set region, or AWS_REGION/)
  assert.equal(
    awsFailure(error('AccessDenied', 403, 'no\nway'), 'read it').message,
    'cannot read it: AccessDenied: no way'
  )
})
