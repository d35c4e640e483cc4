/** The one-way rule of imports (docs: core ← parsers|filter ← sources|bus|store|state ← pipeline ← api|cli ← main), read from the files themselves. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

const pure = [
  'core',
  'parsers',
  'filter',
  'sigma',
  'triage',
  'detect',
  'correlate',
  'intel',
  'enrich',
  'ports',
  'packets',
  'generate',
  'mail'
]
const world = ['sources', 'bus', 'store', 'state', 'actions', 'sinks', 'platform']

/** What each folder may import besides itself. A folder that is not listed may import what `pipeline` may. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ...Object.fromEntries(pure.slice(1).map(folder => [folder, pure])),
  platform: ['core'],
  ...Object.fromEntries(world.slice(0, -1).map(folder => [folder, [...pure, 'platform']])),
  pipeline: [...pure, ...world],
  reports: ['core'],
  api: [...pure, ...world, 'pipeline', 'reports'],
  cli: [...pure, ...world, 'pipeline', 'reports', 'api']
}

const reasons: Readonly<Record<string, string>> = {
  core: 'core is the vocabulary: it knows nobody',
  pure: 'pure folders see only each other and core, so that they run anywhere and are tested without a world',
  world: 'sources, bus, store and state never see each other: the pipeline brings them together',
  pipeline: 'the pipeline is below the api and the command line',
  reports: 'reports draw what they are given: they ask nobody',
  api: 'the api is below the command line'
}

type Import = { readonly file: string; readonly line: number; readonly text: string; readonly target: string }

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'cases' ? [] : listFiles(path)
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

function importsOf(file: string): Import[] {
  const found: Import[] = []
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((text, at) => {
      const match = /^\s*(?:import|export|\}).*\sfrom '([^']+)'|^\s*import '([^']+)'|\bimport\('([^']+)'\)/.exec(text)
      const target = match?.[1] ?? match?.[2] ?? match?.[3]
      if (target !== undefined) found.push({ file, line: at + 1, text: text.trim(), target })
    })
  return found
}

const isTest = (file: string) => file.endsWith('.test.ts')
const folderOf = (file: string) => relative(root, file).split(sep)[0]!
const kindOf = (folder: string) =>
  folder === 'core' ? folder : pure.includes(folder) ? 'pure' : world.includes(folder) ? 'world' : folder

test('imports point one way', () => {
  const broken: string[] = []
  for (const file of listFiles(root)) {
    const from = folderOf(file)
    // Tests and their helpers may bring anything together; files of the top level (main) may import everything.
    if (isTest(file) || from === 'testing' || from.endsWith('.ts')) continue
    for (const { line, text, target } of importsOf(file)) {
      const place = `src/${relative(root, file)}:${line}: ${text}`
      if (!target.startsWith('.')) {
        if (pure.includes(from) && target.startsWith('node:'))
          broken.push(`${place}\n    ${from} is pure: it imports nothing of the platform (the world is passed in)`)
        continue
      }
      if (!target.endsWith('.ts') && !target.endsWith('.json'))
        broken.push(`${place}\n    imports name the file with its ending (.ts): the code runs without a build`)
      const resolved = resolve(dirname(file), target)
      if (relative(root, resolved).startsWith('..')) continue
      const to = folderOf(resolved)
      if (to === from) continue
      if (to === 'testing') broken.push(`${place}\n    testing/ is for tests only`)
      else if (to.endsWith('.ts')) {
        if (from !== 'cli' && from !== 'api') broken.push(`${place}\n    nothing imports the top level`)
      } else if (!(allowed[from] ?? allowed['cli']!).includes(to))
        broken.push(
          `${place}\n    ${from} may not import ${to}: ${reasons[kindOf(from)] ?? 'it is not in the list of what it may import'}`
        )
    }
  }
  assert.ok(broken.length === 0, `\n${broken.join('\n')}\n`)
})

test('pure folders read no clock, no randomness and no environment', () => {
  // `process.pid`, `process.executable` and their like are names of fields, too.
  const banned =
    /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\.(?:env|argv|cwd|exit|hrtime|uptime|kill|on|stdin|stdout|stderr|memoryUsage|cpuUsage|nextTick|platform|arch|versions?)\b|setTimeout\(|setInterval\()/
  const broken: string[] = []
  for (const file of listFiles(root)) {
    if (isTest(file) || !pure.includes(folderOf(file))) continue
    readFileSync(file, 'utf8')
      .split('\n')
      .forEach((text, at) => {
        const code = text.replace(/^\s*(\*|\/\/|\/\*).*/, '').replace(/'[^']*'|`[^`]*`/g, "''")
        const match = banned.exec(code)
        if (match !== null)
          broken.push(`src/${relative(root, file)}:${at + 1}: ${match[1]} … time and chance are passed in`)
      })
  }
  assert.ok(broken.length === 0, `\n${broken.join('\n')}\n`)
})
