/** What is said over a connection, and what those who hear it write down: names resolved, TLS, requests, sessions of SSH. */

import type { Server, Site } from './cast.ts'
import { type Connection, eveHead, play } from './connection.ts'
import type { Stage } from './stage.ts'
import { toBind, toMicros, toNginx } from './stamps.ts'

/** A name is asked for, and answered, before it is spoken with. Returns when the answer is there. */
export function resolve(stage: Stage, client: string, name: string, ip: string, atMs: number, type = 'A'): number {
  const { random } = stage
  const answeredMs = atMs + 2 + random.below(40_000) / 1000
  if (stage.wants('dns'))
    stage.say(
      atMs,
      'dns',
      `${toBind(atMs)} queries: info: client @0x7f2a1c0a2b48 ${client}#${stage.port()} (${name}): query: ${name} IN ${type} +E(0)K (10.20.2.2)`
    )
  if (!stage.wants('eve')) return answeredMs
  const connection: Connection = {
    startMs: atMs,
    durationMs: answeredMs - atMs,
    client,
    clientPort: stage.port(),
    server: stage.cast.servers.directory.ip,
    serverPort: 53,
    protocol: 'UDP',
    sent: 62 + name.length,
    received: 90 + 2 * name.length,
    app: 'dns'
  }
  const flowId = stage.flowId()
  const id = random.below(65_536)
  stage.say(
    atMs,
    'eve',
    `${eveHead(connection, flowId, atMs, 'dns')},"dns":{"type":"query","id":${id},"rrname":"${name}","rrtype":"${type}","tx_id":0,"opcode":0}}`
  )
  const answers = type === 'A' ? `,"answers":[{"rrname":"${name}","rrtype":"A","ttl":300,"rdata":"${ip}"}]` : ''
  stage.say(
    answeredMs,
    'eve',
    `${eveHead(connection, flowId, answeredMs, 'dns')},"dns":{"version":2,"type":"answer","id":${id},"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"${name}","rrtype":"${type}","rcode":"NOERROR"${answers}}}`
  )
  play(stage, { ...connection, flowId })
  return answeredMs
}

/** A TLS connection to a site, with what Suricata says of it. */
export function speakTls(stage: Stage, connection: Connection, site: Site): void {
  const flowId = stage.flowId()
  if (stage.wants('eve')) {
    const atMs = connection.startMs + 12 + stage.random.below(60_000) / 1000
    const isWeb = connection.serverPort === 443
    stage.say(
      atMs,
      'eve',
      `${eveHead(connection, flowId, atMs, 'tls')},"tls":{"subject":"CN=${site.name}","issuerdn":"${site.issuer}","fingerprint":"${site.fingerprint}","sni":"${site.name}","version":"TLS 1.2","notbefore":"2026-09-01T00:00:00","notafter":"2026-12-01T00:00:00","ja3":{"hash":"${isWeb ? 'cd08e31494f9531f560d64c695473da9' : '6734f37431670b3ab4292b8f60f29984'}"},"ja3s":{"hash":"15af977ce25de452b96affa2addb1036"}}}`
    )
  }
  play(stage, { ...connection, app: 'tls', flowId })
}

export function nginxLine(
  stage: Stage,
  atMs: number,
  client: string,
  method: string,
  path: string,
  status: number,
  bytes: number,
  referrer: string,
  agent: string
): void {
  if (stage.wants('nginx'))
    stage.say(
      atMs,
      'nginx',
      `${client} - - [${toNginx(atMs)}] "${method} ${path} HTTP/1.1" ${status} ${bytes} "${referrer}" "${agent}"`
    )
}

export const syslogLine = (stage: Stage, atMs: number, server: Server, program: string, text: string): void =>
  stage.say(atMs, 'syslog', `${toMicros(atMs)}+00:00 ${server.name} ${program}: ${text}`)

export function sudo(stage: Stage, atMs: number, server: Server, user: string, command: string): void {
  if (!stage.wants('syslog')) return
  syslogLine(stage, atMs, server, 'sudo', `${user} : TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=${command}`)
}

export type SshSession = {
  readonly server: Server
  readonly client: string
  readonly user: string
  readonly by: 'publickey' | 'password'
  readonly startMs: number
  readonly durationMs: number
}

export function sshSession(stage: Stage, session: SshSession): void {
  const { server, client, user, by, startMs, durationMs } = session
  const clientPort = stage.port()
  const connection: Connection = {
    startMs,
    durationMs,
    client,
    clientPort,
    server: server.ip,
    serverPort: 22,
    protocol: 'TCP',
    sent: stage.size(9_000),
    received: stage.size(30_000),
    app: 'ssh',
    flowId: stage.flowId()
  }
  if (stage.wants('eve')) {
    const atMs = startMs + 40
    stage.say(
      atMs,
      'eve',
      `${eveHead(connection, connection.flowId!, atMs, 'ssh')},"ssh":{"client":{"proto_version":"2.0","software_version":"OpenSSH_9.9"},"server":{"proto_version":"2.0","software_version":"OpenSSH_9.2p1"}}}`
    )
  }
  play(stage, connection)
  if (!stage.wants('syslog')) return
  const program = `sshd[${stage.processId()}]`
  const how = by === 'publickey' ? ': ED25519 SHA256:1Vb9xS0mJ0uYkPq3r7cN5w8ZtL2hF4gD6aE1iKoMnQs' : ''
  syslogLine(
    stage,
    startMs + 300,
    server,
    program,
    `Accepted ${by} for ${user} from ${client} port ${clientPort} ssh2${how}`
  )
  syslogLine(
    stage,
    startMs + 320,
    server,
    program,
    `pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)`
  )
  const endMs = startMs + durationMs
  syslogLine(stage, endMs, server, program, `pam_unix(sshd:session): session closed for user ${user}`)
}

export function sshFailure(stage: Stage, atMs: number, server: Server, client: string, user: string): void {
  const clientPort = stage.port()
  play(stage, {
    startMs: atMs,
    durationMs: 1_800,
    client,
    clientPort,
    server: server.ip,
    serverPort: 22,
    protocol: 'TCP',
    sent: 2_200,
    received: 2_600,
    app: 'ssh'
  })
  if (stage.wants('syslog'))
    syslogLine(
      stage,
      atMs + 900,
      server,
      `sshd[${stage.processId()}]`,
      `Failed password for ${user} from ${client} port ${clientPort} ssh2`
    )
}
