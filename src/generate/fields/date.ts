/** Times: in steps, in real time (or faster), or at random between two. */

import { type DateOptions, type FieldSpec, optionsOf } from '../config.ts'
import { compileFormat, numberFormats } from '../dates/format.ts'
import { readZone } from '../dates/zone.ts'
import { asScalar, type Field, type FieldContext, numberField, quoted } from '../field.ts'
import { ProblemError } from '../problem.ts'

export function date(spec: FieldSpec, { random, now }: FieldContext): Field {
  const options = optionsOf<DateOptions>(spec)
  const zone = readZone(options.timezone)
  const format = options.format ?? 'iso'
  const ms = timesOf(options)
  if (Object.hasOwn(numberFormats, format)) {
    const number = numberFormats[format]!
    return numberField(() => number(ms()))
  }
  const text = compileFormat(format, zone)
  // What JSON escapes can come out of the pattern's own characters only: then it is in every value.
  const sample = text(0)
  const isPlain = quoted(sample) === `"${sample}"`
  const draw = (): unknown => text(ms())
  return {
    type: 'text',
    draw,
    value: asScalar,
    json: isPlain ? raw => `"${raw as string}"` : raw => quoted(raw as string),
    text: raw => raw as string
  }

  function timesOf({ start, step, jitter = 0, speed, from, to }: DateOptions): () => number {
    if (from !== undefined || to !== undefined) {
      if (from === undefined || to === undefined) throw new ProblemError("needs both 'from' and 'to'")
      if (step !== undefined || speed !== undefined || start !== undefined)
        throw new ProblemError("has 'from' and 'to', which are times at random, beside 'start', 'step' or 'speed'")
      const begun = now()
      const low = from === 'now' ? begun : from
      const high = to === 'now' ? begun : to
      if (high < low) throw new ProblemError("has a 'to' before its 'from'")
      return () => Math.floor(low + random.unit() * (high - low))
    }
    if (step !== undefined) {
      if (speed !== undefined) throw new ProblemError("has both 'step' and 'speed': choose one")
      let next = start === undefined || start === 'now' ? undefined : start
      return () => {
        // Asked when the first record is made, not when the configuration is read.
        next ??= now()
        const at = next
        next += jitter === 0 ? step : step * (1 + (random.unit() * 2 - 1) * jitter)
        return at
      }
    }
    if (start === undefined && speed === undefined) return now
    let begun: number | undefined
    return () => {
      const at = now()
      begun ??= at
      return (start === undefined || start === 'now' ? begun : start) + (at - begun) * (speed ?? 1)
    }
  }
}
