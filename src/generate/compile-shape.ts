/** A configuration that names shapes instead of fields: one stream of records that belong together, with the attacks among them. */

import type { Generator, GeneratorOptions } from './compile.ts'
import type { GeneratorConfig } from './config.ts'
import { readZone } from './dates/zone.ts'
import { ProblemError, unknownName } from './problem.ts'
import { Random } from './random.ts'
import { attackNames } from './shapes/attacks.ts'
import { openShapes } from './shapes/index.ts'
import { shapeNames } from './shapes/line.ts'

/** Where time begins if it must be the same each time. */
export const epochMs = Date.UTC(2026, 0, 1)

export function ofShape(config: GeneratorConfig, options: GeneratorOptions): Generator {
  const names = [config.shape ?? []].flat().map((name, index) => {
    const path = Array.isArray(config.shape) ? ['shape', index] : ['shape']
    return known('a shape', name, shapeNames, path)
  })
  if (config.fields !== undefined)
    throw new ProblemError('has its own fields: leave out either shape or fields', { path: ['shape'] })
  const startMs = typeof config.start === 'number' ? config.start : options.isRepeatable ? epochMs : options.nowMs()
  const stream = openShapes(names, {
    random: new Random(String(options.seed)),
    startMs,
    perSecond: 1000 / (options.intervalMs ?? 1000),
    officeHours: config.officeHours === undefined ? undefined : hoursIn(config.officeHours, startMs),
    attacks: config.attacks?.map(({ attack, at }, index) => ({
      attack: known('an attack', attack, attackNames, ['attacks', index, 'attack']),
      atMs: startMs + at
    }))
  })
  let last = { timeMs: startMs, text: '', key: undefined as string | undefined }
  return {
    header: undefined,
    problem: undefined,
    next: () => (last = { key: undefined, ...stream.next() }).text,
    key: () => last.key,
    timeMs: () => last.timeMs
  }
}

function known<T extends string>(what: string, name: string, names: readonly T[], path: (string | number)[]): T {
  const found = names.find(each => each === name)
  if (found !== undefined) return found
  const { message, suggestion } = unknownName(what, name, names)
  throw new ProblemError(message, { path, suggestion })
}

function hoursIn(zone: string, ms: number): { zoneMinutes: number } {
  try {
    return { zoneMinutes: readZone(zone).offsetAt(ms) }
  } catch (error) {
    if (error instanceof ProblemError) throw new ProblemError(error.message, { path: ['officeHours'] })
    throw error
  }
}
