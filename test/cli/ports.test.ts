/** `picket ports` as a user, or a script, meets it. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
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
