/** Routes that change where notifications go: destinations, routes, templates, the mail server. For administrators: here data leaves the machine. */

import { z } from 'zod'
import { closedBreaker } from '../actions/retry.ts'
import { templateProblems } from '../actions/template.ts'
import {
  destinationOf,
  keepDestination,
  keepRoute,
  keepTemplate,
  listDestinations,
  listRoutes,
  listTemplates,
  removeDestination,
  removeRoute,
  removeTemplate,
  type StoredDestination
} from '../state/destinations.ts'
import { hasten, keepBreaker, removeBreaker } from '../state/outbox.ts'
import { newId } from '../state/secret.ts'
import { mailServerRoutes } from './mail-server.ts'
import { checkDestination } from './notification-settings.ts'
import { destinationId, destinationShape, routeShape, templateName, templateShape } from './notification-shapes.ts'
import { type NotificationDeps, unknownDestination } from './notifications.ts'
import { done } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const tags = ['notifications']
const kept = z.object({
  id: z.string(),
  signingKey: z.string().optional().describe('Of a webhook, where Picket made it: shown this once')
})

export function notificationChangeRoutes({
  state,
  notifier,
  nowMs
}: Pick<NotificationDeps, 'state' | 'notifier' | 'nowMs'>): RoutePlugin {
  const keep = (
    id: string,
    asked: z.output<typeof destinationShape>,
    by: string,
    before: StoredDestination | undefined
  ): z.output<typeof kept> => {
    const { settings, secrets, signingKey } = checkDestination(asked, before)
    const { name, kind, enabled, urgent, pace } = asked
    const result = keepDestination(state, {
      id,
      name,
      kind,
      settings,
      secrets,
      enabled,
      urgent,
      pace,
      updatedMs: nowMs(),
      by
    })
    if (result === 'taken') throw new ApiError(409, 'name-taken', `There is another destination called ${name}.`)
    if (result === 'many') throw new ApiError(409, 'too-many', 'There are too many destinations: remove some first.')
    // What was wrong with it may be mended: it is tried at once.
    keepBreaker(state, id, closedBreaker(nowMs()))
    hasten(state, id, nowMs())
    return { id, ...(signingKey !== undefined && { signingKey }) }
  }

  return (app, guard) => {
    const admin = guard('admin')
    const params = z.object({ id: destinationId })

    app.post(
      '/api/notifications/destinations',
      {
        preHandler: admin,
        schema: { summary: 'Adds a destination', tags, body: destinationShape, response: { 200: kept } }
      },
      async request =>
        state.transaction(() => {
          const id = newId()
          const reply = keep(id, request.body, request.principal!.actor, undefined)
          const { name, kind } = request.body
          request.audit('notification.destination.added', `destination:${id}`, { name, kind })
          return reply
        })
    )

    app.put(
      '/api/notifications/destinations/:id',
      {
        preHandler: admin,
        schema: {
          summary: 'Changes a destination; secrets that are left out stay, where it leads to the same place',
          tags,
          params,
          body: destinationShape,
          response: { 200: kept }
        }
      },
      async request => {
        const { id } = request.params
        const reply = state.transaction(() => {
          const before = destinationOf(state, id)
          if (before === undefined) throw unknownDestination()
          const result = keep(id, request.body, request.principal!.actor, before)
          const { name, kind, enabled, secrets } = request.body
          const about = { name, kind, enabled, secrets: Object.keys(secrets ?? {}) }
          request.audit('notification.destination.changed', `destination:${id}`, about)
          return result
        })
        notifier.kick()
        return reply
      }
    )

    app.delete(
      '/api/notifications/destinations/:id',
      {
        preHandler: admin,
        schema: {
          summary: 'Removes a destination; what waits for it goes to the dead letters',
          tags,
          params,
          response: { 200: done }
        }
      },
      async request => {
        const { id } = request.params
        state.transaction(() => {
          const before = destinationOf(state, id)
          if (before === undefined) throw unknownDestination()
          removeDestination(state, id)
          removeBreaker(state, id)
          for (const stored of listRoutes(state)) {
            const destinations = stored.route['destinations'] as readonly string[]
            if (destinations.includes(id))
              keepRoute(state, {
                ...stored,
                route: { ...stored.route, destinations: destinations.filter(each => each !== id) }
              })
          }
          request.audit('notification.destination.removed', `destination:${id}`, { name: before.name })
        })
        return { ok: true as const }
      }
    )

    const routeReply = z.object({ id: z.string() })
    const keepRouteAs = (id: string, { name, ...route }: z.output<typeof routeShape>, by: string): { id: string } => {
      const known = new Set(listDestinations(state).map(each => each.id))
      if (route.destinations.some(each => !known.has(each))) throw unknownDestination()
      if (route.template !== '' && !listTemplates(state).some(each => each.name === route.template))
        throw new ApiError(404, 'unknown-template', `There is no template ${route.template}.`)
      if (!keepRoute(state, { id, name, route, updatedMs: nowMs(), by }))
        throw new ApiError(409, 'too-many', 'There are too many routes: remove some first.')
      return { id }
    }

    app.post(
      '/api/notifications/routes',
      { preHandler: admin, schema: { summary: 'Adds a route', tags, body: routeShape, response: { 200: routeReply } } },
      async request =>
        state.transaction(() => {
          const reply = keepRouteAs(newId(), request.body, request.principal!.actor)
          request.audit('notification.route.added', `route:${reply.id}`, { name: request.body.name })
          return reply
        })
    )

    app.put(
      '/api/notifications/routes/:id',
      {
        preHandler: admin,
        schema: { summary: 'Changes a route', tags, params, body: routeShape, response: { 200: routeReply } }
      },
      async request =>
        state.transaction(() => {
          if (!listRoutes(state).some(({ id }) => id === request.params.id)) throw unknownRoute()
          const reply = keepRouteAs(request.params.id, request.body, request.principal!.actor)
          request.audit('notification.route.changed', `route:${reply.id}`, { name: request.body.name })
          return reply
        })
    )

    app.delete(
      '/api/notifications/routes/:id',
      { preHandler: admin, schema: { summary: 'Removes a route', tags, params, response: { 200: done } } },
      async request => {
        state.transaction(() => {
          if (!removeRoute(state, request.params.id)) throw unknownRoute()
          request.audit('notification.route.removed', `route:${request.params.id}`)
        })
        return { ok: true as const }
      }
    )

    const templateParams = z.object({ name: templateName })
    app.put(
      '/api/notifications/templates/:name',
      {
        preHandler: admin,
        schema: {
          summary: 'Keeps a template',
          tags,
          params: templateParams,
          body: templateShape,
          response: { 200: done }
        }
      },
      async request => {
        const { name } = request.params
        const { title, body } = request.body
        const [problem] = [...templateProblems(title), ...templateProblems(body)]
        if (problem !== undefined) throw new ApiError(400, 'bad-template', `In the template, ${problem.message}.`)
        state.transaction(() => {
          if (!keepTemplate(state, { name, title, body, updatedMs: nowMs(), by: request.principal!.actor }))
            throw new ApiError(409, 'too-many', 'There are too many templates: remove some first.')
          request.audit('notification.template.kept', `template:${name}`)
        })
        return { ok: true as const }
      }
    )

    app.delete(
      '/api/notifications/templates/:name',
      {
        preHandler: admin,
        schema: {
          summary: 'Removes a template that no route uses',
          tags,
          params: templateParams,
          response: { 200: done }
        }
      },
      async request => {
        const { name } = request.params
        state.transaction(() => {
          const user = listRoutes(state).find(({ route }) => route['template'] === name)
          if (user !== undefined)
            throw new ApiError(409, 'in-use', `The route ${user.name} uses this template: change it first.`)
          if (!removeTemplate(state, name)) throw new ApiError(404, 'unknown-template', `There is no template ${name}.`)
          request.audit('notification.template.removed', `template:${name}`)
        })
        return { ok: true as const }
      }
    )

    mailServerRoutes(state, nowMs)(app, guard)
  }
}

const unknownRoute = (): ApiError => new ApiError(404, 'unknown-route-of-alerts', 'There is no such route.')
