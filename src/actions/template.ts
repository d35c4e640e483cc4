/**
 * Templates of messages: text with `{{names}}`, and parts that are left out where a name has no value:
 * `{{#summary}}Because: {{summary}}{{/summary}}`. Nothing else: no loops, no code. Values come from records, so they are made plain.
 */

import { alertUrl, cut, entityText, type Notice, type NoticeKind, plain } from './message.ts'

export type Template = { readonly title: string; readonly body: string }

export const ownTemplate: Template = {
  title: '[{{severity}}] {{title}}{{#entity}}: {{entity}}{{/entity}}{{#change}} ({{change}}){{/change}}',
  body: `{{#summary}}{{summary}}
{{/summary}}{{count}} event{{#several}}s{{/several}}, {{first}} to {{last}}
{{#tags}}{{tags}}
{{/tags}}{{#url}}{{url}}{{/url}}`
}

/** What a template may name, with what it stands for. */
export const templateNames: Readonly<Record<string, string>> = {
  severity: 'informational, low, medium, high or critical',
  title: 'the title of the rule',
  entity: 'what it is about: source.ip 192.0.2.1',
  'entity.FIELD': 'one field of that: entity.source.ip',
  summary: 'what the detector says of it, if anything',
  event: 'what happened: created, escalated, reopened, acknowledged or closed',
  change: 'what happened to an alert that is known: got worse, came back …; nothing for a new one',
  count: 'how many events',
  several: 'set if there is more than one event',
  first: 'when the first event was (UTC)',
  last: 'when the last event was (UTC)',
  tags: 'the tags of the rule',
  'rule.id': 'the id of the rule',
  'rule.kind': 'rule, correlation, threshold, baseline or indicator',
  alert: 'the id of the alert',
  test: 'set if it is a test of the heartbeat',
  url: 'the page of the alert, where server.publicUrl is set'
}

const changes: Readonly<Record<NoticeKind, string>> = {
  created: '',
  escalated: 'got worse',
  reopened: 'came back',
  acknowledged: 'is taken care of',
  closed: 'is closed'
}

export const templateLengthMax = 10_000
const renderedMax = 20_000
const depthMax = 8
const tag = /\{\{\s*([#/]?)\s*([^{}]*?)\s*\}\}/g

type Part = string | { readonly name: string } | { readonly name: string; readonly parts: readonly Part[] }

export type TemplateProblem = { readonly position: number; readonly message: string; readonly name?: string }

/** What is wrong with it: names that do not exist, parts that do not end. */
export function templateProblems(text: string): TemplateProblem[] {
  const problems: TemplateProblem[] = []
  parse(text, problems)
  return problems
}

export function renderTemplate(template: Template, notice: Notice, pageUrl: string | undefined): Template {
  const values = valuesOf(notice, pageUrl)
  const title = plain(render(parse(template.title, []), values)).trim()
  const body = plain(render(parse(template.body, []), values), true).trim()
  return { title: cut(title === '' ? notice.rule.title : title, 500), body: cut(body, renderedMax) }
}

function valuesOf(notice: Notice, pageUrl: string | undefined): (name: string) => string {
  const fixed: Readonly<Record<string, string>> = {
    severity: notice.severity,
    title: notice.rule.title,
    entity: entityText(notice.entity),
    summary: notice.summary,
    event: notice.kind,
    change: changes[notice.kind],
    count: String(notice.count),
    several: notice.count > 1 ? 'yes' : '',
    first: timeText(notice.firstUs),
    last: timeText(notice.lastUs),
    tags: notice.rule.tags.join(' '),
    'rule.id': notice.rule.id,
    'rule.kind': notice.rule.kind,
    alert: notice.alert,
    test: notice.test ? 'yes' : '',
    url: alertUrl(pageUrl, notice.alert) ?? ''
  }
  return name => {
    if (Object.hasOwn(fixed, name)) return fixed[name]!
    const field = name.startsWith('entity.') ? name.slice(7) : ''
    return Object.hasOwn(notice.entity, field) ? notice.entity[field]! : ''
  }
}

function render(parts: readonly Part[], values: (name: string) => string): string {
  let text = ''
  for (const part of parts) {
    if (text.length > renderedMax) break
    if (typeof part === 'string') text += part
    else if (!('parts' in part)) text += values(part.name)
    else if (values(part.name) !== '') text += render(part.parts, values)
  }
  return text
}

/** Total: what cannot be understood stands in the text as it was written, and is told as a problem. */
function parse(text: string, problems: TemplateProblem[]): readonly Part[] {
  const open: { name: string; position: number; parts: Part[] }[] = [{ name: '', position: 0, parts: [] }]
  let from = 0
  for (const match of text.slice(0, templateLengthMax).matchAll(tag)) {
    const [whole, sign, name = ''] = match
    const into = open.at(-1)!
    if (match.index > from) into.parts.push(text.slice(from, match.index))
    from = match.index + whole.length
    const position = match.index
    if (sign === '/') {
      if (open.length > 1 && into.name === name) {
        open.pop()
        open.at(-1)!.parts.push({ name, parts: into.parts })
      } else problems.push({ position, message: `${whole} ends what has not begun` })
    } else if (!isName(name)) {
      problems.push({ position, name, message: `there is no {{${name}}}` })
      into.parts.push(whole)
    } else if (sign !== '#') into.parts.push({ name })
    else if (open.length > depthMax) problems.push({ position, message: `parts are nested more than ${depthMax} deep` })
    else open.push({ name, position, parts: [] })
  }
  if (from < text.length) open.at(-1)!.parts.push(text.slice(from, templateLengthMax))
  while (open.length > 1) {
    const { name, position, parts } = open.pop()!
    problems.push({ position, message: `{{#${name}}} has no {{/${name}}}` })
    open.at(-1)!.parts.push({ name, parts })
  }
  return open[0]!.parts
}

function isName(name: string): boolean {
  return (name !== 'entity.FIELD' && Object.hasOwn(templateNames, name)) || /^entity\.[\w.@-]{1,200}$/.test(name)
}

export function timeText(us: number): string {
  const ms = us / 1000
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15
    ? `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
    : 'no time'
}
