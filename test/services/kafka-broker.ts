/**
 * A real Apache Kafka broker for tests: its jars come from Maven Central (by `mvn`, kept in `~/.cache/picket-test`), it runs alone in KRaft
 * mode on loopback with its storage in a temporary folder, and can be stopped, killed and started again.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/testing/free-port.ts'

const kafkaVersion = '4.3.1'
const cacheFolder = join(homedir(), '.cache', 'picket-test')
const jarsFolder = join(cacheFolder, `kafka-${kafkaVersion}`)

export type BrokerOptions = {
  /** Clients must log in as these users: by PLAIN and by SCRAM-SHA-512. */
  readonly users?: Readonly<Record<string, string>>
  /** Clients must speak TLS: PEM texts; the key in PKCS #8. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Further lines of `server.properties`. */
  readonly properties?: Readonly<Record<string, string | number>>
}

export type KafkaBroker = {
  /** `127.0.0.1:PORT`: the same after it was started again. */
  readonly address: string
  readonly port: number
  /** Starts it again after `stop` or `kill`; resolves when it answers. */
  start(): Promise<void>
  /** An orderly end. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Kills it if it runs, and removes its storage. */
  remove(): Promise<void>
  /** What it said last, for error messages. */
  log(): string
}

/** Why there can be no broker here, or false. Fetches the jars if they are not there yet: a minute the first time. */
export function whyNoKafka(): string | false {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const version = /version "(\d+)/.exec(java.stderr ?? '')?.[1]
  if (java.status !== 0 || version === undefined) return 'no Java is installed'
  if (Number(version) < 17) return `Kafka needs Java 17, and this is ${version}`
  if (existsSync(jarsFolder)) return false
  if (spawnSync('mvn', ['-v']).status !== 0) return "no Maven is installed, and Kafka's jars are not there"
  mkdirSync(cacheFolder, { recursive: true })
  const folder = mkdtempSync(join(cacheFolder, 'fetching-'))
  try {
    writeFileSync(
      join(folder, 'pom.xml'),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>picket</groupId><artifactId>kafka</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version>
</dependency></dependencies></project>`
    )
    const got = spawnSync(
      'mvn',
      [
        '-q',
        '-B',
        `-Dmaven.repo.local=${join(folder, 'm2')}`,
        'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(folder, 'jars')}`
      ],
      { cwd: folder, encoding: 'utf8', timeout: 300_000 }
    )
    if (got.status !== 0) return `Kafka's jars cannot be had: ${(got.stdout + got.stderr).slice(0, 300)}`
    try {
      renameSync(join(folder, 'jars'), jarsFolder)
    } catch (error) {
      // Somebody else was faster.
      if (!existsSync(jarsFolder)) throw error
    }
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A broker that answers. Topics are not made by asking for them. Have `whyNoKafka` asked before. */
export async function startKafka(options: BrokerOptions = {}): Promise<KafkaBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-kafka-'))
  const [port, controllerPort] = await Promise.all([freePort(), freePort()])
  const propertiesFile = join(folder, 'server.properties')
  const logFile = join(folder, 'broker.log')
  writeFileSync(propertiesFile, properties(options, folder, port, controllerPort))
  writeFileSync(
    join(folder, 'log4j2.yaml'),
    `Configuration:
  Appenders:
    Console: { name: C, PatternLayout: { pattern: '%d %p %c{1} %m%n' } }
  Loggers:
    Root: { level: WARN, AppenderRef: [{ ref: C }] }
`
  )
  const java = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`,
    '-cp',
    join(jarsFolder, '*')
  ]
  const scram = Object.entries(options.users ?? {}).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`
  ])
  execFileSync(
    'java',
    [
      ...java,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      'cGlja2V0LXRlc3QtMDEwMg',
      '-c',
      propertiesFile,
      '--standalone',
      ...scram
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 }
  )
  let child: ChildProcess | undefined
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-3000) : '')

  const start = async (): Promise<void> => {
    const out = openSync(logFile, 'a')
    const started = spawn('java', [...java, 'kafka.Kafka', propertiesFile], { stdio: ['ignore', out, out] })
    child = started
    const endMs = performance.now() + 60_000
    while (!(await answers(port))) {
      if (started.exitCode !== null || performance.now() > endMs) throw new Error(`the broker did not start: ${log()}`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null) return
    const gone = new Promise(resolve => ending.once('exit', resolve))
    ending.kill(signal)
    const late = setTimeout(() => ending.kill('SIGKILL'), 30_000)
    await gone
    clearTimeout(late)
  }
  const lastResort = (): void => void child?.kill('SIGKILL')
  process.once('exit', lastResort)

  try {
    await start()
  } catch (error) {
    await end('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    address: `127.0.0.1:${port}`,
    port,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async remove() {
      await end('SIGKILL')
      process.removeListener('exit', lastResort)
      rmSync(folder, { recursive: true, force: true })
    },
    log
  }
}

function properties(options: BrokerOptions, folder: string, port: number, controllerPort: number): string {
  const { users, tls } = options
  const protocol = users === undefined ? (tls ? 'SSL' : 'PLAINTEXT') : tls ? 'SASL_SSL' : 'SASL_PLAINTEXT'
  const logins = Object.entries(users ?? {}).map(([name, password]) => `user_${name}="${password}"`)
  const jaas = 'listener.name.clients'
  const one = (pem: string): string => pem.trim().replaceAll('\n', '\\n')
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'listener.security.protocol.map': `CLIENTS:${protocol},CONTROLLER:PLAINTEXT`,
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'log.retention.check.interval.ms': 1000,
    'log.initial.task.delay.ms': 500,
    ...(users === undefined
      ? {}
      : {
          'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
          'sasl.mechanism.inter.broker.protocol': 'PLAIN',
          [`${jaas}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required username="${Object.keys(users)[0]}" password="${Object.values(users)[0]}" ${logins.join(' ')};`,
          [`${jaas}.scram-sha-512.sasl.jaas.config`]:
            'org.apache.kafka.common.security.scram.ScramLoginModule required;'
        }),
    ...(tls === undefined
      ? {}
      : {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.certificate.chain': one(tls.cert),
          'ssl.keystore.key': one(tls.key),
          'ssl.truststore.type': 'PEM',
          'ssl.truststore.certificates': one(tls.cert)
        }),
    ...options.properties
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
