/** The page: the built files of `web/dist`. They are public (the sign-in form is one of them) and hold no data. */

import { existsSync, statSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import { ApiError, type RoutePlugin } from './route.ts'

/** Paths that are never the page: an unknown one of these is an error, not the page. */
const notPages = ['/api/', '/healthz', '/readyz', '/metrics']

export function webFiles(folder: string): RoutePlugin {
  return async (app, guard) => {
    const root = resolve(folder)
    await app.register(fastifyStatic, { root, serve: false, dotfiles: 'ignore', index: false, suppressWarning: true })
    app.get<{ Params: { '*': string } }>(
      '/*',
      { preHandler: guard('public'), schema: { hide: true } as object },
      async (request, reply) => {
        const path = request.params['*']
        if (notPages.some(prefix => `/${path}`.startsWith(prefix)))
          throw new ApiError(404, 'unknown-route', 'There is no such route.')
        const file = isFileIn(root, path)
        // The build puts a hash of their content into the names below assets/.
        if (file && path.startsWith('assets/')) return reply.sendFile(path, { maxAge: '365d', immutable: true })
        if (file && path !== 'index.html') return reply.sendFile(path, { maxAge: 0 })
        if (/\.[a-z0-9]{1,8}$/i.test(path) && path !== 'index.html')
          throw new ApiError(404, 'unknown-file', 'There is no such file.')
        return page(root, reply)
      }
    )
  }
}

function isFileIn(root: string, path: string): boolean {
  if (path.includes('\0')) return false
  const file = resolve(root, path)
  return file.startsWith(root + sep) && statSync(file, { throwIfNoEntry: false })?.isFile() === true
}

/** Every other path is a view of the one page. */
function page(root: string, reply: FastifyReply): FastifyReply {
  if (existsSync(join(root, 'index.html')))
    return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false })
  return reply.code(503).type('text/html; charset=utf-8').send(notBuilt)
}

const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Picket</title>
<h1>Picket runs, but its page is not built</h1>
<p>Run <code>npm ci</code> in Picket's folder (or <code>node web/build.js</code>, where the development dependencies are installed), then reload.</p>
<p>The API works: <code>picket user add NAME --role admin</code> makes a user, <code>picket token create NAME --scope search</code> a token.</p>
</html>
`
