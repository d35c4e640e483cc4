/** Commands that need no engine: help, parse, mistakes. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Lab } from '../faults/lab.ts'
import { writeMixedFolder } from './fixtures.ts'

const lab = new Lab()
after(() => lab.close({ keep: false }))

test('each command explains itself', async () => {
  const help = await lab.run(['--help'])
  const names = [...help.stdout.matchAll(/^ {2}([a-z-]+)[ [|]/gm)]
    .map(match => match[1]!)
    .filter(name => name !== 'help')
  for (const name of [
    'serve',
    'import',
    'search',
    'ledger',
    'dead-letter',
    'parse',
    'parser',
    'alerts',
    'case',
    'rules',
    'token',
    'user'
  ])
    assert.ok(names.includes(name), `${name} is in the list: ${names.join(', ')}`)
  const helps = await Promise.all(
    [
      ...names.map(name => [name]),
      ['dead-letter', 'list'],
      ['dead-letter', 'show'],
      ['dead-letter', 'replay'],
      ['parser', 'new'],
      ['parser', 'check'],
      ['rules', 'list'],
      ['rules', 'enable'],
      ['rules', 'disable'],
      ['rules', 'level'],
      ['rules', 'add'],
      ['rules', 'remove']
    ].map(async words => ({ words, ...(await lab.run([...words, '--help'])) }))
  )
  for (const { words, stdout, stderr } of helps) {
    assert.match(stdout, new RegExp(`^Usage: picket ${words.join(' ')}`), words.join(' '))
    assert.match(stdout, /--help|command/)
    assert.equal(stderr, '')
    // Every option says what it is for.
    for (const line of stdout.split('\n').filter(line => /^ {2}-/.test(line)))
      assert.match(line, /^ {2}-\S+.* {2,}\S/, `${words.join(' ')}: ${line}`)
  }
  const version = await lab.run(['--version'])
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
})

test('what is mistyped is told, with what was probably meant', async () => {
  const command = await lab.start(['serach', 'x']).ended
  assert.equal(command.code, 2)
  assert.match(command.stderr, /unknown command 'serach'\n\(Did you mean search\?\)/)
  const option = await lab.start(['import', '--formt', 'csv', '.']).ended
  assert.equal(option.code, 2)
  assert.match(option.stderr, /unknown option '--formt'\n\(Did you mean --format\?\)/)
})

test('a configuration with a mistake names the file, the line, the key and the nearest one', async () => {
  const file = lab.write('bad.yaml', 'server:\n  prot: 8642\nsources:\n  - type: htp\n    name: x\n')
  const { code, stderr } = await lab.start(['serve', '--config', file, '--data', lab.path('none')]).ended
  assert.equal(code, 1)
  assert.match(stderr, /bad\.yaml:2:3 server\.prot is not a known key; did you mean port\?/)
  assert.match(stderr, /bad\.yaml:4:11 sources\[0\]\.type is not a known type: "?htp"?.*did you mean http\?/)
  const missing = await lab.start(['serve', '--config', lab.path('none.yaml'), '--data', lab.path('none')]).ended
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /none\.yaml/)
})

test('parse prints one document a record, and null for what holds none', async () => {
  const folder = lab.newFolder('mixed')
  await writeMixedFolder(folder)
  const { code, stdout, stderr } = await lab.start(['parse', `${folder}/applications.ndjson`, `${folder}/logs.zip`])
    .ended
  assert.equal(code, 0)
  const documents = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(documents.length, 4 + 3 + 2)
  assert.equal(documents[2], null)
  assert.match(stderr, /applications\.ndjson: record 3: not JSON/)
  assert.equal(documents[0].message, 'Payment gateway refused card')
  assert.equal(documents[0].event.original.startsWith('{"time"'), true)
  assert.equal(documents[4].source.ip, '198.51.100.23')
  assert.equal(documents[8].destination.port, 443)
  const piped = lab.start(['parse', '--format', 'text'], { stdin: true })
  piped.child.stdin!.end('hello\n')
  assert.equal(JSON.parse((await piped.ended).stdout).message, 'hello')
  const unknown = await lab.start(['parse', '--format', 'nope', folder]).ended
  assert.equal(unknown.code, 2)
})

test('a parser of our own: made from lines, checked, used by parse, removed', async () => {
  const data = lab.newFolder('own')
  const file = lab.write(
    'doors.log',
    '2026-03-01T08:15:42Z door=front badge=1A2B3C result=granted\n' +
      '2026-03-01T23:03:10+01:00 door=server-room badge=99FF01 result=denied reason=lost badge\n'
  )
  const made = await lab.run(['parser', 'new', file, '--name', 'door-log', '--data', data])
  assert.match(made.stdout, /2 of 2 records are read\./)
  assert.match(made.stdout, /parsers\/door-log\.yaml with 2 cases/)
  const again = await lab.start(['parser', 'new', file, '--name', 'door-log', '--data', data]).ended
  assert.equal(again.code, 1)
  assert.match(again.stderr, /--force/)
  assert.match((await lab.run(['parser', 'check', '--data', data])).stdout, /✓ door-log: 2 cases/)
  assert.match((await lab.run(['parser', 'list', '--data', data])).stdout, /door-log +Door log +text/)
  const parsed = await lab.run(['parse', file, '--data', data])
  assert.equal(JSON.parse(parsed.stdout.split('\n')[1]!).event.reason, 'lost badge')
  await lab.run(['parser', 'remove', 'door-log', '--data', data])
  const plain = await lab.run(['parse', file, '--data', data])
  assert.notEqual(JSON.parse(plain.stdout.split('\n')[0]!).event.module, 'door_log')
})
