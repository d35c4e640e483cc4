/**
 * Rules as the command line reaches them: through the running server of the data folder if there is one, else in its state file and
 * folders. Both doors lead to the same functions and leave the same audit entries (actor `local`).
 */

import { ruleOut } from '../api/rule-out.ts'
import type { Level } from '../core/detection.ts'
import { bundledRulesFolder } from '../pipeline/rule-files.ts'
import { openRules, type Rules } from '../pipeline/rules.ts'
import { dataPaths } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { firedRules } from '../state/alert-counts.ts'
import { appendAudit } from '../state/audit.ts'
import { decideRule } from '../state/rules.ts'
import { openState } from '../state/state.ts'
import { callServer } from './server-client.ts'

export type RuleLine = ReturnType<typeof ruleOut>
export type RuleList = {
  readonly rules: readonly RuleLine[]
  readonly diagnostics: readonly { file: string; line: number; severity: string; message: string }[]
}

export type RuleAccess = {
  /** `anew`: the folders have just been written to. */
  list(anew?: boolean): Promise<RuleList>
  /** How many of them changed. */
  decide(ids: readonly string[], wanted: { enabled?: boolean; level?: Level | 'own' }): Promise<number>
  close(): void
}

const idsOfCallMax = 5_000

export function openRuleAccess(folder: string, nowMs: () => number): RuleAccess {
  const server = readServerFile(folder)
  if (server !== undefined)
    return {
      async list(anew = false) {
        if (anew) await callServer(server, 'POST', '/api/rules/reload', {})
        return callServer<RuleList>(server, 'GET', '/api/rules')
      },
      async decide(ids, wanted) {
        let changed = 0
        for (let at = 0; at < ids.length; at += idsOfCallMax) {
          const body = { ids: ids.slice(at, at + idsOfCallMax), ...wanted }
          changed += (await callServer<{ changed: number }>(server, 'PUT', '/api/rules', body)).changed
        }
        return changed
      },
      close() {}
    }
  const state = openState(folder)
  const log = { info() {}, warn() {} }
  let opened: Rules | undefined
  const rules = (): Rules => {
    const folders = { bundled: bundledRulesFolder, data: dataPaths(folder).rulesFolder }
    opened ??= openRules({ folders, state, apply: () => {}, log, nowMs, watchMs: 0 })
    return opened
  }
  return {
    async list() {
      const { rules: all, correlations, declared, diagnostics } = rules()
      const fired = firedRules(state)
      return {
        rules: [...all, ...correlations, ...declared].map(each => ruleOut(each, fired.get(each.summary.id))),
        diagnostics
      }
    },
    async decide(ids, wanted) {
      return state.transaction(() => {
        const changed = ids.filter(id => decideRule(state, id, wanted, 'local', nowMs()))
        for (const id of changed.slice(0, 100))
          appendAudit(
            state,
            { actor: 'local', action: 'rule.decide', object: `rule:${id}`, detail: wanted, ip: '' },
            nowMs()
          )
        if (changed.length > 100) {
          const detail = { ...wanted, rules: changed.length }
          appendAudit(state, { actor: 'local', action: 'rule.decide', object: 'rules', detail, ip: '' }, nowMs())
        }
        return changed.length
      })
    },
    close() {
      opened?.close()
      state.close()
    }
  }
}
