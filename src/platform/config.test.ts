import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import {
  defaultConfig,
  type LoadedConfig,
  type LoadOptions,
  loadConfig,
  loadEnvironment,
  parseConfig,
  printDiagnostics,
  watchConfig
} from './config.ts'
import { configurationFile, configurationPage } from './config-docs.ts'
import { sourceSchemas } from './sources/index.ts'

function complaints(text: string, options: LoadOptions = { env: {} }): string[] {
  const loaded = parseConfig(text, 'picket.yaml', options)
  const lines: string[] = []
  if (!loaded.ok) printDiagnostics(loaded.diagnostics, line => lines.push(line.trimEnd()))
  return lines
}

test('nothing is needed: an empty file, commented-out sections, and no file at all mean the defaults', () => {
  for (const text of ['', '# nothing\n', 'server:\n', 'server:\n  tls:\nsources:\n']) {
    const loaded = parseConfig(text, 'x')
    assert.deepEqual(loaded.ok && loaded.config, defaultConfig(), text)
  }
  assert.equal(defaultConfig().server.host, '127.0.0.1')
  assert.equal(defaultConfig().storage.retentionDays, 365)
  assert.equal(defaultConfig().storage.engine.memoryMax, 900_000_000)
})

test('sizes, durations and zones are read as numbers', () => {
  const loaded = parseConfig(
    `storage: { engine: { memoryMax: 2GiB } }
bus: { sizeMax: 1.5 GB }
limits: { queryTimeMax: 90s, recordBytesMax: 65536 }
sources: [{ type: files, name: auth, paths: [/var/log/auth.log], timezone: '-05:30' }]`,
    'x'
  )
  assert.ok(loaded.ok)
  const { storage, bus, limits, sources } = loaded.config
  const auth = sources[0]
  assert.ok(auth?.type === 'files')
  assert.deepEqual(
    [storage.engine.memoryMax, bus.sizeMax, limits.queryTimeMax, limits.recordBytesMax, auth.timezone],
    [2 ** 31, 1.5e9, 90_000, 65_536, -330]
  )
})

const kinds = sourceSchemas.map(({ shape }) => shape.type.value).join(', ')

test('every mistake names its file, line, column and key', () => {
  assert.deepEqual(
    complaints(`server:
  prot: 80
  port: abc
  tls: { cert: a.pem }
storage:
  retentionDays: 0
  engine:
    memoryMax: 9XB
    passwrd: secret
limits: 5
sources:
  - type: carrier-pigeon
  - type: files
    name: a
    path: [x]
  - { type: http, name: 'a b' }
  - name: b
log: { level: inf }
serve: 1
`),
    [
      'picket.yaml:2:3 server.prot is not a known key; did you mean port?',
      'picket.yaml:3:9 server.port must be a number, not "abc"',
      'picket.yaml:4:3 server.tls.key is missing',
      'picket.yaml:6:18 storage.retentionDays must be at least 1',
      "picket.yaml:8:16 storage.engine.memoryMax is not a size; write it like '900MB' or '2GiB'",
      'picket.yaml:9:5 storage.engine.passwrd is not a known key; did you mean password?',
      'picket.yaml:10:9 limits must be a section (key: value lines), not 5',
      'picket.yaml:12:11 sources[0].type is not a known type: "carrier-pigeon"; known: ' + kinds,
      'picket.yaml:13:5 sources[1].paths is missing',
      'picket.yaml:15:5 sources[1].path is not a known key; did you mean paths?',
      'picket.yaml:16:25 sources[2].name must be 1 to 64 letters, digits, dots, dashes or underscores',
      'picket.yaml:17:5 sources[3].type is missing; known types: ' + kinds,
      'picket.yaml:18:15 log.level must be one of fatal, error, warn, info, debug, trace, silent, not "inf"; did you mean info?',
      'picket.yaml:19:1 serve is not a known key; did you mean server?'
    ]
  )
})

test('where no key is near, the known ones are listed', () => {
  assert.deepEqual(complaints('bus:\n  frobnicate: 1\n'), [
    'picket.yaml:2:3 bus.frobnicate is not a known key; known here: retentionHours, sizeMax'
  ])
})

test('sources have names of their own and formats that exist', () => {
  const text = `sources:
  - { type: files, name: a, paths: [x], format: suricatta }
  - { type: http, name: a }
`
  assert.deepEqual(complaints(text, { formats: ['suricata', 'zeek'] }), [
    'picket.yaml:2:49 sources[0].format is not a known format: "suricatta"; known: suricata, zeek; did you mean suricata?',
    'picket.yaml:3:25 sources[1].name is taken by another source'
  ])
})

test('what is not YAML is said with its line; keys twice, too', () => {
  assert.match(complaints('server:\n  port: [1\n')[0]!, /^picket\.yaml:\d:\d is not YAML: /)
  assert.match(complaints('log: {}\nlog: {}\n')[0]!, /^picket\.yaml:2:1 is not YAML: Map keys must be unique/)
  assert.match(complaints('- a\n')[0]!, /^picket\.yaml:1:1 must be a section/)
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`
  assert.equal(parseConfig(bomb, 'x').ok, false)
})

test('odd text is never more than a diagnostic', () => {
  const words = [
    'server',
    'port',
    'sources',
    'type',
    'files',
    'storage',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '1'
  ]
  const signs = [
    '&a',
    '*a',
    '!!str',
    '"',
    "'",
    '|',
    '>',
    '#',
    '?',
    ',',
    'null',
    '9MB',
    '$' + '{X}',
    '\u0000',
    '__proto__'
  ]
  const text = fc.array(fc.constantFrom(...words, ...signs), { maxLength: 40 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(text, given => {
      const loaded = parseConfig(given, 'x', { env: {} })
      assert.ok(
        loaded.ok || loaded.diagnostics.every(each => each.line >= 1 && each.column >= 1 && each.message !== '')
      )
    }),
    { numRuns: 2000 }
  )
  assert.equal(parseConfig('server: &s { port: *s }', 'x').ok, false)
})

test('values come from the environment where the file says so; a secret is not repeated', () => {
  const text = 'storage:\n  engine:\n    password: $' + '{PICKET_TEST_SECRET}\n'
  const loaded = parseConfig(text, 'x', { env: { PICKET_TEST_SECRET: 'hush' } })
  assert.equal(loaded.ok && loaded.config.storage.engine.password, 'hush')
  assert.deepEqual(complaints(text), [
    'picket.yaml:3:15 storage.engine.password needs the environment variable PICKET_TEST_SECRET, which is not set'
  ])
  assert.doesNotMatch(complaints('storage: { engine: { password: [hush] } }')[0]!, /hush/)
})

test('.env is read if it is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-env-'))
  loadEnvironment(folder)
  writeFileSync(join(folder, '.env'), 'PICKET_TEST_ENV=yes\n')
  loadEnvironment(folder)
  assert.equal(process.env['PICKET_TEST_ENV'], 'yes')
  delete process.env['PICKET_TEST_ENV']
  rmSync(folder, { recursive: true })
})

test('a file that cannot be read is a diagnostic', () => {
  const loaded = loadConfig('/nowhere/picket.yaml')
  assert.match(!loaded.ok ? loaded.diagnostics[0]!.message : '', /cannot be read/)
})

test('a changed file is read again: good, broken, replaced', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-watch-'))
  const file = join(folder, 'picket.yaml')
  writeFileSync(file, 'log: { level: info }\n')
  const seen: LoadedConfig[] = []
  const watcher = watchConfig(file, loaded => seen.push(loaded), { debounceMs: 20 })
  const next = async (count: number) => {
    for (let i = 0; i < 100 && seen.length < count; i++) await wait(20)
    assert.equal(seen.length, count)
    return seen[count - 1]!
  }
  writeFileSync(file, 'log: { level: debug }\n')
  const first = await next(1)
  assert.equal(first.ok && first.config.log.level, 'debug')
  writeFileSync(file, 'log: { level: loud }\n')
  assert.equal((await next(2)).ok, false)
  writeFileSync(file + '.new', 'log: { level: warn }\n')
  renameSync(file + '.new', file)
  const third = await next(3)
  assert.equal(third.ok && third.config.log.level, 'warn')
  writeFileSync(join(folder, 'other.txt'), 'x')
  await wait(80)
  assert.equal(seen.length, 3)
  watcher.close()
  rmSync(folder, { recursive: true })
})

test('the example is valid', () => {
  const loaded = loadConfig(fileURLToPath(new URL('../../examples/picket.yaml', import.meta.url)), { env: {} })
  assert.deepEqual(loaded.ok ? [] : loaded.diagnostics, [])
})

test('docs/configuration.md is current (else run: node src/platform/config-docs.ts)', () => {
  assert.equal(readFileSync(configurationFile, 'utf8'), configurationPage())
  assert.doesNotMatch(configurationPage(), /undefined/)
})
