/** Values that stand in many places of `picket.yaml`: sizes, durations, files. */

import { z } from 'zod'
import { parseDuration, parseOffset, parseSize } from '../core/measures.ts'

/** A value that is written as text and read as a number. `shown` is what the reference page calls its type. */
export function measured(shown: string, example: string, parse: (text: string) => number | undefined) {
  return z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const number = parse(String(value))
      if (number !== undefined) return number
      context.addIssue({ code: 'custom', message: `is not a ${shown}; write it like ${example}`, input: value })
      return z.NEVER
    })
    .meta({ shown })
}

export const size = () => measured('size', "'900MB' or '2GiB'", parseSize)
export const duration = () => measured('duration', "'30s', '12h' or '30d'", parseDuration)
export const offset = () => measured('zone offset', "'+02:00' or 'Z'", parseOffset)

export const file = () => z.string().min(1).max(4096).meta({ shown: 'path' })
export const sourceName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .meta({ shown: 'name' })
