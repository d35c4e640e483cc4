/** `picket ports` as a user, or a script, meets it. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const picket = join(import.meta.dirname, '..', '..', 'bin', 'picket.js')

export function run(args: string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [picket, 'ports', ...args], (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    )
    child.stdin?.end(input)
  })
}

const list = '80,81,82,85,86,1001,1002,1020'

test('the opening as JSON', async () => {
  const { code, out } = await run(['--ports', list, '--max-rules', '3', '--max-open-ports', '3', '--json'])
  assert.equal(code, 0)
  assert.equal(
    out,
    '{"feasible":true,"ranges":[{"from":80,"to":86},{"from":1001,"to":1002}],"ports":[1020],"extraPorts":[83,84],"rules":3}\n'
  )
})

test('no combination, as JSON and for people', async () => {
  const args = ['--ports', list, '--max-rules', '1', '--max-open-ports', '3']
  const json = await run([...args, '--json'])
  const answer = JSON.parse(json.out)
  assert.equal(answer.feasible, false)
  assert.equal(answer.suggestion.maxRules, 3)
  assert.equal(answer.suggestion.maxOpenPorts, 933)
  const people = await run(args)
  assert.equal(people.code, 1)
  assert.equal(people.out, '')
  assert.match(people.err, /^No combination: 1 rule with at most 3 unobserved ports/)
})

test('for people; ports from standard input', async () => {
  const { out } = await run(['--ports', '-', '--max-rules', '3'], list.replaceAll(',', '\n'))
  assert.equal(
    out,
    '80-86        opens 83-84, which nobody used\n1001-1002\n1020\n3 of 3 rules; 2 open ports that nobody used.\n'
  )
})

test('what is no port is said', async () => {
  const { code, err } = await run(['--ports', '80,http'])
  assert.equal(code, 1)
  assert.match(err, /"http" is no port/)
})

test('from flow logs: what is served, by what evidence, the rules for it, and the proof', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-ports-'))
  try {
    const head =
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags flow-direction'
    const line = (
      from: string,
      fromPort: number,
      to: string,
      toPort: number,
      flags: number,
      direction: string
    ): string =>
      `5 123456789012 eni-0a1b2c3d4e5f60718 ${from} ${to} ${fromPort} ${toPort} 6 9 900 1770000000 1770000060 ACCEPT OK ${flags} ${direction}`
    const own = '10.0.1.5'
    const lines = ['198.51.100.8', '198.51.100.9'].flatMap((client, i) => [
      line(client, 50_000 + i, own, 22, 2, 'ingress'),
      line(own, 22, client, 50_000 + i, 18, 'egress')
    ])
    lines.push(line(own, 40_000, '192.0.2.1', 443, 3, 'egress'), line('192.0.2.1', 443, own, 40_000, 19, 'ingress'))
    const file = join(folder, 'flows.log')
    await writeFile(file, [head, ...lines, ''].join('\n'))
    const args = [file, '--interface', 'eni-0a1b2c3d4e5f60718', '--known', 'office=198.51.100.0/24', '--data', folder]
    const { out, code } = await run(args)
    assert.equal(code, 0)
    assert.match(out, /tcp 22 ssh +2 connections, 2 clients; TCP flags \(2\)/)
    assert.match(out, /tcp 22 +from 198\.51\.100\.8\/31 +ssh from office/)
    assert.match(out, /Proof: 2 connections \(2 records\) replayed, 0 would be stopped/)
    const answer = JSON.parse((await run([...args, '--json'])).out)
    assert.deepEqual(answer.rules, [
      { protocol: 'tcp', from: 22, to: 22, source: '198.51.100.8/31', reason: 'ssh from office' }
    ])
    assert.deepEqual(answer.proof.broken, [])
    const { out: commands } = await run([...args, '--out', 'nftables'])
    assert.match(commands, /ip saddr 198\.51\.100\.8\/31 tcp dport 22 accept/)
    await importFile(file, folder)
    const stored = JSON.parse((await run(['--store', '--data', folder, '--json'])).out)
    assert.deepEqual(stored.rules.length, 1)
    assert.equal(stored.observed.records, 6)
  } finally {
    await rm(folder, { recursive: true })
  }
})

function importFile(file: string, folder: string): Promise<void> {
  return new Promise((resolve, reject) =>
    execFile(process.execPath, [picket, 'import', file, '--data', folder, '--quiet'], error =>
      error === null ? resolve() : reject(error)
    )
  )
}
