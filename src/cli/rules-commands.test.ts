/** `picket rules check|eval|explain` as people call them. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hasEngine } from '../testing/real-store.ts'

const main = join(import.meta.dirname, '../main.ts')
let folder: string

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-rules-cli-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

function picket(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'rules', ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, PICKET_DATA: folder }
  })
  return { code: status, out: stdout, err: stderr }
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const rule = (id: string, detection: string): string =>
  `title: Rule ${id}\nid: ${id}\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n${detection}`

const good = rule(
  'one',
  `  selection:\n    user: [root, 'adm*']\n  keywords: ['invalid user']\n  condition: selection or keywords\n`
)

test('check tells mistakes with file and line, and leaves by its exit code', () => {
  const path = file('good.yml', good)
  const fine = picket('check', path)
  assert.deepEqual([fine.code, fine.out], [0, '1 rule in 1 file: 0 mistakes, 0 warnings\n'])
  const bad = file(
    'bad.yml',
    rule('two', `  selection:\n    user|contians: x\n  other: { a: b }\n  condition: selection\n`)
  )
  const wrong = picket('check', path, bad)
  assert.equal(wrong.code, 1)
  assert.match(wrong.out, /bad\.yml:8:20: error: There is no modifier "contians"\. \(did you mean contains\?\)\n/)
  const json = JSON.parse(picket('check', '--json', path, bad).out)
  assert.deepEqual([json.rules, json.errors, json.diagnostics[0].line], [1, 1, 8])
  const expands = file(
    'expands.yml',
    rule('three', `  selection:\n    user|expand: '%admins%'\n  condition: selection\n`)
  )
  const missing = picket('check', expands)
  assert.equal(missing.code, 0)
  assert.match(missing.out, /No list was given for %admins%/)
  assert.equal(picket('check', join(folder, 'nowhere')).code, 1)
})

const vectors = [
  { rule: 'one', logsource: { product: 'linux', service: 'sshd' }, event: { user: 'root' }, expected: true },
  { rule: 'one', logsource: { product: 'linux', service: null }, event: { user: 'ADMIN' }, expected: true },
  { rule: 'one', logsource: {}, event: { message: 'Invalid user bob' }, expected: true },
  { rule: 'one', logsource: {}, event: { user: 'bob' }, expected: false },
  { rule: 'one', logsource: { product: 'windows' }, event: { user: 'root' }, expected: false },
  { rule: 'one', logsource: {}, event: { user: 'bob' }, expected: true },
  { rule: 'nobody', logsource: {}, event: {}, expected: true }
]

for (const engine of ['predicate', 'sql']) {
  test(`eval with ${engine}`, { skip: engine === 'sql' && !hasEngine() }, () => {
    const rules = file('good.yml', good)
    const lines = file('vectors.ndjson', `${vectors.map(vector => JSON.stringify(vector)).join('\n')}\nno json\n`)
    const { out, code } = picket('eval', '--rules', rules, '--vectors', lines, '--engine', engine, '--json')
    assert.equal(code, 0)
    const { total, agree, disagreements } = JSON.parse(out)
    assert.deepEqual([total, agree], [8, 5])
    assert.deepEqual(
      disagreements.map(({ rule, expected, got }: { rule: string; expected: unknown; got: unknown }) => [
        rule,
        expected,
        got
      ]),
      [
        ['nobody', true, null],
        ['', null, null],
        ['one', true, false]
      ]
    )
    assert.match(disagreements[2].why, /user is "bob"/)
  })
}

test('explain shows each clause with the field that it read', () => {
  const rules = file(
    'ssh.yml',
    rule(
      'ssh',
      `  selection:\n    user.name: bob\n    source.ip|cidr: 203.0.113.0/24\n  keywords: ['invalid user']\n  condition: selection and keywords\n`
    )
  )
  const line = 'Mar  2 10:15:30 web1 sshd[811]: Failed password for invalid user bob from 203.0.113.9 port 51022 ssh2'
  const record = file('sshd.log', `${line}\n`)
  const yes = picket('explain', rules, record)
  assert.equal(yes.code, 0, yes.err)
  assert.match(yes.out, /yes {2}user\.name: bob {2}\[user\.name: bob\]/)
  assert.match(yes.out, /yes {2}source\.ip\|cidr: 203\.0\.113\.0\/24 {2}\[source\.ip: 203\.0\.113\.9\]/)
  assert.match(yes.out, /yes {2}keywords: invalid user {2}\[message: .*invalid user bob/)
  const other = file('other.log', `${line.replace('bob', 'eve').replace('203.0.113', '198.51.100')}\n`)
  const no = picket('explain', '--json', rules, other)
  assert.equal(no.code, 3)
  const tree = JSON.parse(no.out)
  assert.equal(tree.result, false)
  assert.deepEqual(
    tree.of[1].of[0].of.map((clause: { field: string; value: string; result: boolean }) => [
      clause.field,
      clause.value,
      clause.result
    ]),
    [
      ['user.name', 'eve', false],
      ['source.ip', '198.51.100.9', false]
    ]
  )
  assert.equal(picket('explain', 'no-such-rule', record).code, 1)
})
