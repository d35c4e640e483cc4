/**
 * The API's description for reading: `GET /api/docs`, a page made from the OpenAPI document. Plain HTML without a script (our content
 * policy allows none but our own files, and none is needed), so what it shows is what `/api/openapi.json` says.
 */

import type { RoutePlugin } from './route.ts'

type Schema = {
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  pattern?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
}
type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema }
type Operation = {
  summary?: string
  description?: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>
}
type Document = { info: { title: string; version: string }; paths?: Record<string, Record<string, Operation>> }

export function apiDocs(): RoutePlugin {
  return (app, guard) => {
    let page: string | undefined
    app.get(
      '/api/docs',
      { preHandler: guard('any'), schema: { summary: 'This description, for reading', tags: ['health'] } },
      async (_request, reply) => {
        page ??= pageOf(app.swagger() as unknown as Document)
        return reply.type('text/html; charset=utf-8').send(page)
      }
    )
    app.get('/api/docs.css', { preHandler: guard('any'), schema: { hide: true } as object }, async (_request, reply) =>
      reply.type('text/css; charset=utf-8').send(style)
    )
  }
}

export function pageOf({ info, paths = {} }: Document): string {
  const groups = new Map<string, string[]>()
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'other'
      const group = groups.get(tag) ?? []
      if (group.length === 0) groups.set(tag, group)
      group.push(operationHtml(method, path, operation))
    }
  const names = [...groups.keys()].sort()
  const idOf = (tag: string): string => `group-${tag.replaceAll(/\W+/g, '-')}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)}: API</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><header><h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}: API</h1>
<p>Programs send a token (<code>Authorization: Bearer pkt_…</code>, from <em>Settings</em> or <code>picket token create</code>); the page
uses a session. For tools: <a href="/api/openapi.json">openapi.json</a>.</p>
<nav aria-label="Groups">${names.map(tag => `<a href="#${idOf(tag)}">${escapeHtml(tag)}</a>`).join(' ')}</nav></header>
<main>${names.map(tag => `<section aria-labelledby="${idOf(tag)}"><h2 id="${idOf(tag)}">${escapeHtml(tag)}</h2>${groups.get(tag)!.join('\n')}</section>`).join('\n')}</main></body></html>
`
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const body = Object.entries(operation.requestBody?.content ?? {})
  const parts = [
    operation.description === undefined ? '' : `<p>${escapeHtml(operation.description)}</p>`,
    table(
      'Parameters',
      (operation.parameters ?? []).map(({ name, in: where, required, description, schema }) => [
        `<code>${escapeHtml(name)}</code>${required ? ' *' : ''}`,
        escapeHtml(where),
        schemaHtml(schema, 0),
        escapeHtml(description ?? schema?.description ?? '')
      ])
    ),
    ...body.map(([type, { schema }]) => `<h4>Body (${escapeHtml(type)})</h4>${schemaHtml(schema, 0)}`),
    ...Object.entries(operation.responses ?? {}).flatMap(([status, { content = {} }]) =>
      Object.values(content).map(({ schema }) => `<h4>Answer ${escapeHtml(status)}</h4>${schemaHtml(schema, 0)}`)
    )
  ]
  return `<details><summary><span class="method">${escapeHtml(method.toUpperCase())}</span> <code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</summary>${parts.join('\n')}</details>`
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  return `<h4>${title}</h4><table>${rows.map(row => `<tr>${row.map(cell => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`
}

const depthMax = 8

function schemaHtml(schema: Schema | undefined, depth: number): string {
  if (schema === undefined || depth > depthMax) return 'anything'
  if (schema.properties !== undefined)
    return `<table>${Object.entries(schema.properties)
      .map(([name, inner]) => {
        const needed = schema.required?.includes(name) ? ' *' : ''
        return `<tr><td><code>${escapeHtml(name)}</code>${needed}</td><td>${schemaHtml(inner, depth + 1)}</td><td>${escapeHtml(inner.description ?? '')}</td></tr>`
      })
      .join('')}</table>`
  if (schema.enum !== undefined)
    return schema.enum.map(value => `<code>${escapeHtml(JSON.stringify(value))}</code>`).join(' or ')
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`
  if (schema.anyOf !== undefined) return schema.anyOf.map(one => schemaHtml(one, depth + 1)).join(' or ')
  if (schema.items !== undefined) return `list of ${schemaHtml(schema.items, depth + 1)}`
  const bounds = [
    schema.minimum === undefined || schema.minimum < -9e15 ? '' : `from ${schema.minimum}`,
    schema.maximum === undefined || schema.maximum > 9e15 ? '' : `to ${schema.maximum}`,
    schema.maxLength === undefined ? '' : `at most ${schema.maxLength} characters`,
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`
  ].filter(text => text !== '')
  return escapeHtml([[schema.type ?? 'anything'].flat().join(' or '), ...bounds].join(', '))
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

const style = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1rem; }
nav a { margin-right: .75rem; }
details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .4rem 0; }
summary { cursor: pointer; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
table { border-collapse: collapse; }
td { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .2rem .5rem; vertical-align: top; overflow-wrap: anywhere; }
code { font: 13px/1.4 ui-monospace, monospace; }
`
