/** The sensor over HTTP: what this machine has, set it up, how it is; and changes of single signatures, with a way back. */

import { z } from 'zod'
import { messageOf, PicketError } from '../core/errors.ts'
import {
  keepOwnSensor,
  keepSignatureChange,
  ownSensor,
  ownSensorName,
  ownSensorShape,
  signatureChanges
} from '../pipeline/sensor-settings.ts'
import type { SourceConfig } from '../platform/config-schema.ts'
import { checkInterfaces, homeNetOf, interfacesHere } from '../sources/sensor/networks.ts'
import { checkRights, findProgram, findSuricata } from '../sources/sensor/program.ts'
import type { RunningSensor } from '../sources/sensor/sensor-state.ts'
import { changeShape, type NotedChange, noThreshold, type Rule, signatureId } from '../sources/sensor/signatures.ts'
import type { State } from '../state/state.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import {
  changeOut,
  interfaceOut,
  type SensorOut,
  type SignatureOut,
  sensorOut,
  sensorReply,
  signatureReply
} from './sensor-shapes.ts'

const tags = ['sensor']
const machineMs = 10_000

export type SensorDeps = {
  readonly state: State
  /** Of the configuration's file. */
  readonly configured: () => readonly SourceConfig[]
  /** Those that run, by their sources' names. */
  readonly sensors: () => ReadonlyMap<string, RunningSensor>
  /** The settings of the page's sensor changed: resolves when it runs so. */
  readonly changed: () => Promise<void>
  readonly nowMs: () => number
}

const sidParams = z.object({ sid: z.coerce.number().pipe(signatureId) })

export function sensorRoutes(deps: SensorDeps): RoutePlugin {
  const { state, sensors, nowMs } = deps
  const machine = machineKnown(nowMs)
  const reply = async (): Promise<SensorOut> => ({
    machine: await machine(),
    settings: ownSensor(state),
    sensors: [...sensors()].map(([name, sensor]) => {
      const inFile = deps.configured().some(source => source.name === name)
      return sensorOut(name, inFile ? 'picket.yaml' : 'page', sensor.state())
    }),
    changes: [...signatureChanges(state).values()].map(changeOut)
  })
  const keep = async (
    sid: number,
    change: NotedChange | undefined,
    audit: (takenBack: boolean) => void
  ): Promise<void> => {
    const before = signatureChanges(state).get(sid)
    const write = (next: NotedChange | undefined, takenBack: boolean): void =>
      state.transaction(() => {
        if (!keepSignatureChange(state, sid, next))
          throw new ApiError(409, 'too-many', 'There are too many changed signatures: take some back first.')
        audit(takenBack)
      })
    write(change, false)
    try {
      for (const sensor of sensors().values()) await sensor.applyChanges()
    } catch (error) {
      if (!(error instanceof PicketError) || error.code !== 'rules-refused')
        throw new ApiError(503, 'not-applied', `The change is kept, but not in force yet: ${messageOf(error)}`)
      write(before, true)
      throw new ApiError(422, error.code, `Nothing was changed: ${error.message}`)
    }
  }

  return (app, guard) => {
    app.get(
      '/api/sensor',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Sensors: the machine, how each is, changed signatures',
          tags,
          response: { 200: sensorReply }
        }
      },
      reply
    )

    app.put(
      '/api/sensor/settings',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Set up a sensor on this machine, or change it',
          tags,
          body: ownSensorShape,
          response: { 200: sensorReply }
        }
      },
      async request => {
        if (deps.configured().some(({ name }) => name === ownSensorName))
          throw new ApiError(
            409,
            'in-file',
            `picket.yaml has a source called ${ownSensorName}: change it there, or rename it.`
          )
        try {
          checkInterfaces(request.body.interfaces)
        } catch (error) {
          throw new ApiError(422, (error as PicketError).code, messageOf(error))
        }
        state.transaction(() => {
          keepOwnSensor(state, request.body)
          request.audit('sensor.set-up', 'sensor', request.body)
        })
        await deps.changed()
        return reply()
      }
    )

    app.delete(
      '/api/sensor/settings',
      {
        preHandler: guard('admin'),
        schema: { summary: 'Take the sensor away that was set up here', tags, response: { 200: sensorReply } }
      },
      async request => {
        state.transaction(() => {
          keepOwnSensor(state, undefined)
          request.audit('sensor.removed', 'sensor')
        })
        await deps.changed()
        return reply()
      }
    )

    app.post(
      '/api/sensor/rules',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Fetch rules now, and put them in force; answers when they are',
          tags,
          response: { 200: sensorReply }
        }
      },
      async request => {
        const all = [...sensors().values()]
        if (all.length === 0) throw new ApiError(409, 'no-sensor', 'No sensor is set up.')
        request.audit('sensor.rules-updated', 'sensor')
        for (const sensor of all)
          await sensor.updateRules().catch(error => {
            throw new ApiError(502, error instanceof PicketError ? error.code : 'rules-fetch', messageOf(error))
          })
        return reply()
      }
    )

    app.get(
      '/api/sensor/signatures/:sid',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'A signature: its rule, and what was changed',
          tags,
          params: sidParams,
          response: { 200: signatureReply }
        }
      },
      async request => signatureOut(deps, request.params.sid)
    )

    app.put(
      '/api/sensor/signatures/:sid',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Change a signature: answers when the change is in force',
          tags,
          params: sidParams,
          body: changeShape.extend({ reason: z.string().trim().max(1000).prefault('') }),
          response: { 200: signatureReply }
        }
      },
      async request => {
        const { sid } = request.params
        const rule = ruleOf(deps, sid)
        if (rule === undefined && sensors().size > 0)
          throw new ApiError(404, 'no-signature', `No rule of the sensors has the sid ${sid}.`)
        const { reason, ...change } = request.body
        const why = rule === undefined || change.threshold === undefined ? undefined : noThreshold(rule)
        if (why !== undefined) throw new ApiError(422, 'no-threshold', `Nothing was changed: ${why}.`)
        const isNone = change.state === undefined && change.threshold === undefined && change.suppress.length === 0
        const noted = { ...change, reason, sid, name: rule?.name ?? '', by: request.principal!.actor, atMs: nowMs() }
        await keep(sid, isNone ? undefined : noted, takenBack =>
          request.audit(takenBack ? 'signature.taken-back' : 'signature.changed', `signature:${sid}`, {
            ...change,
            reason
          })
        )
        return signatureOut(deps, sid)
      }
    )

    app.delete(
      '/api/sensor/signatures/:sid',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'A signature as the rule set has it again',
          tags,
          params: sidParams,
          response: { 200: signatureReply }
        }
      },
      async request => {
        const { sid } = request.params
        await keep(sid, undefined, takenBack =>
          request.audit(takenBack ? 'signature.taken-back' : 'signature.restored', `signature:${sid}`)
        )
        return signatureOut(deps, sid)
      }
    )
  }
}

function ruleOf({ sensors }: SensorDeps, sid: number): Rule | undefined {
  for (const sensor of sensors().values()) {
    const rule = sensor.findRule(sid)
    if (rule !== undefined) return rule
  }
  return undefined
}

function signatureOut(deps: SensorDeps, sid: number): SignatureOut {
  const rule = ruleOf(deps, sid)
  const change = signatureChanges(deps.state).get(sid)
  return {
    sid,
    rule: rule && { name: rule.name, enabled: rule.enabled, text: rule.text },
    noThreshold: rule && noThreshold(rule),
    change: change && changeOut(change)
  }
}

/** Asked seldom: it starts a program. */
function machineKnown(nowMs: () => number): () => Promise<SensorOut['machine']> {
  let known:
    | { readonly atMs: number; readonly found: Pick<SensorOut['machine'], 'suricata' | 'problem' | 'canFetch'> }
    | undefined
  return async () => {
    if (known === undefined || Math.abs(nowMs() - known.atMs) > machineMs) {
      const canFetch = findProgram('suricata-update') !== undefined
      try {
        const suricata = await findSuricata()
        const problem = await checkRights(suricata.path).then(() => undefined, messageOf)
        known = { atMs: nowMs(), found: { suricata: { ...suricata }, problem, canFetch } }
      } catch (error) {
        known = { atMs: nowMs(), found: { problem: messageOf(error), canFetch } }
      }
    }
    const here = interfacesHere()
    return { ...known.found, interfaces: here.map(one => interfaceOut(one, homeNetOf([one.name], here))) }
  }
}
