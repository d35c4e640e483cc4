/**
 * `picket ports` from the clouds' own engines, as a user meets it. Security groups, flow logs and Athena are moto's (whose results are queued
 * beforehand: it runs no query); Athena's pages and failures, and CloudWatch Logs Insights, are played by a server here that speaks their
 * protocol as AWS documents it.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client
} from '@aws-sdk/client-ec2'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { queryOf } from '../../src/sources/cloud-flows/insights.ts'
import { type Moto, motoReason, startMoto } from './moto.ts'

const reason = await motoReason()
if (reason !== false) console.log(`Ports from the clouds are not tested: ${reason}`)
const options = { skip: reason, timeout: 120_000 }
const picket = join(import.meta.dirname, '..', '..', 'bin', 'picket.js')

let moto: Moto
before(async () => {
  if (reason === false) moto = await startMoto()
})
after(async () => {
  await moto?.stop()
})

function run(endpoint: string, args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_NO_WARNINGS: '1'
  }
  return new Promise(resolve => {
    const all = [picket, 'ports', ...args, '--endpoint', endpoint, '--region', 'eu-central-1']
    execFile(process.execPath, all, { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    )
  })
}

/** What Athena answers: names first, then rows. */
const athenaRows = (rows: readonly (readonly string[])[]) =>
  rows.map(row => ({ Data: row.map(value => ({ VarCharValue: value })) }))
const columnNames = [
  'version',
  'interface_id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'start',
  'action',
  'tcp_flags'
]
const columnInfo = columnNames.map(Name => ({ Name, Type: Name === 'start' ? 'bigint' : 'varchar' }))
/** As the query asks: source, destination, ports, protocol, action, start, interface, flags, count. */
const answered = (client: string, port: number, n: number): string[][] => [
  [client, '10.0.1.5', String(40_000 + n), String(port), '6', 'ACCEPT', '1780300000', 'eni-1', '2', '3'],
  ['10.0.1.5', client, String(port), String(40_000 + n), '6', 'ACCEPT', '1780300000', 'eni-1', '18', '3']
]
const served = [
  ...[1, 2, 3].flatMap(n => answered(`198.51.100.${n}`, 443, n)),
  ...[1, 2].flatMap(n => answered(`10.0.2.${n}`, 5432, n)),
  ['203.0.113.9', '10.0.1.5', '50000', '23', '6', 'REJECT', '1780300000', 'eni-1', '2', '7'],
  ['-', '-', '-', '-', '-', '-', '1780300000', 'eni-1', '0', '1']
]

const proposed = ['tcp 443 198.51.100.1/32', 'tcp 443 198.51.100.2/31', 'tcp 5432 10.0.2.1/32', 'tcp 5432 10.0.2.2/32']

type Answer = {
  feasible: boolean
  rules: { protocol: string; from: number; to: number; source: string }[]
  observed: { records: number; rejected: number; services: { port: number; clients: number; evidence: object }[] }
  existing?: { kind: string; text: string }[]
}
const rulesOf = (out: string): string[] =>
  (JSON.parse(out) as Answer).rules.map(({ protocol, from, source }) => `${protocol} ${from} ${source}`).sort()

test(
  'Athena, with the groups that are there now: rules, and what is wrong with those of the interface',
  options,
  async () => {
    const ec2 = new EC2Client(moto.client)
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId!, CidrBlock: '10.0.1.0/24' }))
    const group = async (GroupName: string): Promise<string> =>
      (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: Vpc!.VpcId! })))
        .GroupId!
    const [web, other] = [await group('web'), await group('other')]
    const open = (GroupId: string, port: number, CidrIp: string) =>
      ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp }] }]
        })
      )
    await open(web, 443, '0.0.0.0/0')
    await open(web, 8080, '0.0.0.0/0')
    await open(other, 9999, '0.0.0.0/0')
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: Subnet!.SubnetId!, PrivateIpAddress: '10.0.1.5', Groups: [web] })
    )
    ec2.destroy()
    const eni = NetworkInterface!.NetworkInterfaceId!
    const s3 = new S3Client({ ...moto.client, forcePathStyle: true })
    await s3.send(
      new CreateBucketCommand({ Bucket: 'results', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } })
    )
    s3.destroy()
    const queued = await fetch(`${moto.url}/moto-api/static/athena/query-results`, {
      method: 'POST',
      body: JSON.stringify({
        region: 'eu-central-1',
        results: [
          { rows: athenaRows([columnNames]), column_info: columnInfo },
          {
            rows: athenaRows([columnNames, ...served.map(row => row.map(cell => (cell === 'eni-1' ? eni : cell)))]),
            column_info: columnInfo
          }
        ]
      })
    })
    assert.equal(queued.status, 201)
    const { code, out, err } = await run(moto.url, [
      ...['--athena', 'logs.flows', '--athena-output', 's3://results/', '--from', '2026-06-01', '--to', '2026-06-02'],
      ...['--interface', eni, '--live', '--json']
    ])
    assert.equal(code, 0, err)
    assert.deepEqual(rulesOf(out), proposed)
    const { observed, existing } = JSON.parse(out) as Answer
    assert.deepEqual([observed.records, observed.rejected], [37, 7])
    assert.deepEqual(
      observed.services.map(({ evidence }) => evidence),
      [{ flags: 3 }, { flags: 2 }]
    )
    const texts = existing!.map(({ kind, text }) => `${kind} ${text}`).join('\n')
    assert.match(texts, /8080/)
    assert.match(texts, /5432/)
    assert.doesNotMatch(texts, /9999/)
    assert.match(err, /Athena: 12 rows/)
  }
)

test('groups alone; a group or an interface that is not there is said', options, async () => {
  const none = await run(moto.url, ['--live', '--group', 'sg-00000000000000000', '--athena', 'a.b', '--from', '-1d'])
  assert.equal(none.code, 1)
  assert.match(none.err, /EC2 knows no security group sg-00000000000000000|describe the security groups/)
  const range = await run(moto.url, ['--athena', 'a.b'])
  assert.match(range.err, /--from/)
  const table = await run(moto.url, ['--athena', 'a.b"; DROP', '--from', '-1d'])
  assert.match(table.err, /is not like database.table/)
  const endpoint = await run('nowhere', ['--athena', 'a.b', '--from', '-1d'])
  assert.match(endpoint.err, /--endpoint nowhere/)
})

type Asked = { readonly action: string; readonly body: Record<string, unknown> }

/** Answers AWS's JSON protocol: what `reply` gives for an action; an `Error` is a failure of that name. */
async function played(
  reply: (asked: Asked) => object
): Promise<{ url: string; asked: Asked[]; close: () => Promise<void> }> {
  const asked: Asked[] = []
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', part => parts.push(part as Buffer))
    request.on('end', () => {
      const action = String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1)!
      const text = Buffer.concat(parts).toString()
      const one = { action, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} }
      asked.push(one)
      const answer = reply(one)
      const failed = answer instanceof Error
      response.writeHead(failed ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(failed ? { __type: answer.name, message: answer.message } : answer))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    }
  }
}

test('Athena: pages, a query that takes its time, one that fails; what is asked for', { timeout: 60_000 }, async () => {
  let polls = 0
  let state = 'SUCCEEDED'
  const server = await played(({ action, body }) => {
    if (action === 'StartQueryExecution')
      return { QueryExecutionId: /LIMIT 0$/.test(String(body['QueryString'])) ? 'q0' : 'q1' }
    if (action === 'GetQueryExecution')
      return {
        QueryExecution: {
          Status: polls++ < 2 ? { State: 'RUNNING' } : { State: state, StateChangeReason: 'SYNTAX_ERROR: line 1' },
          Statistics: { DataScannedInBytes: 1_500_000 }
        }
      }
    const ResultSetMetadata = { ColumnInfo: columnInfo }
    if (body['QueryExecutionId'] === 'q0') return { ResultSet: { Rows: athenaRows([columnNames]), ResultSetMetadata } }
    const at = Number(body['NextToken'] ?? 0)
    const rows = at === 0 ? [columnNames, ...served.slice(0, 5)] : served.slice(at, at + 5)
    const next = at + 5 < served.length ? { NextToken: String(at + 5) } : {}
    return { ResultSet: { Rows: athenaRows(rows), ResultSetMetadata }, ...next }
  })
  const args = [
    '--athena',
    'logs.flows',
    '--from',
    '2026-06-01',
    '--to',
    '2026-06-02',
    '--address',
    '10.0.1.5',
    '--json'
  ]
  const good = await run(server.url, [...args, '--athena-where', "day = '2026/06/01'"])
  assert.equal(good.code, 0, good.err)
  assert.deepEqual(rulesOf(good.out), proposed)
  assert.match(good.err, /12 rows, 3\.0 MB read/)
  const sql = String(server.asked.filter(({ action }) => action === 'StartQueryExecution')[1]!.body['QueryString'])
  assert.equal(
    sql,
    'SELECT "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "action", min(TRY_CAST("start" AS bigint)), "interface_id", "tcp_flags", count(*) ' +
      'FROM "logs"."flows" WHERE TRY_CAST("start" AS bigint) >= 1780272000 AND TRY_CAST("start" AS bigint) < 1780358400 ' +
      "AND (day = '2026/06/01') AND (\"srcaddr\" IN ('10.0.1.5') OR \"dstaddr\" IN ('10.0.1.5')) " +
      'GROUP BY "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "action", "interface_id", "tcp_flags" LIMIT 500001'
  )
  state = 'FAILED'
  const bad = await run(server.url, args)
  assert.equal(bad.code, 1)
  assert.match(bad.err, /Athena ended the query \(failed\): SYNTAX_ERROR/)
  assert.ok(server.asked.some(({ action }) => action === 'StopQueryExecution'))
  await server.close()
})

test('Logs Insights: a range with too many rows is asked for in halves; the fields of the format; failures', {
  timeout: 60_000
}, async () => {
  const from = Date.UTC(2026, 5, 1) / 1000
  let fail: Error | undefined
  const ranges = new Map<string, readonly [number, number]>()
  const server = await played(({ action, body }) => {
    if (fail !== undefined) return fail
    if (action === 'StartQuery') {
      const id = `q${ranges.size}`
      ranges.set(id, [Number(body['startTime']), Number(body['endTime'])])
      return { queryId: id }
    }
    if (action !== 'GetQueryResults') return {}
    const [start, end] = ranges.get(String(body['queryId']))!
    const names = [
      'srcAddr',
      'dstAddr',
      'srcPort',
      'dstPort',
      'protocol',
      'action',
      'start_s',
      'interfaceId',
      '',
      'count'
    ]
    const row = (cells: readonly string[]) =>
      cells.flatMap((value, i) => (names[i] === '' ? [] : [{ field: names[i], value }]))
    // The day's flows are spread over it; more than two hours at once are too many.
    const own = served.filter((_, i) => from + i * 7200 >= start && from + i * 7200 <= end)
    const results = end - start > 8000 ? Array.from({ length: 10_000 }, () => row(served[0]!)) : own.map(row)
    return { status: 'Complete', results, statistics: { bytesScanned: 1000 } }
  })
  const args = ['--insights', 'vpc', '--from', '2026-06-01', '--to', '2026-06-02', '--json']
  const good = await run(server.url, args)
  assert.equal(good.code, 0, good.err)
  assert.deepEqual(
    (JSON.parse(good.out) as Answer).observed.services.map(({ port, clients }) => [port, clients]),
    [
      [443, 3],
      [5432, 2]
    ]
  )
  assert.match(good.err, /12 rows of 31 queries/)
  // The ranges that were not too long cover the day, without a gap and without an overlap.
  const leaves = [...ranges.values()].filter(([a, b]) => b - a <= 8000).sort(([a], [b]) => a - b)
  assert.equal(leaves[0]![0], from)
  for (const [i, [a]] of leaves.slice(1).entries()) assert.equal(a, leaves[i]![1] + 1)
  assert.equal(leaves.at(-1)![1], from + 86_399)
  fail = Object.assign(new Error('The log group does not exist'), { name: 'ResourceNotFoundException' })
  const bad = await run(server.url, args)
  assert.equal(bad.code, 1)
  assert.match(bad.err, /cannot ask Logs Insights for vpc: ResourceNotFoundException/)
  await server.close()
})

test('what Logs Insights is asked', () => {
  const wanted = { interfaces: ['eni-1'], instances: [], addresses: ['10.0.1.5'] }
  assert.equal(
    queryOf(undefined, wanted).text,
    'filter interfaceId in ["eni-1"] or srcAddr in ["10.0.1.5"] or dstAddr in ["10.0.1.5"] | ' +
      'stats count(*) as count, min(start) as start_s by srcAddr, dstAddr, srcPort, dstPort, protocol, action, interfaceId | limit 10000'
  )
  const format = [
    'version',
    'srcaddr',
    'dstaddr',
    'srcport',
    'dstport',
    'protocol',
    'action',
    'tcp-flags',
    'flow-direction'
  ]
  assert.equal(
    queryOf(format.map(name => `\${${name}}`).join(' '), { interfaces: [], instances: [], addresses: [] }).text,
    'parse @message "* * * * * * * * *" as f_version, f_srcaddr, f_dstaddr, f_srcport, f_dstport, f_protocol, f_action, f_tcp_flags, f_flow_direction | ' +
      'stats count(*) as count by f_srcaddr, f_dstaddr, f_srcport, f_dstport, f_protocol, f_action, f_tcp_flags, f_flow_direction | limit 10000'
  )
  assert.throws(() => queryOf('version srcaddr', wanted), /nothing that stands for destination/)
  assert.throws(() => queryOf('version | delete', wanted), /no format/)
})
