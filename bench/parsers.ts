/**
 * How fast each format is read on one core: the records of its cases that become events, over and over, in one order. Few texts that
 * come again and again are kinder to caches than a real log; the ranking is what this is for. Seconds are the thread's own time, so
 * that what else runs on the machine does not count.
 */

import { readFileSync } from 'node:fs'
import type { JsonObject } from '../src/core/parser.ts'
import { withInner } from '../src/parsers/inner.ts'
import { caseReceivedMs, type FramedRecord, frame, listCases, parserOfCase } from '../src/testing/parser-cases.ts'

export type ParserRate = {
  /** The parser; for a reader of messages, its folder. */
  readonly name: string
  readonly json: boolean
  /** Records a second. */
  readonly rate: number
  /** `JSON.parse` or `split` of the same texts, a second. */
  readonly ceiling: number
}

/** Slowest first, of all formats or of those named. `roundMs` is how long each of five rounds takes at least; the best counts. */
export function rankParsers(roundMs = 60, only?: readonly string[]): ParserRate[] {
  const groups = new Map<string, { run: (text: string) => unknown; json: boolean; texts: string[] }>()
  for (const parserCase of listCases()) {
    const text = readFileSync(parserCase.inputPath, 'utf8')
    const parser = parserOfCase(parserCase, text)
    const json = parser.input === 'json'
    const headers = new Map<string, FramedRecord[]>()
    for (const record of frame(text, parser)) {
      const key = record.header?.join('\n') ?? ''
      headers.set(key, [...(headers.get(key) ?? []), record])
    }
    // Each header is a parser of its own; the one with the most records stands for the case.
    const records = [...headers.values()].sort((a, b) => b.length - a.length)[0] ?? []
    const fileName = parserCase.inputPath
    const open = parser.open(withInner({ receivedMs: caseReceivedMs, fileName, header: records[0]?.header }))
    const run = (record: string): unknown => open(record, json ? (JSON.parse(record) as JsonObject) : {})
    const texts = records.map(record => record.text).filter(record => isEvent(run, record))
    if (texts.length === 0) continue
    const inSyslog = parser.name === 'syslog' && parserCase.folder !== 'syslog'
    const name = inSyslog ? `${parserCase.folder} (message)` : parser.name
    const group = groups.get(name)
    // Cases of formats with headers stay apart: the larger one is measured.
    if (group === undefined || (records[0]?.header !== undefined && texts.length > group.texts.length))
      groups.set(name, { run, json, texts })
    else if (records[0]?.header === undefined) group.texts.push(...texts)
  }
  return [...groups]
    .filter(([name]) => only === undefined || only.includes(name))
    .map(([name, { run, json, texts }]) => ({
      name,
      json,
      rate: best(texts, run, roundMs),
      ceiling: best(texts, json ? JSON.parse : text => text.split(' '), roundMs)
    }))
    .sort((a, b) => a.rate - b.rate)
}

function isEvent(run: (text: string) => unknown, record: string): boolean {
  try {
    const parsed = run(record) as { ok?: boolean }
    return parsed.ok === true
  } catch {
    return false
  }
}

function best(texts: readonly string[], work: (text: string) => unknown, roundMs: number): number {
  let fastest = 0
  // The clock is asked once in a few hundred records.
  const passes = Math.ceil(500 / texts.length)
  for (let round = 0; round < 5; round++) {
    const startedMs = threadMs()
    let done = 0
    do {
      for (let pass = 0; pass < passes; pass++) for (const text of texts) work(text)
      done += texts.length * passes
    } while (threadMs() - startedMs < roundMs)
    fastest = Math.max(fastest, done / ((threadMs() - startedMs) / 1000))
  }
  return fastest
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
