/** Formats, Picket's and people's own: what the server says of them, and what is asked of it. */

import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { ApiError, change, type Document, get } from '../api.ts'

/** Which field took which part of a record, in UTF-16 units. */
export type Part = { field: string; from: number; to: number }
export type TriedRecord = {
  record: string
  event?: Document
  reason?: string
  isIgnored: boolean
  pattern?: number
  parts: Part[]
}
export type Trial = {
  name: string
  records: TriedRecord[]
  remarks: string[]
  /** What Picket takes the sample for without this format. */
  already?: { name: string; title: string }
}
export type Proposal = Trial & { text: string }
export type BrokenCase = { record: string; expected: Document; actual: Document }
export type OwnFormat = {
  name: string
  title: string
  input: 'text' | 'json'
  cases: number
  broken: BrokenCase[]
  text: string
  sample: string
}
export type Formats = {
  own: OwnFormat[]
  problems: { file: string; message: string }[]
  builtIn: { name: string; title: string }[]
}

export const formatsQuery = queryOptions({
  queryKey: ['formats'],
  queryFn: ({ signal }) => get<Formats>('/api/parsers', {}, signal)
})

/** What a description makes of a sample. Its mistakes are the error's details. */
export function trialQuery(text: string, sample: string) {
  return queryOptions({
    queryKey: ['format-trial', text, sample],
    queryFn: () => change<Trial>('POST', '/api/parsers/try', { text, sample }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
    retry: false
  })
}

let offered = ''

/** Another page has records to begin a new format with. */
export function offerSample(records: readonly string[]): void {
  offered = records.join('\n').slice(0, sampleBytesMax)
}

export function takeOffered(): string {
  const sample = offered
  offered = ''
  return sample
}

export type Problem = { message: string; position: number; line: number; length: number }

/** What is wrong with a description, where it stands in it. */
export function problemsOf(error: unknown, text: string): Problem[] {
  if (error === null || error === undefined) return []
  const details = error instanceof ApiError ? error.details : []
  if (details.length === 0)
    return [{ message: error instanceof Error ? error.message : String(error), position: 0, line: 1, length: 0 }]
  return details.map(({ message, position, length }) => ({
    message,
    position,
    length,
    line: text.slice(0, position).split('\n').length
  }))
}

const sampleBytesMax = 256 * 1024
const sampleLinesMax = 500

/** The beginning of a file: whole lines, as many as a sample needs. */
export async function sampleOf(file: File): Promise<{ text: string; isCut: boolean; isBinary: boolean }> {
  const bytes = new Uint8Array(await file.slice(0, sampleBytesMax).arrayBuffer())
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const text = new TextDecoder(isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes)
  const isCut = file.size > bytes.length
  const lines = (isCut && text.includes('\n') ? text.slice(0, text.lastIndexOf('\n')) : text).split('\n')
  return {
    text: lines.slice(0, sampleLinesMax).join('\n'),
    isCut: isCut || lines.length > sampleLinesMax,
    isBinary: text.includes('\0')
  }
}

/** `door-log` for `Door_Log.1.txt`. */
export function nameFrom(fileName: string): string {
  return fileName
    .toLowerCase()
    .replace(/\..*$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '')
    .slice(0, 64)
}
