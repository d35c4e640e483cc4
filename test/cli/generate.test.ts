/** `picket generate` as a user, or a script, meets it; and into a Picket that runs. */

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { schemaFile, schemaText } from '../../src/cli/generate-about.ts'
import { readServerFile } from '../../src/platform/server-file.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab } from '../faults/lab.ts'

const root = join(import.meta.dirname, '..', '..')
const picket = join(root, 'bin', 'picket.js')
const folder = mkdtempSync(join(tmpdir(), 'picket-generate-'))
const lab = new Lab()
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await lab.close({ keep: false })
})

type Ran = { readonly code: number; readonly out: string; readonly err: string }

function run(args: string[], input = ''): Promise<Ran> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [picket, 'generate', ...args],
      { cwd: folder, maxBuffer: 1 << 28, env: { ...process.env, PICKET_DATA: join(folder, 'none') } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err })
    )
    child.stdin?.end(input)
  })
}

const simple = 'fields:\n  n: { type: counter }\n  name: { type: list, list: [ann, bob] }\n'

test('every example runs, repeats under a seed, and makes JSON', async () => {
  const examples = readdirSync(join(root, 'examples/generate')).filter(name => /\.ya?ml$|\.json$/.test(name))
  assert.ok(examples.length > 0)
  for (const name of examples) {
    const file = join(root, 'examples/generate', name)
    const args = [file, '--count', '200', '--seed', 's', '--format', 'ndjson', '--out', '-', '--json']
    const [once, again] = await Promise.all([run(args), run(args)])
    assert.equal(once.code, 0, `${name}: ${once.err}`)
    assert.equal(once.out, again.out, name)
    const lines = once.out.trimEnd().split('\n')
    assert.equal(lines.length, 200)
    // Shapes may be lines of logs.
    if (!/^shape:/m.test(readFileSync(file, 'utf8'))) for (const line of lines) JSON.parse(line)
    assert.equal(JSON.parse(once.err).records, 200)
  }
})

test('mistakes are told with line and column, and what was meant', async () => {
  const file = join(folder, 'wrong.yaml')
  const lines = [
    'feilds: {}',
    'fields:',
    '  a: { type: randmNumber }',
    '  b: { type: integer, mxa: 4 }',
    '  c: { min: 1 }',
    '  d: { type: uuid, version: 5 }'
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const { code, out, err } = await run([file])
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.match(err, /wrong\.yaml:1:1 feilds is not a known key; did you mean fields\?/)
  assert.match(err, /wrong\.yaml:3:14 fields\.a\.type is not a known type: randmNumber; did you mean randomNumber\?/)
  assert.match(err, /wrong\.yaml:4:23 fields\.b\.mxa is not a known key; did you mean max\?/)
  assert.match(err, /wrong\.yaml:5:3 fields\.c\.type is missing; the types are: constant, /)
  assert.match(err, /wrong\.yaml:6:\d+ fields\.d\.version must be one of 4, 7, not 5/)
  const later = await run(['-'], "fields:\n  a: { type: rules, rules: { Y: '{bb} > 1' } }\n  b: { type: counter }\n")
  assert.match(later.err, /-:2:33 fields\.a\.rules\.Y refers to a field that is not there: bb; did you mean b\?/)
  assert.match((await run(['-'], 'fields: { __proto__: { type: uuid } }')).err, /-:1:11 __proto__ is no name/)
  assert.match((await run(['-'], 'fields: [')).err, /-:\d+:\d+ is not YAML/)
  assert.match((await run([])).err, /Say what to make/)
  assert.match((await run(['nowhere.yaml'])).err, /cannot be read/)
  assert.match((await run(['-', '--rate', 'fast'], simple)).err, /--rate: fast is no rate; write it like 1000, ramp/)
  assert.match((await run(['-', '--out', 'kafak://a/b'], simple)).err, /did you mean kafka:\/\/\?/)
  assert.match((await run(['-', '--out', 'x?sise=1MB'], simple)).err, /there is no option sise; did you mean size\?/)
})

test('a distribution that cannot be met ends with the rate seen', async () => {
  const { code, err } = await run(
    ['-', '--count', '10', '--quiet'],
    "distribution: {r: {Y: 1, N: 1}}\nfields: {n: {type: integer, max: 5}, r: {type: rules, rules: {Y: '{n} > 9', N: '{n} <= 9'}}}"
  )
  assert.equal(code, 1)
  assert.match(err, /picket: r cannot be distributed as asked: Y did not come in 1,000,000 draws.*N 100\.0 %/)
})

test('csv, templates, JSON as configuration, --check and --schema', async () => {
  const json = JSON.stringify({ fields: { n: { type: 'counter' }, t: { type: 'constant', constant: '=x,y' } } })
  assert.equal((await run(['-', '-n', '2', '-f', 'csv', '-q'], json)).out, `n,t\n1,"'=x,y"\n2,"'=x,y"\n`)
  assert.equal((await run(['-', '-n', '2', '-t', '<{n}>', '-q'], json)).out, '<1>\n<2>\n')
  assert.equal((await run(['-', '--check'], json)).code, 0)
  assert.equal((await run(['-', '--check'], '{}')).code, 1)
  const { out } = await run(['--schema'])
  assert.equal(out, schemaText())
  assert.equal(readFileSync(schemaFile, 'utf8'), out, 'run: node src/cli/generate-about.ts')
  assert.match((await run(['--list'])).out, /weightedList/)
})

test('files: one, packed, in a row that is kept short', async () => {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  await run(['-', '-n', '3', '-o', 'sub/one.ndjson', '-f', 'csv'], simple)
  assert.match(read('sub/one.ndjson'), /^n,name\n1,\w+\n2,\w+\n3,\w+\n$/)
  await run(['-', '-n', '2', '-o', 'sub/one.ndjson?append'], simple)
  assert.equal(read('sub/one.ndjson').split('\n').length, 7)
  await run(['-', '-n', '1000', '-o', 'packed.ndjson.gz'], simple)
  const packed = gunzipSync(readFileSync(join(folder, 'packed.ndjson.gz'))).toString()
  assert.equal(packed.trimEnd().split('\n').length, 1000)
  const { code, err } = await run(['-', '-n', '5000', '-o', 'row/app.log?size=10KB&keep=3&gzip'], simple)
  assert.equal(code, 0, err)
  const row = readdirSync(join(folder, 'row')).sort()
  assert.equal(row.length, 3)
  assert.match(row[0]!, /^app\.\d{4}\.log\.gz$/)
  const last = row.flatMap(name =>
    gunzipSync(readFileSync(join(folder, 'row', name)))
      .toString()
      .trimEnd()
      .split('\n')
  )
  assert.equal(JSON.parse(last.at(-1)!).n, 5000)
  for (let i = 1; i < last.length; i++) assert.equal(JSON.parse(last[i]!).n, JSON.parse(last[i - 1]!).n + 1)
  assert.match((await run(['-', '-n', '1', '-o', '/dev/full'], simple)).err, /cannot be written: .*ENOSPC/)
})

test('the rate is kept, and a duration at a rate is a number of records', async () => {
  const { err, out } = await run(['-', '-r', '1000', '-d', '2s', '--json', '-s', '1'], simple)
  const { records, seconds } = JSON.parse(err)
  assert.equal(records, 2000)
  assert.equal(out.split('\n').length, 2001)
  assert.ok(seconds > 1.97 && seconds < 2.2, `${seconds} s`)
})

test('Ctrl-C ends a run with what was made; a reader that goes ends it, too', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [picket, 'generate', '-', '-r', '500', '-o', 'stopped.ndjson'], { cwd: folder })
  let err = ''
  child.stderr.on('data', part => {
    err += part
  })
  child.stdin.end(simple)
  const file = join(folder, 'stopped.ndjson')
  while (!existsSync(file) || readFileSync(file).length < 1000) await sleep(50)
  child.kill('SIGINT')
  const code = await new Promise(resolve => child.on('exit', resolve))
  assert.equal(code, 0)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.match(err, new RegExp(`Stopped after ${lines.length.toLocaleString('en')} records`))
  JSON.parse(lines.at(-1)!)

  const endless = spawn('sh', ['-c', `'${process.execPath}' '${picket}' generate - -q | head -n 3`], { cwd: folder })
  endless.stdin.end(simple)
  assert.equal(await new Promise(resolve => endless.on('exit', resolve)), 0)
})

test('into the Picket of this machine, and into one of its HTTP sources: all are stored, and none twice', {
  skip: hasEngine() ? false : 'the storage engine is not installed',
  timeout: 120_000
}, async () => {
  const data = lab.newFolder('generate')
  const configFile = lab.path('generate.yaml')
  writeFileSync(configFile, 'server:\n  port: 0\nsources:\n  - { type: http, name: made }\n')
  const server = lab.start(['serve', '--config', configFile, '--data', data])
  while (readServerFile(data) === undefined && !server.hasEnded) await sleep(50)
  const { url, token } = readServerFile(data)!
  const config = lab.path('records.yaml')
  writeFileSync(
    config,
    "fields:\n  '@timestamp': { type: date }\n  message: { type: template, template: 'made {n}' }\n  n: { type: counter, hidden: true }\n"
  )
  const direct = await run([config, '-n', '700', '-o', `picket://?data=${encodeURIComponent(data)}&lines=100`])
  assert.equal(direct.code, 0, direct.err)
  const source = await run([
    config,
    '-n',
    '300',
    '-o',
    `${url.replace('http', 'picket+http')}/made?token=${token}&lines=100`
  ])
  assert.equal(source.code, 0, source.err)
  let ledger = ''
  for (let tries = 0; tries < 100; tries++) {
    ledger = (await lab.run(['search', 'message:made* | stats count() by picket.source', '--json', '--data', data]))
      .stdout
    if (/700/.test(ledger) && /300/.test(ledger)) break
    await sleep(200)
  }
  assert.match(ledger, /700/)
  assert.match(ledger, /300/)
  const wrong = await run([config, '-n', '1', '-o', `${url.replace('http', 'picket+http')}/other?token=${token}`])
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /answered 404: There is no HTTP source named other/)
  server.child.kill('SIGTERM')
  await server.ended
})
