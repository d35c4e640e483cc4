/** Routes that bring records in: files dropped on the page, chunks from the CLI; records posted to an HTTP source are in `ingest.ts`. */

import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { decodeFrames } from '../pipeline/chunk-frames.ts'
import type { SourceConfig } from '../platform/config-schema.ts'
import { dataPaths } from '../platform/paths.ts'
import { importCapture, suricataChoices } from '../sources/capture/import-capture.ts'
import type { Picket } from '../wire.ts'
import { ingestRoute } from './ingest.ts'
import { readAll } from './read-body.ts'
import type { RoutePlugin } from './route.ts'

export type ImportDeps = {
  readonly picket: Pick<Picket, 'intake' | 'folder'>
  readonly nowMs: () => number
  readonly recordBytesMax: () => number
  readonly requestBytesMax: () => number
  readonly sources: () => readonly SourceConfig[]
}

const uploadBytesMax = 64 * 1024 ** 3
const runShape = z.string().regex(/^[0-9a-f]{16}$/)

export function importRoutes(deps: ImportDeps): RoutePlugin {
  const { picket, nowMs } = deps
  return (app, guard) => {
    // These bodies are read as streams by the routes themselves.
    for (const type of ['application/octet-stream', 'application/x-ndjson', 'text/plain']) {
      if (app.hasContentTypeParser(type)) app.removeContentTypeParser(type)
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
    }

    app.post(
      '/api/import',
      {
        preHandler: guard('ingest'),
        bodyLimit: uploadBytesMax,
        schema: {
          summary: 'Brings in a file of any format that Picket reads: the body is the file',
          tags: ['import'],
          querystring: z.object({
            name: z.string().min(1).max(1024),
            run: runShape.optional(),
            format: z.string().max(64).optional(),
            suricata: z
              .enum(suricataChoices)
              .default('auto')
              .describe('Suricata looks at packet captures, too: auto where it is installed')
          })
        }
      },
      async request => {
        const { name, format, suricata, run = randomBytes(8).toString('hex') } = request.query
        const folder = join(picket.folder, 'uploads')
        await mkdir(folder, { recursive: true, mode: 0o700 })
        const path = join(folder, randomBytes(8).toString('hex'))
        try {
          // An archive needs random access: the file lies on the disk while it is read.
          await pipeline(request.body as Readable, createWriteStream(path, { mode: 0o600 }))
          const { size } = await stat(path)
          const notes: string[] = []
          const accepted = await importCapture(
            { path: name === '-' ? 'upload' : name, raw: Buffer.from(path), sizeBytes: size, mtimeMs: undefined },
            {
              append: chunks => picket.intake.append(chunks),
              run,
              nowMs,
              format,
              recordBytesMax: deps.recordBytesMax(),
              suricata,
              sourcesFolder: dataPaths(picket.folder).sourcesFolder,
              temporaryFolder: folder,
              onNote: note => void notes.push(note)
            }
          )
          request.audit('import.file', name, { run, bytes: size, ...accepted })
          return { run, accepted, notes }
        } finally {
          await rm(path, { force: true })
        }
      }
    )

    app.post(
      '/api/intake',
      {
        preHandler: guard('ingest'),
        bodyLimit: 80 << 20,
        schema: {
          summary: 'Takes chunks as `picket import` makes them; answers when they are durable',
          tags: ['import']
        }
      },
      async request => {
        const chunks = decodeFrames(await readAll(request.body as Readable, 80 << 20))
        const receivedMs = nowMs()
        await picket.intake.append(chunks.map(({ headers, body }) => ({ headers: { ...headers, receivedMs }, body })))
        return { chunks: chunks.length }
      }
    )

    ingestRoute(app, guard, deps)
  }
}
