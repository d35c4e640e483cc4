/** The port analyzer over HTTP: the smallest opening that covers the stored flows, its proof, and the rules that are there held against it. */

import { z } from 'zod'
import { messageOf, PicketError } from '../core/errors.ts'
import { analysisJson, analysisOf, ruleJson } from '../ports/analysis.ts'
import { closed } from '../ports/compare.ts'
import { Conversations } from '../ports/conversations.ts'
import { type Existing, noneExisting, readExisting } from '../ports/existing.ts'
import { flowOf } from '../ports/flow.ts'
import { bestOpening } from '../ports/opening.ts'
import { readPortList } from '../ports/port-list.ts'
import { readKnown, reasonOf } from '../ports/print-report.ts'
import { type formats, printRules } from '../ports/print-rules.ts'
import { ruleText } from '../ports/rule.ts'
import { targetOf, targetWords } from '../ports/target.ts'
import { compileQuery, everyEvent, orBadQuery, timeRange } from './query.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import type { SearchDeps } from './search.ts'

const existingBytesMax = 16 << 20

const limits = {
  maxRules: z.int().min(1).max(1000).default(60),
  maxOpenPorts: z.int().min(0).max(65_536).default(65_536)
}

const rule = z.object({
  protocol: z.string().describe('`all`: every protocol'),
  from: z.int().optional().describe('Without it: all ports, or a protocol that has none'),
  to: z.int().optional(),
  source: z.string(),
  reason: z.string().optional()
})

const service = z.object({
  protocol: z.string(),
  port: z.int().optional(),
  name: z.string().optional(),
  servers: z.array(z.string()),
  clients: z.int(),
  conversations: z.int(),
  answered: z.int(),
  records: z.int(),
  first: z.string().optional(),
  last: z.string().optional(),
  evidence: z.record(z.string(), z.number()).describe('How many conversations each kind of evidence decided')
})

const suggestion = z.looseObject({ message: z.string() })

const reply = z.object({
  feasible: z.boolean(),
  suggestion: suggestion.optional(),
  rules: z.array(rule).optional(),
  extraPorts: z.record(z.string(), z.array(z.int())).optional(),
  observed: z.object({
    from: z.string().optional(),
    to: z.string().optional(),
    records: z.int(),
    rejected: z.int(),
    inbound: z.int(),
    outbound: z.int(),
    services: z.array(service),
    refused: z.array(service)
  }),
  proof: z
    .object({
      conversations: z.int(),
      records: z.int(),
      broken: z.array(
        z.object({ protocol: z.int(), port: z.int().optional(), client: z.string(), conversations: z.int() })
      ),
      rulesWithoutHit: z.array(z.string())
    })
    .optional(),
  existing: z.array(z.object({ kind: z.string(), group: z.string().optional(), text: z.string() })).optional(),
  before: z.array(rule).describe('The rules that are there'),
  groups: z.array(z.object({ id: z.string(), name: z.string().optional() })).describe('Groups among the given rules'),
  less: z.array(z.string()).describe('Rules that are there of which less is left, or nothing'),
  printed: z
    .object({ aws: z.string(), terraform: z.string(), cloudformation: z.string(), nftables: z.string() })
    .optional()
    .describe('The proposal in the words of those who enforce it')
})

export function portsRoutes({ store, admission, nowMs, mayBeInMap }: SearchDeps): RoutePlugin {
  return (app, guard) => {
    app.post(
      '/api/ports/opening',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The smallest opening that covers a list of ports',
          tags: ['ports'],
          body: z.object({ ports: z.string().max(1_000_000).describe('`80,443,8000-8010`'), ...limits }),
          response: { 200: z.looseObject({ feasible: z.boolean() }) }
        }
      },
      async request => {
        const list = readPortList(request.body.ports)
        if (!list.ok) throw new ApiError(400, 'bad-ports', list.reason)
        return bestOpening(list.ports, request.body)
      }
    )

    app.post(
      '/api/ports/analysis',
      {
        preHandler: guard('search'),
        bodyLimit: existingBytesMax + (1 << 20),
        schema: {
          summary: 'The smallest opening that covers the stored flows that match',
          tags: ['ports'],
          body: z.object({
            query: z.string().max(10_000).default(''),
            from: z.string().max(100).optional(),
            to: z.string().max(100).optional(),
            targets: z.string().max(10_000).default('').describe('Whose rules: `10.0.1.5, eni-…, i-…`'),
            group: z.string().max(200).optional(),
            existing: z
              .array(z.string())
              .max(20)
              .default([])
              .describe('JSON of describe-security-groups, describe-network-interfaces, Terraform state'),
            known: z.array(z.string().max(300)).max(1000).default([]).describe('`office=198.51.100.0/24`'),
            maxSources: z.int().min(0).max(100).default(4),
            publicFrom: z.int().min(0).max(100_000).default(16),
            answeredOnly: z.boolean().default(false),
            ...limits
          }),
          response: { 200: reply }
        }
      },
      async request => {
        const { body } = request
        const existing = noneExisting()
        for (const [index, text] of body.existing.entries()) take(text, index, existing)
        const said = <T>(work: () => T): T => {
          try {
            return work()
          } catch (error) {
            if (error instanceof PicketError) throw new ApiError(400, error.code, error.message)
            throw error
          }
        }
        const known = body.known.map(text => said(() => readKnown(text)))
        const conversations = new Conversations(said(() => targetOf(targetWords(body.targets, body.group), existing)))
        const asked = `source.ip:* and destination.ip:*${body.query.trim() === '' ? '' : ` and (${body.query})`}`
        const { condition, range: named } = orBadQuery(() => compileQuery(asked, { nowMs: nowMs(), mayBeInMap }))
        const range = { ...orBadQuery(() => timeRange(body.from, body.to, nowMs())), ...named }
        try {
          await admission.turn(() =>
            store.flows(condition ?? everyEvent, range, ({ event, timeUs, count }) => {
              const flow = flowOf(event, timeUs, count)
              if (flow !== undefined) conversations.add(flow)
            })
          )
        } catch (error) {
          if (error instanceof PicketError && error.code === 'too-many-flows')
            throw new ApiError(413, error.code, error.message)
          throw error
        }
        const analysis = analysisOf(conversations, body, body.existing.length === 0 ? undefined : existing)
        const { proposal, observed, there, group } = analysis
        const reason = reasonOf(observed.services, known)
        const before = there.map(one => one.rule)
        const print = (form: (typeof formats)[number], rules: Extract<typeof proposal, { feasible: true }>['rules']) =>
          printRules(form, rules, { group, reason, existing: group === undefined ? [] : before })
        return {
          ...analysisJson(analysis, reason),
          before: before.map(one => ruleJson(one)),
          groups: [...existing.groups].map(([id, { name }]) => ({ id, name })),
          less: proposal.feasible ? closed(before, proposal.rules).map(ruleText) : [],
          ...(proposal.feasible && {
            printed: {
              aws: print('aws', proposal.rules),
              terraform: print('terraform', proposal.rules),
              cloudformation: print('cloudformation', proposal.rules),
              nftables: print('nftables', proposal.rules)
            }
          })
        }
      }
    )
  }
}

function take(text: string, index: number, into: Existing): void {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ApiError(400, 'bad-existing', `The existing rules (file ${index + 1}) are not JSON: ${messageOf(error)}`)
  }
  if (!readExisting(json, into))
    throw new ApiError(
      400,
      'bad-existing',
      `The existing rules (file ${index + 1}) are neither what aws ec2 describe-security-groups (or describe-network-interfaces, describe-instances) prints, nor a Terraform state.`
    )
}
