/** Evidence of a case over HTTP: events and files are attached, and all of it leaves as a signed archive. */

import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { exportCase } from '../pipeline/case-export.ts'
import { openSigningKey, type SigningKey } from '../platform/signing-key.ts'
import {
  addCaseFile,
  attachEvents,
  caseFiles,
  contentPath,
  detachEvent,
  forgetContent,
  keepContent,
  keptWithAlerts,
  readContent,
  removeCaseFile
} from '../state/case-evidence.ts'
import { noteCase } from '../state/cases.ts'
import { caseFileBytesMax, eventBytesMax, eventsPerCaseMax, fileBytesMax, filesPerCaseMax } from '../triage/case.ts'
import { caseFileOut, caseFileReply, caseOut, caseReply } from './case-out.ts'
import { type CaseDeps, caseParam, theCase } from './cases.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type FoundEvent = { readonly id: string; readonly timeUs: number; readonly event: string }

export type EvidenceDeps = CaseDeps & {
  readonly evidenceFolder: string
  readonly signingKeyFile: string
  readonly version: string
  /** Events of the store by id; those that are not there (any more) are left out. */
  readonly eventsOf: (ids: readonly string[], signal: AbortSignal) => Promise<readonly FoundEvent[]>
}

const attachedAtOnceMax = 200

export function caseEvidenceRoutes(deps: EvidenceDeps): RoutePlugin {
  const { state, nowMs, evidenceFolder } = deps
  let opened: SigningKey | undefined
  const key = (): SigningKey => (opened ??= openSigningKey(deps.signingKeyFile))

  return (app, guard) => {
    // As importing does it: the route reads the body itself.
    if (!app.hasContentTypeParser('application/octet-stream'))
      app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

    app.post(
      '/api/cases/:id/events',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Attach events by their ids: they are kept with the case, also beyond the store’s retention',
          tags: ['cases'],
          params: caseParam,
          body: z.object({
            ids: z
              .array(z.string().regex(/^[0-9a-f]{16}$/))
              .min(1)
              .max(attachedAtOnceMax)
          }),
          response: { 200: caseReply.extend({ missing: z.array(z.string()).describe('Not in the store (any more)') }) }
        }
      },
      async request => {
        const { id } = theCase(state, request.params.id)
        const { ids } = request.body
        const kept = keptWithAlerts(state, ids)
        const rest = ids.filter(each => !kept.some(event => event.id === each))
        const found = rest.length === 0 ? [] : await deps.eventsOf(rest, request.signal)
        const events = [...kept, ...found]
        const large = events.find(({ event }) => event.length > eventBytesMax)
        if (large !== undefined)
          throw new ApiError(
            413,
            'too-large',
            `Event ${large.id} is larger than ${eventBytesMax >> 10} KiB: attach its record as a file.`
          )
        return state.transaction(() => {
          const by = request.principal!.actor
          const attached = attachEvents(state, id, events, by, nowMs())
          if (attached === undefined)
            throw new ApiError(409, 'too-many-events', `A case holds ${eventsPerCaseMax} events at most.`)
          if (attached.length > 0) {
            noteCase(state, id, 'events-attached', by, nowMs(), { events: attached })
            request.audit('case.events-attached', `case:${id}`, { events: attached })
          }
          const missing = ids.filter(each => !events.some(event => event.id === each))
          return { ...caseOut(state, theCase(state, id)), missing }
        })
      }
    )

    app.delete(
      '/api/cases/:id/events/:event',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Take an event out of a case',
          tags: ['cases'],
          params: caseParam.extend({ event: z.string().regex(/^[0-9a-f]{16}$/) }),
          response: { 200: caseReply }
        }
      },
      async request => {
        const { id, event } = request.params
        theCase(state, id)
        return state.transaction(() => {
          if (!detachEvent(state, id, event))
            throw new ApiError(404, 'unknown-event', `Event ${event} is not attached to case ${id}.`)
          noteCase(state, id, 'event-removed', request.principal!.actor, nowMs(), { event })
          request.audit('case.event-removed', `case:${id}`, { event })
          return caseOut(state, theCase(state, id))
        })
      }
    )

    app.post(
      '/api/cases/:id/files',
      {
        preHandler: guard('triage'),
        bodyLimit: fileBytesMax + 1024,
        schema: {
          summary: `Attach a file: the body, as application/octet-stream, is its content (${fileBytesMax >> 20} MiB at most)`,
          tags: ['cases'],
          params: caseParam,
          querystring: z.object({
            name: z
              .string()
              .trim()
              .min(1)
              .max(255)
              .regex(/^[^\x00-\x1f\x7f/\\]+$/, 'must be a file’s name, without its folder')
          }),
          response: { 200: caseFileReply }
        }
      },
      async request => {
        const { id } = theCase(state, request.params.id)
        checkRoom(id)
        if (!(request.body instanceof Readable))
          throw new ApiError(415, 'wrong-content-type', 'Send the file’s content as application/octet-stream.')
        const { sha256, bytes } = await keep(request.body)
        try {
          return state.transaction(() => {
            checkRoom(id, bytes)
            // Somebody has removed the same content from another case in this very moment.
            if (!existsSync(contentPath(evidenceFolder, sha256)))
              throw new ApiError(503, 'evidence-missing', 'The file was removed while it arrived: send it again.')
            const by = request.principal!.actor
            const file = addCaseFile(state, id, { name: request.query.name, bytes, sha256, addedMs: nowMs(), by })
            noteCase(state, id, 'file-attached', by, nowMs(), { file: file.id, name: file.name, bytes, sha256 })
            request.audit('case.file-attached', `case:${id}`, { file: file.id, name: file.name, bytes, sha256 })
            return caseFileOut(file)
          })
        } catch (error) {
          forgetContent(state, evidenceFolder, sha256)
          throw error
        }
      }
    )

    app.get(
      '/api/cases/:id/files/:file',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The content of an attached file',
          tags: ['cases'],
          params: caseParam.extend({ file: z.coerce.number().int().min(1) })
        }
      },
      async (request, reply) => {
        const { id, file: number } = request.params
        const file = caseFiles(state, theCase(state, id).id).find(each => each.id === number)
        if (file === undefined) throw unknownFile(id, number)
        if (!existsSync(contentPath(evidenceFolder, file.sha256)))
          throw new ApiError(410, 'evidence-missing', `The content of ${file.name} is gone from the data folder.`)
        // Evidence may be a virus or a page with scripts: it is never shown, always saved.
        return reply
          .type('application/octet-stream')
          .header('content-disposition', attachment(file.name))
          .header('content-length', file.bytes)
          .send(readContent(evidenceFolder, file))
      }
    )

    app.delete(
      '/api/cases/:id/files/:file',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Remove a file from a case; the history keeps its name and its SHA-256',
          tags: ['cases'],
          params: caseParam.extend({ file: z.coerce.number().int().min(1) }),
          response: { 200: caseReply }
        }
      },
      async request => {
        const { id, file: number } = request.params
        theCase(state, id)
        const removed = state.transaction(() => {
          const file = removeCaseFile(state, id, number)
          if (file === undefined) throw unknownFile(id, number)
          const detail = { file: file.id, name: file.name, bytes: file.bytes, sha256: file.sha256 }
          noteCase(state, id, 'file-removed', request.principal!.actor, nowMs(), detail)
          request.audit('case.file-removed', `case:${id}`, detail)
          return file
        })
        forgetContent(state, evidenceFolder, removed.sha256)
        return caseOut(state, theCase(state, id))
      }
    )

    app.post(
      '/api/cases/:id/export',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'The case as a signed archive (tar), which can be checked offline: picket case verify',
          tags: ['cases'],
          params: caseParam
        }
      },
      async (request, reply) => {
        const { id } = theCase(state, request.params.id)
        const by = request.principal!.actor
        const archive = await made(exportCase({ ...deps, key: key() }, id, by, nowMs()))
        state.transaction(() => {
          noteCase(state, id, 'exported', by, nowMs(), { signedWith: key().fingerprint })
          request.audit('case.exported', `case:${id}`, { signedWith: key().fingerprint })
        })
        return reply
          .type('application/x-tar')
          .header('content-disposition', attachment(archive.name))
          .send(Readable.from(archive.parts()))
      }
    )

    app.get(
      '/api/cases/key',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The public key that exports are signed with',
          tags: ['cases'],
          response: { 200: z.object({ pem: z.string(), fingerprint: z.string() }) }
        }
      },
      async () => ({ pem: key().publicPem, fingerprint: key().fingerprint })
    )
  }

  function checkRoom(id: number, more = 0): void {
    const files = caseFiles(state, id)
    const bytes = files.reduce((sum, file) => sum + file.bytes, more)
    if (files.length >= filesPerCaseMax || bytes > caseFileBytesMax)
      throw new ApiError(
        409,
        'too-many-files',
        `A case holds ${filesPerCaseMax} files and ${caseFileBytesMax >> 20} MiB at most.`
      )
  }

  async function keep(body: Readable): Promise<{ sha256: string; bytes: number }> {
    try {
      return await keepContent(evidenceFolder, body as AsyncIterable<Buffer>, fileBytesMax)
    } catch (error) {
      if (error instanceof PicketError && error.code === 'evidence-too-large')
        throw new ApiError(413, 'too-large', error.message)
      throw error
    }
  }
}

/** What is wrong with the evidence is told, not hidden as an error of Picket's. */
async function made<T>(exporting: Promise<T>): Promise<T> {
  try {
    return await exporting
  } catch (error) {
    if (error instanceof PicketError && error.code === 'evidence-damaged')
      throw new ApiError(409, error.code, error.message)
    throw error
  }
}

function unknownFile(id: number, file: number): ApiError {
  return new ApiError(404, 'unknown-file', `Case ${id} has no file ${file}.`)
}

/** RFC 6266, with RFC 8187 for names beyond ASCII. */
function attachment(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9 ._()-]/g, '_')
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`
}
