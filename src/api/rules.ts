/** Rules over HTTP: which there are, what is known of one, switching, and the texts that people write themselves. */

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { formatQuery } from '../filter/format-query.ts'
import { removeRuleFile, writeRuleFile } from '../pipeline/rule-files.ts'
import type { Rules } from '../pipeline/rules.ts'
import { firedRule, firedRules } from '../state/alert-counts.ts'
import { addRuleHistory, decideRule, openExceptions, ruleHistory, ruleVersionText } from '../state/rules.ts'
import type { State } from '../state/state.ts'
import { attackOut, attackReply } from './alert-out.ts'
import { done } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import { ruleExceptionRoutes } from './rule-exceptions.ts'
import {
  aboutOf,
  changeOut,
  changeReply,
  diagnosticOut,
  diagnosticReply,
  exceptionOut,
  exceptionReply,
  type Known,
  levelSchema,
  ruleId,
  ruleOut,
  ruleReply
} from './rule-out.ts'

export type RuleDeps = {
  readonly state: State
  readonly rules: () => Rules
  /** The data folder's rules. */
  readonly folder: string
  readonly nowMs: () => number
}

const textMax = 1 << 20
const diagnosticsShownMax = 1000
const auditedMax = 100
const tags = ['rules']
const params = z.object({ id: ruleId })

const detailReply = ruleReply.extend({
  attack: z.array(attackReply).describe('Its tags of MITRE ATT&CK, named'),
  description: z.string().optional(),
  author: z.string().optional(),
  date: z.string().optional(),
  modified: z.string().optional(),
  references: z.array(z.string()),
  falsepositives: z.array(z.string()),
  text: z.string(),
  fileText: z.string().optional().describe('The whole file, where it holds more than this'),
  query: z.string().optional().describe('What it looks for, in the search language, exceptions included'),
  route: z.string().optional().describe('Which events it looks at, in the search language'),
  groupBy: z.array(z.string()),
  windowMs: z.number().optional(),
  allExceptions: z.array(exceptionReply).describe('Those past their time included, ended ones not'),
  history: z.array(changeReply),
  diagnostics: z.array(diagnosticReply)
})

export function ruleRoutes(deps: RuleDeps): RoutePlugin {
  const { state, folder, nowMs } = deps
  const known = (id: string): Known => {
    const found = knownRule(deps.rules(), id)
    if (found === undefined) throw unknownRule(id)
    return found
  }
  const detail = (id: string): z.output<typeof detailReply> => {
    const rules = deps.rules()
    const one = known(id)
    const about = aboutOf(one)
    return {
      ...ruleOut(one, firedRule(state, id)),
      attack: attackOut(about.tags),
      description: about.description,
      author: about.author,
      date: about.date,
      modified: about.modified,
      references: [...about.references],
      falsepositives: [...about.falsepositives],
      text: about.text,
      fileText: moreThan(about.text, rules.files.find(({ path }) => path === about.file)?.text),
      query: 'rule' in one ? formatQuery(one.expression) : undefined,
      route: 'rule' in one ? formatQuery(one.rule.route) : undefined,
      groupBy: groupsOf(one),
      windowMs: one.summary.windowMs,
      allExceptions: openExceptions(state, id).map(exception => exceptionOut(exception, nowMs())),
      history: ruleHistory(state, id).map(changeOut),
      diagnostics: rules.diagnostics
        .filter(({ rule, file }) => rule === id || (rule === undefined && file === about.file))
        .map(diagnosticOut)
    }
  }
  return async (app, guard) => {
    app.get(
      '/api/rules',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'All rules, and what is wrong with files of rules',
          tags,
          response: {
            200: z.object({
              rules: z.array(ruleReply),
              enabled: z.int(),
              diagnostics: z.array(diagnosticReply),
              diagnosticsTotal: z.int()
            })
          }
        }
      },
      async () => {
        const { rules, correlations, declared, diagnostics } = deps.rules()
        const fired = firedRules(state)
        const all = [...rules, ...correlations, ...declared]
        return {
          rules: all.map(each => ruleOut(each, fired.get(each.summary.id))),
          enabled: all.filter(({ enabled }) => enabled).length,
          diagnostics: diagnostics.slice(0, diagnosticsShownMax).map(diagnosticOut),
          diagnosticsTotal: diagnostics.length
        }
      }
    )

    app.get(
      '/api/rules/:id',
      { preHandler: guard('search'), schema: { summary: 'One rule', tags, params, response: { 200: detailReply } } },
      async request => detail(request.params.id)
    )

    app.get(
      '/api/rules/:id/versions/:version',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The text of a rule as it was: versions stand in its history',
          tags,
          params: params.extend({ version: z.string().max(100) }),
          response: { 200: z.object({ text: z.string() }) }
        }
      },
      async request => {
        const text = ruleVersionText(state, request.params.id, request.params.version)
        if (text === undefined) throw new ApiError(404, 'unknown-version', 'There is no such version of this rule.')
        return { text }
      }
    )

    app.put(
      '/api/rules/:id',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Switches a rule on or off, or gives it another level',
          tags,
          params,
          body: z.object({
            enabled: z.boolean().optional(),
            level: z
              .union([levelSchema, z.literal('own')])
              .optional()
              .describe('`own`: what its text names')
          }),
          response: { 200: detailReply }
        }
      },
      async request => {
        const { id } = request.params
        const one = known(id)
        if (request.body.enabled === true && aboutOf(one).partOnly === true)
          throw new ApiError(409, 'rule-part', `${id} is only part of a correlation: it makes no alerts of its own.`)
        const { enabled, level } = request.body
        const isChanged = state.transaction(() => {
          if (!decideRule(state, id, { enabled, level }, request.principal?.actor ?? '', nowMs())) return false
          request.audit('rule.decide', `rule:${id}`, { ...request.body, title: one.summary.title })
          return true
        })
        if (isChanged) deps.rules().refresh()
        return detail(id)
      }
    )

    app.put(
      '/api/rules',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Switches many rules on or off, or gives them another level',
          tags,
          body: z.object({
            ids: z.array(ruleId).min(1).max(5000),
            enabled: z.boolean().optional(),
            level: z.union([levelSchema, z.literal('own')]).optional()
          }),
          response: { 200: z.object({ changed: z.int() }) }
        }
      },
      async request => {
        const { ids, ...wanted } = request.body
        for (const id of ids) known(id)
        const changed = state.transaction(() => {
          const changed = ids.filter(id => decideRule(state, id, wanted, request.principal?.actor ?? '', nowMs()))
          // The first ones by name; a thousand entries would hide what else happened. Each rule's history names who.
          for (const id of changed.slice(0, auditedMax)) request.audit('rule.decide', `rule:${id}`, wanted)
          if (changed.length > auditedMax) request.audit('rule.decide', 'rules', { ...wanted, rules: changed.length })
          return changed.length
        })
        if (changed > 0) deps.rules().refresh()
        return { changed }
      }
    )

    app.post(
      '/api/rules/reload',
      {
        preHandler: guard('triage'),
        schema: { summary: 'Reads the files of rules again, at once', tags, response: { 200: done } }
      },
      async () => {
        deps.rules().reload()
        return { ok: true as const }
      }
    )

    app.post(
      '/api/rules/check',
      {
        preHandler: guard('search'),
        bodyLimit: textMax * 2,
        schema: {
          summary: 'What a text of rules says, and what is wrong with it; nothing is kept',
          tags,
          body: z.object({ text: z.string().max(textMax) }),
          response: {
            200: z.object({
              ok: z.boolean(),
              rules: z.array(
                z.object({
                  id: z.string(),
                  title: z.string(),
                  level: levelSchema,
                  query: z.string(),
                  route: z.string()
                })
              ),
              correlations: z.array(z.object({ id: z.string(), title: z.string(), level: levelSchema })),
              diagnostics: z.array(diagnosticReply)
            })
          }
        }
      },
      async request => {
        const { rules, correlations, declared, diagnostics } = deps.rules().read(request.body.text)
        const counted = [...correlations, ...declared]
        return {
          ok: diagnostics.every(({ severity }) => severity !== 'error') && rules.length + counted.length > 0,
          rules: rules.map(({ id, title, level, expression, route }) => ({
            id,
            title,
            level,
            query: formatQuery(expression),
            route: formatQuery(route)
          })),
          correlations: counted.map(({ id, title, level }) => ({ id, title, level })),
          diagnostics: diagnostics.map(diagnosticOut)
        }
      }
    )

    app.post(
      '/api/rules',
      {
        preHandler: guard('triage'),
        bodyLimit: textMax * 2,
        schema: {
          summary: 'Keeps a text of rules as our own and puts it in force; one of the same id is replaced by it',
          tags,
          body: z.object({ text: z.string().min(1).max(textMax) }),
          response: { 200: z.object({ ids: z.array(z.string()), file: z.string() }) }
        }
      },
      async request => {
        const text = withId(request.body.text)
        const { rules, correlations, declared, diagnostics } = deps.rules().read(text)
        const ids = [...rules, ...correlations, ...declared].map(({ id }) => id)
        const wrong = diagnostics.filter(({ severity }) => severity === 'error')
        if (wrong.length > 0 || ids.length === 0) {
          const first = wrong[0]
          const message = first === undefined ? 'The text holds no rule.' : `Line ${first.line}: ${first.message}`
          throw new ApiError(400, 'rule-invalid', message, {}, diagnostics)
        }
        const file = fileFor(deps.rules(), ids)
        writeOwn(folder, file, text)
        deps.rules().reload()
        request.audit(
          'rule.write',
          ids
            .map(id => `rule:${id}`)
            .join(' ')
            .slice(0, 1000),
          { file }
        )
        return { ids, file }
      }
    )

    app.delete(
      '/api/rules/:id',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Removes a rule of our own, with the file that it stands in',
          tags,
          params,
          response: { 200: done }
        }
      },
      async request => {
        const { id } = request.params
        const one = known(id)
        const { file, title } = aboutOf(one)
        if (one.origin !== 'own')
          throw new ApiError(409, 'rule-foreign', `${title} was not written here: switch it off instead.`)
        const others = allOf(deps.rules()).filter(
          other => aboutOf(other).file === file && other.summary.id !== id && aboutOf(other).partOnly !== true
        )
        if (others.length > 0)
          throw new ApiError(409, 'rule-together', `${file} holds other rules, too: write it anew without this one.`)
        removeRuleFile(folder, file.slice('own/'.length))
        addRuleHistory(state, id, 'removed', { file }, request.principal?.actor ?? '', nowMs())
        deps.rules().reload()
        request.audit('rule.remove', `rule:${id}`, { title, file })
        return { ok: true as const }
      }
    )

    await ruleExceptionRoutes(deps)(app, guard)
  }
}

function allOf({ rules, correlations, declared }: Rules): Known[] {
  return [...rules, ...correlations, ...declared]
}

export function knownRule(rules: Rules, id: string): Known | undefined {
  return rules.rule(id) ?? rules.correlation(id) ?? rules.declaredBy(id)
}

function groupsOf(known: Known): string[] {
  if ('rule' in known) return [...(known.rule.groupBy ?? [])]
  if ('correlation' in known) return [...known.correlation.groupBy]
  const { ask } = known.declared
  return [...(ask.kind === 'windowed' ? ask.windowed.groupBy : ask.groupBy)]
}

function moreThan(text: string, file: string | undefined): string | undefined {
  return file === undefined || file.trim() === text.trim() ? undefined : file
}

export function unknownRule(id: string): ApiError {
  return new ApiError(404, 'unknown-rule', `There is no rule ${id}.`)
}

/** Where a text of these rules goes: over the file of ours that holds exactly them, else into a new one. */
function fileFor(rules: Rules, ids: readonly string[]): string {
  const own = allOf(rules).filter(({ origin }) => origin === 'own')
  const files = new Set(own.filter(({ summary }) => ids.includes(summary.id)).map(each => aboutOf(each).file))
  const [only] = files
  if (files.size === 1 && own.every(each => aboutOf(each).file !== only || ids.includes(each.summary.id)))
    return only!.slice('own/'.length)
  if (files.size > 0)
    throw new ApiError(409, 'rule-together', `${[...files].join(', ')} holds other rules, too: write those with it.`)
  return `${
    ids[0]!
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 100) || 'rule'
  }.yml`
}

/** A rule without an id would be another one whenever its file is: it is given one. Only where the text is one document. */
function withId(text: string): string {
  if (/^id\s*:/m.test(text) || /^---/m.test(text.trim().slice(3))) return text
  return text.replace(/^title\s*:.*$/m, line => `${line}\nid: ${randomUUID()}`)
}

function writeOwn(folder: string, file: string, text: string): void {
  try {
    writeRuleFile(folder, file, text)
  } catch (error) {
    if (error instanceof PicketError) throw new ApiError(400, error.code, error.message)
    throw error
  }
}
