/** For the tests of sources that fetch: what they are given, with checkpoints in memory that outlive the source. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../platform/config.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { testIntake } from '../listen/test-intake.ts'
import type { Checkpoints, PullContext } from './source.ts'

export function testCheckpoints(): Checkpoints {
  const kept = new Map<string, string>()
  return {
    get: key => kept.get(key),
    startingWith: prefix => new Map([...kept].filter(([key]) => key.startsWith(prefix)).sort()),
    save(entries) {
      for (const [key, value] of entries) {
        if (value === undefined) kept.delete(key)
        else kept.set(key, value)
      }
    }
  }
}

export function testPull(checkpoints = testCheckpoints()) {
  const intake = testIntake()
  const context: PullContext = {
    append: chunks => intake.context.append(chunks),
    checkpoints,
    log: intake.context.log,
    nowMs: Date.now,
    recordBytesMax: () => 1_000_000,
    folder: () => mkdtempSync(join(tmpdir(), 'picket-pull-')),
    setting: () => undefined
  }
  return { ...intake, context, checkpoints }
}

/** One source of the configuration, from the lines of its entry. */
export function pullConfig<T extends SourceConfig['type']>(type: T, more: object) {
  const loaded = parseConfig(JSON.stringify({ sources: [{ type, name: 'test', ...more }] }), 'picket.yaml')
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics))
  return loaded.config.sources[0] as Extract<SourceConfig, { type: T }>
}
