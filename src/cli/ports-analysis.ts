/** `picket ports` on flows: reads them, judges them, proposes rules, holds both against the rules that are there, and prints. */

import { readFileSync } from 'node:fs'
import { messageOf, PicketError } from '../core/errors.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { analysisJson, analysisOf } from '../ports/analysis.ts'
import { closed } from '../ports/compare.ts'
import { Conversations } from '../ports/conversations.ts'
import { type Existing, noneExisting, readExisting } from '../ports/existing.ts'
import { findingsText, observedText, proposalText, readKnown, reasonOf } from '../ports/print-report.ts'
import { printRules } from '../ports/print-rules.ts'
import { targetOf } from '../ports/target.ts'
import type { PortsOptions } from './ports.ts'
import { flowsOfFiles, flowsOfStore } from './ports-flows.ts'
import { printable } from './table.ts'

export async function analyze(files: readonly string[], options: PortsOptions): Promise<number> {
  const say = (text: string): void => void process.stderr.write(text)
  const existing = readExistingFiles(options.existing)
  const known = options.known.map(readKnown)
  const asksAws = options.live === true || options.athena !== undefined || options.insights !== undefined
  // Only now: it takes the SDK along.
  const cloud = asksAws ? await import('./ports-cloud.ts') : undefined
  if (options.live) await cloud?.addLiveGroups(options, existing)
  const target = targetOf(options, existing)
  const conversations = new Conversations(target)
  const reading = { from: options.from, to: options.to, say, format: options.format }
  const problems = files.length === 0 ? 0 : await flowsOfFiles(files, conversations, reading)
  if (options.store !== undefined) {
    const query = typeof options.store === 'string' ? options.store : ''
    await flowsOfStore(options.data ?? defaultDataFolder(), query, conversations, reading)
  }
  if (options.athena !== undefined || options.insights !== undefined)
    await cloud?.flowsOfCloud(options, target, conversations, say)
  const given = options.existing.length === 0 && options.live !== true ? undefined : existing
  const analysis = analysisOf(conversations, options, given)
  const { observed, proposal, proof, there, group, found } = analysis
  const code = problems > 0 ? 1 : 0
  const reason = reasonOf(observed.services, known)
  if (options.json) {
    process.stdout.write(JSON.stringify(analysisJson(analysis, reason)) + '\n')
    return code
  }
  if (options.out !== undefined && proposal.feasible) {
    const rules = group === undefined ? [] : there.map(({ rule }) => rule)
    process.stdout.write(printRules(options.out, proposal.rules, { group, reason, existing: rules }))
    return code
  }
  if (options.out === undefined) print(observedText(observed))
  if (!proposal.feasible) {
    say(`${proposal.suggestion.message}\n`)
    return 1
  }
  const stopped = {
    refused: observed.refused,
    closed: closed(
      there.map(({ rule }) => rule),
      proposal.rules
    )
  }
  print(proposalText(proposal, options.maxRules, reason, proof, stopped))
  if (found !== undefined) print(findingsText(found))
  return code
}

/** Names and addresses are somebody's: they say nothing to the terminal. */
const print = (text: string): void => void process.stdout.write(text.split('\n').map(printable).join('\n'))

function readExistingFiles(paths: readonly string[]): Existing {
  const existing = noneExisting()
  for (const path of paths) {
    let json: unknown
    try {
      json = JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'))
    } catch (cause) {
      throw new PicketError('bad-existing', `--existing ${path} cannot be read: ${messageOf(cause)}`, { cause })
    }
    if (!readExisting(json, existing))
      throw new PicketError(
        'bad-existing',
        `--existing ${path} is neither what aws ec2 describe-security-groups (or describe-network-interfaces, describe-instances) prints, nor a Terraform state.`
      )
  }
  return existing
}
