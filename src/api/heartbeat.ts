/** The heartbeat over HTTP: is it green, what did the last runs find, run one now. */

import { z } from 'zod'
import type { Heartbeat } from '../pipeline/heartbeat.ts'
import type { Metrics } from '../platform/metrics.ts'
import { type HeartbeatRun, listHeartbeats } from '../state/heartbeats.ts'
import type { State } from '../state/state.ts'
import { isoOf, isoOrNothing } from './replies.ts'
import type { RoutePlugin } from './route.ts'

const runsShown = 30

/** `amber`: what was tested arrived, but not everything could be tested. */
const lights = ['green', 'amber', 'red', 'running', 'never'] as const
type Light = (typeof lights)[number]

export const checkStates = ['arrived', 'missed', 'waiting', 'untested'] as const

const runReply = z.object({
  run: z.string(),
  light: z.enum(lights),
  started: z.string(),
  ended: z.string().optional(),
  by: z.string(),
  checks: z.array(
    z.object({
      source: z.string().describe('Empty where a format was tested for its own sake'),
      format: z.string(),
      title: z.string(),
      state: z.enum(checkStates),
      rules: z.array(z.string()).describe('The ids of the rules of which one must find it'),
      tookMs: z.number().optional().describe('From the bus to the alert'),
      alert: z.int().optional(),
      problem: z.string()
    })
  )
})

export const heartbeatReply = z.object({
  light: z.enum(lights).describe('Of the last run'),
  daily: z.boolean(),
  last: runReply.optional(),
  runs: z.array(runReply.omit({ checks: true })).describe(`The last ${runsShown}, the newest first`)
})

export type HeartbeatOut = z.output<typeof heartbeatReply>

export function heartbeatRoutes({ state, heartbeat }: { state: State; heartbeat: Heartbeat }): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/heartbeat',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Do test attacks become alerts? The last run in detail, and those before',
          tags: ['heartbeat'],
          response: { 200: heartbeatReply }
        }
      },
      async () => statusOut(state, heartbeat)
    )

    app.post(
      '/api/heartbeat',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Send a test attack for each source now; answers when all have arrived, or after two minutes',
          tags: ['heartbeat'],
          body: z
            .object({
              formats: z.literal('all').optional().describe('Each format that there is a test attack for, instead'),
              wait: z.boolean().default(true)
            })
            .prefault({}),
          response: { 200: heartbeatReply }
        }
      },
      async request => {
        const { formats, wait } = request.body
        const { run, done } = heartbeat.begin(request.principal!.actor, formats)
        request.audit('heartbeat.started', `heartbeat:${run}`, formats === undefined ? {} : { formats })
        if (wait) await done
        return statusOut(state, heartbeat)
      }
    )

    app.put(
      '/api/heartbeat/daily',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Switch the daily run on or off',
          tags: ['heartbeat'],
          body: z.object({ daily: z.boolean() }),
          response: { 200: heartbeatReply }
        }
      },
      async request =>
        state.transaction(() => {
          heartbeat.setDaily(request.body.daily)
          request.audit('heartbeat.daily', 'heartbeat', { daily: request.body.daily })
          return statusOut(state, heartbeat)
        })
    )
  }
}

/** Whether the last run was green, and when it began: for who watches the watcher. */
export function observeHeartbeat(state: State, metrics: Metrics): void {
  const last = (): z.output<typeof runReply> | undefined => listHeartbeats(state, 1).map(runOut)[0]
  metrics.gauge('picket_heartbeat_missed', 'Test attacks of the last heartbeat that raised no alert', [], gauge =>
    gauge.set(last()?.checks.filter(check => check.state === 'missed').length ?? 0)
  )
  metrics.gauge(
    'picket_heartbeat_started_seconds',
    'When the last heartbeat began, in seconds since 1970',
    [],
    gauge => {
      const started = last()?.started
      gauge.set(started === undefined ? 0 : Date.parse(started) / 1000)
    }
  )
}

function statusOut(state: State, heartbeat: Pick<Heartbeat, 'daily'>): HeartbeatOut {
  const runs = listHeartbeats(state, runsShown).map(runOut)
  const [last] = runs
  return {
    light: last?.light ?? 'never',
    daily: heartbeat.daily,
    last,
    runs: runs.map(({ checks: _, ...run }) => run)
  }
}

function runOut(run: HeartbeatRun): z.output<typeof runReply> {
  const checks = run.checks.map(check => {
    const { source, format, title, rules, alert, problem, sentMs, arrivedMs } = check
    const waiting = run.endedMs === undefined ? ('waiting' as const) : ('missed' as const)
    return {
      source,
      format,
      title,
      state: sentMs === undefined ? ('untested' as const) : arrivedMs === undefined ? waiting : ('arrived' as const),
      rules: [...rules],
      tookMs: sentMs === undefined || arrivedMs === undefined ? undefined : Math.max(0, arrivedMs - sentMs),
      alert,
      problem
    }
  })
  return {
    run: run.run,
    light: lightOf(run, checks),
    started: isoOf(run.startedMs),
    ended: isoOrNothing(run.endedMs),
    by: run.by,
    checks
  }
}

/** Green only if every source was tested and each alert arrived. */
function lightOf(run: HeartbeatRun, checks: readonly { readonly state: (typeof checkStates)[number] }[]): Light {
  if (run.endedMs === undefined) return 'running'
  if (checks.some(({ state }) => state === 'missed')) return 'red'
  return checks.length > 0 && checks.every(({ state }) => state === 'arrived') ? 'green' : 'amber'
}
