/** The files of rules that a sensor is given: what was fetched, and what its configuration names. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { messageOf } from '../../core/errors.ts'

export type RuleFile = {
  /** Where it is, or what people know it as. */
  readonly name: string
  readonly path: string
  /** Undefined: it could not be read, and `problem` says why. */
  readonly text: string | undefined
  readonly problem?: string
}

const fileBytesMax = 64 << 20
const filesMax = 300

export function readRuleFiles(fetched: string | undefined, named: readonly string[]): RuleFile[] {
  const files: RuleFile[] = []
  if (fetched !== undefined && existsSync(fetched)) files.push(readOne(fetched, 'fetched rules'))
  for (const path of named.flatMap(inFolder).slice(0, filesMax)) files.push(readOne(path, path))
  return files
}

/** Changes when one of the files does. */
export function stampOf(named: readonly string[]): string {
  return named
    .flatMap(inFolder)
    .slice(0, filesMax)
    .map(path => {
      try {
        const { mtimeMs, size, ino } = statSync(path)
        return `${path} ${mtimeMs} ${size} ${ino}`
      } catch {
        return `${path} -`
      }
    })
    .join('\n')
}

function inFolder(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path)
      .filter(name => name.endsWith('.rules') || name.endsWith('.rules.gz'))
      .sort()
      .map(name => join(path, name))
  } catch {
    return [path]
  }
}

function readOne(path: string, name: string): RuleFile {
  try {
    const { size } = statSync(path)
    if (size > fileBytesMax) return { name, path, text: undefined, problem: tooLarge }
    const bytes = readFileSync(path)
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: fileBytesMax }) : bytes
    return { name, path, text: plain.toString('utf8') }
  } catch (error) {
    const reason = messageOf(error)
    return {
      name,
      path,
      text: undefined,
      problem: reason.includes('larger than') ? tooLarge : `cannot be read: ${reason}`
    }
  }
}

const tooLarge = `is too large: at most ${fileBytesMax >> 20} MiB`

/** A name for a copy of it, which no other has. */
export function slugOf(path: string, place: number): string {
  const name = basename(path).replace(/\.gz$/, '')
  const plain = name.slice(0, name.length - extname(name).length).replace(/[^A-Za-z0-9_-]+/g, '-')
  return `${String(place).padStart(3, '0')}-${plain.slice(0, 60) || 'rules'}`
}
