/** `picket doctor`, the configuration: is it valid, can its port be had, can its files be read? */

import { accessSync, constants, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { messageOf } from '../../core/errors.ts'
import { allParsers } from '../../parsers/index.ts'
import { type Config, defaultConfig, loadConfig, loadEnvironment, printDiagnostics } from '../../platform/config.ts'
import { dataPaths } from '../../platform/paths.ts'
import type { ServerFile } from '../../platform/server-file.ts'
import { readTls } from '../../platform/tls.ts'
import { type Finding, ok, problem, type Surroundings, warning } from './finding.ts'

/** The configuration in force (the defaults where the file is broken), and what is to be said about it. */
export function checkConfig(folder: string, file?: string): { config: Config; finding: Finding } {
  const name = 'configuration'
  const path = file ?? dataPaths(folder).configFile
  try {
    loadEnvironment(folder)
  } catch (error) {
    const finding = problem(
      name,
      `the file .env in ${folder} cannot be read: ${messageOf(error)}`,
      'correct or remove it'
    )
    return { config: defaultConfig(), finding }
  }
  if (file === undefined && !existsSync(path))
    return { config: defaultConfig(), finding: ok(name, `there is no ${path}: the defaults hold`) }
  const loaded = loadConfig(path, { formats: allParsers().map(parser => parser.name) })
  if (loaded.ok) return { config: loaded.config, finding: ok(name, path) }
  const lines: string[] = []
  printDiagnostics(loaded.diagnostics.slice(0, 5), line => void lines.push(line.trimEnd()))
  const more = loaded.diagnostics.length > 5 ? `\n… and ${loaded.diagnostics.length - 5} more` : ''
  const next = 'correct these lines (docs/configuration.md); the other checks take the defaults'
  return { config: defaultConfig(), finding: problem(name, lines.join('\n') + more, next) }
}

export async function checkPort(config: Config, server: ServerFile | undefined): Promise<Finding> {
  const name = 'port'
  const { host, port } = config.server
  if (port === 0) return ok(name, 'any free one is taken (server.port is 0)')
  if (server !== undefined && portOf(server.url) === port) return ok(name, `${port} is held by our server`)
  const error = await tryListen(host, port)
  switch (error?.code) {
    case undefined:
      return ok(name, `${host}:${port} is free`)
    case 'EADDRINUSE':
      return problem(
        name,
        `${host}:${port} is taken by another program`,
        `find it (ss -ltnp 'sport = :${port}' or lsof -i :${port}), or choose another server.port`
      )
    case 'EACCES':
      return problem(
        name,
        `this user may not listen on ${host}:${port}`,
        'choose a server.port of 1024 or more and put a proxy before it, or give the unit AmbientCapabilities=CAP_NET_BIND_SERVICE'
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return problem(
        name,
        `${host} is no address of this machine`,
        'set server.host to one of `ip address`, or to 127.0.0.1'
      )
    default:
      return problem(
        name,
        `cannot listen on ${host}:${port}: ${messageOf(error)}`,
        'choose another server.host or server.port'
      )
  }
}

export function checkTls(config: Config): Finding[] {
  const { tls, host, publicUrl } = config.server
  const name = 'TLS'
  if (tls !== undefined) {
    try {
      readTls({ certFile: tls.cert, keyFile: tls.key })
      return [ok(name, tls.cert)]
    } catch (error) {
      return [problem(name, messageOf(error), 'correct server.tls.cert and server.tls.key, or their permissions')]
    }
  }
  const own = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (own || publicUrl?.startsWith('https:')) return []
  return [
    warning(
      name,
      `server.host is ${host} without TLS: passwords and logs cross the network in the open`,
      'set server.tls, or listen on 127.0.0.1 behind a proxy that speaks TLS'
    )
  ]
}

/** Files that a source names and this user may not read. Patterns and files that are not there yet are passed over. */
export function checkSources(config: Config): Finding[] {
  return config.sources.flatMap(source =>
    source.type !== 'files'
      ? []
      : source.paths.flatMap(path => {
          const name = `source ${source.name}`
          const code = readable(path)
          if (/[*?[{]/.test(path) || code === undefined) return []
          if (code === 'ENOENT')
            return [warning(name, `${path} does not exist (yet)`, 'if it is mistyped, correct it in picket.yaml')]
          return [
            problem(
              name,
              `this user may not read ${path} (${code})`,
              'add the user to the group that may (adm for most of /var/log), or use setfacl'
            )
          ]
        })
  )
}

function readable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

function tryListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen(port, host, () => probe.close(() => resolve(undefined)))
  })
}

export function checkSettings({ config, server }: Pick<Surroundings, 'config' | 'server'>): Promise<Finding[]> {
  return checkPort(config, server).then(port => [port, ...checkTls(config), ...checkSources(config)])
}
