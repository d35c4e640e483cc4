/** The data generator over HTTP: a look at what a configuration makes, and runs into this Picket. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { heartbeatSource } from '../core/detection.ts'
import { PicketError } from '../core/errors.ts'
import { attacks } from '../generate/shapes/attacks.ts'
import { shapes } from '../generate/shapes/index.ts'
import type { GeneratorDesk, RunState } from '../pipeline/generator-desk.ts'
import type { Refused } from '../pipeline/generator-threads.ts'
import { done, isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const examplesFolder = fileURLToPath(new URL('../../examples/generate', import.meta.url))
const text = z
  .string()
  .min(1)
  .max(1 << 20)

const problem = z.object({
  line: z.int(),
  column: z.int(),
  key: z.string(),
  message: z.string(),
  suggestion: z.string().optional()
})

const run = z.object({
  id: z.string(),
  source: z.string(),
  rate: z.string(),
  by: z.string(),
  started: z.string(),
  records: z.int(),
  bytes: z.int(),
  elapsedMs: z.number(),
  ended: z.string().optional().describe('Why it ended; without it, it runs')
})

const refused = z.object({ ok: z.literal(false), problems: z.array(problem) })

export function generateRoutes(desk: GeneratorDesk): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/generate',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What the data generator knows: shapes, attacks, examples; and its runs',
          tags: ['generate'],
          response: {
            200: z.object({
              shapes: z.array(z.object({ name: z.string(), about: z.string() })),
              attacks: z.array(z.object({ name: z.string(), title: z.string(), techniques: z.array(z.string()) })),
              examples: z.array(z.object({ name: z.string(), text: z.string() })),
              runs: z.array(run)
            })
          }
        }
      },
      async () => ({
        shapes: shapes.map(({ name, about }) => ({ name, about })),
        attacks: Object.entries(attacks).map(([name, { title, techniques }]) => ({
          name,
          title,
          techniques: [...techniques]
        })),
        examples: examples(),
        runs: desk.list().map(runOut)
      })
    )

    app.post(
      '/api/generate/preview',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The first records that a configuration makes, or what is wrong with it, each at its line',
          tags: ['generate'],
          body: z.object({ text, count: z.int().min(1).max(100).default(20) }),
          response: {
            200: z.union([
              z.object({ ok: z.literal(true), lines: z.array(z.string()), problem: z.string().optional() }),
              refused
            ])
          }
        }
      },
      async request => {
        const made = await desk.preview(request.body.text, request.body.count)
        return made.ok ? { ok: true as const, lines: [...made.lines], problem: made.problem } : refusedOut(made)
      }
    )

    app.post(
      '/api/generate/runs',
      {
        preHandler: guard('ingest'),
        schema: {
          summary: 'Make records at a rate, into this Picket as a source',
          tags: ['generate'],
          body: z.object({
            text,
            source: z
              .string()
              .regex(
                /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
                'must be 1 to 64 letters, digits, dots, dashes or underscores'
              )
              .refine(name => name !== heartbeatSource, 'is a name of our own')
              .default('generator'),
            rate: z.string().min(1).max(200).default('100').describe('As `picket generate --rate` takes it'),
            count: z.int().min(1).max(1e12).optional()
          }),
          response: { 200: z.union([z.object({ ok: z.literal(true), run }), refused]) }
        }
      },
      async request => {
        const { text, source, rate, count } = request.body
        try {
          const started = await desk.start({ text, source, rate, count, by: request.principal!.actor })
          if (!started.ok) return refusedOut(started)
          request.audit('generate.started', `source:${source}`, { rate, ...(count !== undefined && { count }) })
          return { ok: true as const, run: runOut(started.run) }
        } catch (error) {
          if (error instanceof PicketError) throw new ApiError(400, error.code, error.message)
          throw error
        }
      }
    )

    app.delete(
      '/api/generate/runs/:id',
      {
        preHandler: guard('ingest'),
        schema: {
          summary: 'Stop a run',
          tags: ['generate'],
          params: z.object({ id: z.string().max(64) }),
          response: { 200: done }
        }
      },
      async request => {
        if (!(await desk.stop(request.params.id))) throw new ApiError(404, 'unknown-run', 'There is no such run.')
        return { ok: true as const }
      }
    )
  }
}

function runOut({ startedMs, ended, ...state }: RunState): z.output<typeof run> {
  return { ...state, started: isoOf(startedMs), ...(ended !== undefined && { ended }) }
}

function refusedOut({ diagnostics }: Refused): z.output<typeof refused> {
  const problems = diagnostics.map(({ line, column, key, message, suggestion }) => ({
    line,
    column,
    key,
    message,
    ...(suggestion !== undefined && { suggestion })
  }))
  return { ok: false, problems }
}

let read: { name: string; text: string }[] | undefined

function examples(): { name: string; text: string }[] {
  read ??= readdirSync(examplesFolder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => ({ name: name.slice(0, -5), text: readFileSync(join(examplesFolder, name), 'utf8') }))
  return read
}
