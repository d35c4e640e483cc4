/** Options of sinks: they come as texts, from an address or a command line. */

import { z } from 'zod'
import { parseDuration, parseSize } from '../core/measures.ts'

const read = (example: string, parse: (text: string) => number | undefined) =>
  z.string().transform((text, context) => {
    const value = parse(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `is ${JSON.stringify(text)}; write it like ${example}`, input: text })
    return z.NEVER
  })

export const sizeOption = (least: number, most: number) =>
  read('900KB or 2MiB', text => {
    const bytes = parseSize(text)
    return bytes === undefined || bytes < least || bytes > most ? undefined : bytes
  })
export const timeOption = () =>
  read('500ms, 30s or 1h', text => {
    const ms = parseDuration(text)
    return ms === undefined || ms < 1 || ms > 7 * 86_400_000 ? undefined : ms
  })
export const countOption = (least: number, most: number) =>
  read(`${least} to ${most}`, text => {
    const value = Number(text)
    return /^\d{1,9}$/.test(text) && value >= least && value <= most ? value : undefined
  })
export const flagOption = () =>
  z
    .enum(['', '1', '0', 'true', 'false', 'yes', 'no'])
    .transform(text => text === '' || text === '1' || text === 'true' || text === 'yes')
export const textOption = () => z.string().max(1000)
