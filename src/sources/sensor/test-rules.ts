/** Asks `suricata -T` about a set of rules: which of them does it refuse, and why? */

import { execFile } from 'node:child_process'
import { basename, join } from 'node:path'
import type { Suricata } from './program.ts'

const testMs = 300_000

export type RefusedLine = { readonly file: string; readonly line: number; readonly reason: string }
export type RulesVerdict = {
  readonly refused: readonly RefusedLine[]
  /** Why nothing is accepted, where it is not for single rules; empty where all is well but for those. */
  readonly problem: string
}

export function testRules(
  suricata: Suricata,
  folder: string,
  rulesFolder: string,
  signal: AbortSignal
): Promise<RulesVerdict> {
  const args = [
    ...['-T', '-c', join(folder, 'suricata.yaml'), '-l', folder],
    ...['--set', `default-rule-path=${rulesFolder}`],
    ...['--set', `threshold-file=${join(rulesFolder, 'threshold.config')}`],
    ...['--set', 'outputs.0.eve-log.enabled=no']
  ]
  return new Promise(resolve => {
    execFile(
      suricata.path,
      args,
      { timeout: testMs, maxBuffer: 256 << 20, signal, cwd: folder },
      (error, stdout, stderr) => {
        const found = readVerdict(`${stdout}\n${stderr}`)
        if (error === null || found.refused.length > 0) return resolve(found)
        resolve({ refused: [], problem: found.problem || error.message.slice(0, 300) })
      }
    )
  })
}

const refusal = / from file (\S+) at line (\d+)$/

/** Out of the lines of JSON that Suricata writes: the reason comes first, then the rule that it holds for. */
export function readVerdict(output: string): RulesVerdict {
  const refused: RefusedLine[] = []
  let reason = ''
  let problem = ''
  for (const line of output.split('\n')) {
    const said = engineLine(line)
    if (said?.level !== 'Error') continue
    const place = refusal.exec(said.message)
    if (place === null || !said.message.startsWith('error parsing signature')) {
      reason = shortened(said.message)
      problem = reason
      continue
    }
    refused.push({ file: basename(place[1]!), line: Number(place[2]), reason: reason || 'Suricata does not say why' })
    reason = ''
  }
  return { refused, problem }
}

export type EngineLine = { readonly level: string; readonly message: string }

/** A line of Suricata's own log, as JSON. */
export function engineLine(line: string): EngineLine | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { log_level: level, engine } = JSON.parse(line) as { log_level?: string; engine?: { message?: string } }
    return { level: String(level ?? ''), message: String(engine?.message ?? '') }
  } catch {
    return undefined
  }
}

/** Some reasons repeat the whole rule. */
function shortened(message: string): string {
  return message.startsWith('Duplicate signature') ? 'another rule has the same sid' : message.slice(0, 300)
}
