/**
 * The embedded ClickHouse as a supervised child: started with a configuration and passwords of our own, on loopback, restarted with
 * backoff when it dies, its words captured into our log. Everything else speaks to it as to any ClickHouse, by URL.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PicketError } from '../core/errors.ts'

export type StoreAccess = {
  readonly url: string
  readonly database: string
  /** May do everything in our database. */
  readonly writer: { readonly user: string; readonly password: string }
  /** May read our database's tables, and nothing else. */
  readonly reader: { readonly user: string; readonly password: string }
  /** May do what the reader may, and change no setting. Where there is none, the reader is asked to be as strict. */
  readonly guest?: { readonly user: string; readonly password: string }
}

export type EngineLog = { info(fields: object, message: string): void; warn(fields: object, message: string): void }

export type EngineOptions = {
  /** Holds the engine's data, its configuration and its passwords (readable by the owner only). */
  readonly folder: string
  /** A limit on the engine's memory, in bytes. */
  readonly memoryBytesMax: number
  /** Inserts are refused, with an error that is retried, while less than this is free on the disk. */
  readonly freeDiskBytesMin: number
  readonly log: EngineLog
}

export type Engine = {
  readonly access: StoreAccess
  readonly pid: () => number | undefined
  readonly restarts: () => number
  close(): Promise<void>
}

export const database = 'picket'

/** The path of the engine's library for this platform. Throws `engine-missing`, saying what to do. */
export function engineLibrary(): string {
  const require = createRequire(import.meta.url)
  const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`
  try {
    return join(require.resolve(`@chdb/lib-${platform}/package.json`), '..', 'libchdb.so')
  } catch (cause) {
    throw new PicketError(
      'engine-missing',
      `The embedded ClickHouse for ${platform} is not installed. Run \`npm ci\` without --omit=optional, ` +
        'or set storage.engine.url in picket.yaml to a ClickHouse server.',
      { cause }
    )
  }
}

/** Starts the engine and waits until it answers. Throws `engine-missing`, `engine-start`. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const library = engineLibrary()
  mkdirSync(join(options.folder, 'data'), { recursive: true, mode: 0o700 })
  const secrets = readSecrets(join(options.folder, 'secrets.json'))
  const configFile = join(options.folder, 'config.xml')
  const usersFile = join(options.folder, 'users.xml')
  writeFileSync(usersFile, users(options, secrets), { mode: 0o600 })
  writeFileSync(configFile, configuration(options, usersFile), { mode: 0o600 })
  const httpPort = await freePort()
  const access: StoreAccess = {
    url: `http://127.0.0.1:${httpPort}`,
    database,
    writer: { user: 'picket', password: secrets.writer },
    reader: { user: 'picket_reader', password: secrets.reader },
    guest: { user: 'picket_guest', password: secrets.guest }
  }
  let child: ChildProcess | undefined
  let closing = false
  let restarts = 0
  /** Restarts in short order, and when the last start was (on a clock that cannot be set). */
  let hasty = 0
  let startedAtMs = 0
  let timer: NodeJS.Timeout | undefined

  const start = (): void => {
    startedAtMs = performance.now()
    const own = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('engine-child.ts', import.meta.url)),
        library,
        join(options.folder, 'data'),
        String(httpPort),
        configFile
      ],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', HOME: options.folder, TZ: 'UTC' },
        cwd: options.folder,
        // Ctrl-C in a terminal is for us: what is in work is still to be inserted. The child ends when its standard input does.
        detached: true
      }
    )
    child = own
    own.stdin?.on('error', () => {})
    for (const stream of [own.stdout, own.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n'))
          if (line.trim() !== '') options.log.warn({ component: 'engine' }, line.slice(0, 2000))
      })
    }
    own.on('error', error =>
      options.log.warn({ component: 'engine', error: error.message }, 'the engine could not be started')
    )
    own.on('exit', (code, signal) => {
      if (closing) return
      // A run of ten seconds or more is a fresh start; shorter ones back off: 0.1 s, 0.2 s, 0.4 s … 10 s.
      if (performance.now() - startedAtMs > 10_000) hasty = 0
      const delayMs = Math.min(10_000, 100 * 2 ** Math.min(hasty, 7))
      hasty++
      restarts++
      options.log.warn(
        { component: 'engine', code, signal, delayMs },
        'the engine ended unexpectedly and is started again'
      )
      timer = setTimeout(start, delayMs)
    })
  }

  start()
  const deadlineMs = performance.now() + 60_000
  while (!(await answers(access))) {
    if (restarts >= 3 || performance.now() > deadlineMs) {
      closing = true
      clearTimeout(timer)
      child?.kill('SIGKILL')
      throw new PicketError(
        'engine-start',
        `The embedded ClickHouse does not start (see the log above; its data is in ${options.folder}).`
      )
    }
    await new Promise(resolve => setTimeout(resolve, 15))
  }
  return {
    access,
    pid: () => child?.pid,
    restarts: () => restarts,
    async close() {
      closing = true
      clearTimeout(timer)
      const own = child
      if (own === undefined || own.exitCode !== null || own.signalCode !== null) return
      const gone = new Promise(resolve => own.once('exit', resolve))
      own.stdin?.end()
      const kill = setTimeout(() => own.kill('SIGKILL'), 5_000)
      await gone
      clearTimeout(kill)
    }
  }
}

async function answers(access: StoreAccess): Promise<boolean> {
  try {
    const response = await fetch(`${access.url}/?query=SELECT%201`, {
      headers: { 'X-ClickHouse-User': access.writer.user, 'X-ClickHouse-Key': access.writer.password },
      signal: AbortSignal.timeout(2_000)
    })
    return response.ok && (await response.text()).trim() === '1'
  } catch {
    return false
  }
}

type Secrets = { readonly writer: string; readonly reader: string; readonly guest: string }

function readSecrets(file: string): Secrets {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {}
  const secret = (): string => randomBytes(24).toString('hex')
  const secrets: Secrets = { writer: secret(), reader: secret(), guest: secret(), ...known }
  if (known.guest === undefined) writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function configuration(options: EngineOptions, usersFile: string): string {
  return `<clickhouse>
  <logger><level>warning</level><console>0</console></logger>
  <users_config>${usersFile}</users_config>
  <max_server_memory_usage>${options.memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <index_mark_cache_size>33554432</index_mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>8</background_schedule_pool_size>
  <max_connections>256</max_connections>
  <max_concurrent_queries>64</max_concurrent_queries>
  <listen_host>127.0.0.1</listen_host>
  <merge_tree>
    <min_free_disk_bytes_to_perform_insert>${options.freeDiskBytesMin}</min_free_disk_bytes_to_perform_insert>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`
}

/** The engine's own start needs a passwordless user `default`: it may do nothing but listen. */
function users(options: EngineOptions, secrets: Secrets): string {
  const user = (name: string, password: string, inside: string): string =>
    `<${name}><password_sha256_hex>${sha256(password)}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks><quota>default</quota>${inside}</${name}>`
  return `<clickhouse>
  <profiles>
    <default><max_memory_usage>${Math.floor(options.memoryBytesMax * 0.8)}</max_memory_usage></default>
    <writer><max_memory_usage>${Math.floor(options.memoryBytesMax * 0.8)}</max_memory_usage></writer>
    <reader>
      <readonly>2</readonly>
      <max_memory_usage>${Math.floor(options.memoryBytesMax * 0.5)}</max_memory_usage>
      <max_execution_time>60</max_execution_time>
    </reader>
    <guest>
      <readonly>1</readonly>
      <max_memory_usage>${Math.floor(options.memoryBytesMax * 0.5)}</max_memory_usage>
      <max_execution_time>60</max_execution_time>
      <max_threads>2</max_threads>
      <output_format_json_quote_64bit_integers>1</output_format_json_quote_64bit_integers>
    </guest>
  </profiles>
  <quotas><default></default></quotas>
  <users>
    <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants></default>
    ${user('picket', secrets.writer, '<profile>writer</profile><access_management>1</access_management>')}
    ${user('picket_reader', secrets.reader, `<profile>reader</profile><grants><query>GRANT SELECT ON ${database}.*</query></grants>`)}
    ${user('picket_guest', secrets.guest, `<profile>guest</profile><grants><query>GRANT SELECT ON ${database}.*</query></grants>`)}
  </users>
</clickhouse>
`
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
