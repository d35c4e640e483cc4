/** What people and machines do on an ordinary day. Each activity writes all lines that would be written of it, and only those wanted. */

import type { Person, Server, Site } from './cast.ts'
import { domain } from './cast.ts'
import { cloudCall, consoleLogin } from './cloud.ts'
import { type Connection, eveHead, play } from './connection.ts'
import type { ShapeName } from './line.ts'
import { ordinaryMail } from './mails.ts'
import { processStarted, type Started } from './processes.ts'
import type { Stage } from './stage.ts'
import { toBind, toMicros, toNginx } from './stamps.ts'

type Activity = {
  /** How often, beside the others. */
  readonly weight: number
  /** What may be written of it. */
  readonly shapes: readonly ShapeName[]
  readonly begin: (stage: Stage, atMs: number) => void
}

const network = ['eve', 'vpc-flow-v2', 'vpc-flow-v5'] as const

export const activities: readonly Activity[] = [
  { weight: 50, shapes: ['eve', 'dns'], begin: browse },
  { weight: 30, shapes: [...network, 'nginx'], begin: visit },
  { weight: 14, shapes: [...network], begin: useFiles },
  { weight: 8, shapes: [...network], begin: askDatabase },
  { weight: 1, shapes: [...network, 'syslog'], begin: administer },
  { weight: 12, shapes: ['windows'], begin: startProgram },
  { weight: 8, shapes: ['cloudtrail'], begin: useCloud },
  { weight: 1.5, shapes: ['mail'], begin: ordinaryMail },
  { weight: 5, shapes: [...network], begin: knock }
]

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

function browse(stage: Stage, atMs: number): void {
  const { random } = stage
  const person = random.pick(stage.cast.people)
  let nowMs = atMs
  // A page of a site, and what it brings along from others.
  for (let more = random.between(1, 4); more > 0; more--) {
    const site = stage.skewed(stage.cast.sites)
    const startMs = resolve(stage, person.ip, site.name, site.ip, nowMs)
    const connection: Connection = {
      startMs,
      durationMs: stage.size(8_000),
      client: person.ip,
      clientPort: stage.port(),
      server: site.ip,
      serverPort: 443,
      protocol: random.chance(0.2) ? 'UDP' : 'TCP',
      sent: stage.size(2_500),
      received: stage.size(site.bytes)
    }
    if (connection.protocol === 'TCP') speakTls(stage, connection, site)
    else play(stage, { ...connection, app: 'quic' })
    nowMs += 20 + random.below(900)
  }
}

const pages = ['/', '/', '/prices', '/about', '/blog/', '/contact', '/login', '/shop', '/shop/cart', '/search?q=rope']
const parts = ['/static/site.css', '/static/site.js', '/static/logo.svg', '/favicon.ico', '/api/stock']

function visit(stage: Stage, atMs: number): void {
  const { random } = stage
  const visitor = stage.skewed(stage.cast.visitors)
  const requests = random.between(1, 6)
  let nowMs = atMs
  let sent = 0
  let received = 0
  const about = { client: visitor.ip, clientPort: stage.port() }
  for (let n = 0; n < requests; n++) {
    const path = n === 0 ? random.pick(pages) : random.pick(parts)
    const status = random.chance(0.96) ? 200 : random.chance(0.6) ? 404 : 304
    const bytes = status === 200 ? stage.size(9_000) : status === 404 ? 548 : 0
    nginxLine(
      stage,
      nowMs,
      visitor.ip,
      'GET',
      path,
      status,
      bytes,
      n === 0 ? '-' : `https://www.${domain}/`,
      visitor.agent
    )
    sent += 420 + path.length
    received += bytes + 300
    nowMs += 30 + random.below(400)
  }
  const web: Server = stage.cast.servers.web
  const connection: Connection = {
    startMs: atMs,
    durationMs: nowMs - atMs + 5_000,
    ...about,
    server: web.ip,
    serverPort: 443,
    protocol: 'TCP',
    sent,
    received
  }
  const site: Site = {
    name: `www.${domain}`,
    ip: web.ip,
    bytes: 0,
    issuer: "C=US, O=Let's Encrypt, CN=R12",
    fingerprint: '5d:0b:6a:3c:11:f0:9e:77:44:c2:38:1a:90:ee:4f:0d:2b:61:7a:c3'
  }
  speakTls(stage, connection, site)
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

function useFiles(stage: Stage, atMs: number): void {
  const person = stage.random.pick(stage.cast.people)
  play(stage, {
    startMs: atMs,
    durationMs: stage.size(40_000),
    client: person.ip,
    clientPort: stage.port(),
    server: stage.cast.servers.files.ip,
    serverPort: 445,
    protocol: 'TCP',
    sent: stage.size(20_000),
    received: stage.size(90_000),
    app: 'smb'
  })
}

function askDatabase(stage: Stage, atMs: number): void {
  play(stage, {
    startMs: atMs,
    durationMs: stage.size(3_000),
    client: stage.cast.servers.web.ip,
    clientPort: stage.port(),
    server: stage.cast.servers.database.ip,
    serverPort: 5432,
    protocol: 'TCP',
    sent: stage.size(2_000),
    received: stage.size(12_000),
    app: 'pgsql'
  })
}

/** The internet's noise: somebody tries a port, and a filter stops it. */
function knock(stage: Stage, atMs: number): void {
  const { random } = stage
  play(stage, {
    startMs: atMs,
    durationMs: 10,
    client: `${random.pick([45, 89, 141, 162, 193])}.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`,
    clientPort: stage.port(),
    server: random.chance(0.5) ? stage.cast.servers.web.ip : stage.cast.servers.build.ip,
    serverPort: random.pick([22, 23, 2323, 3389, 5900, 6379, 8080, 8443]),
    protocol: 'TCP',
    sent: 60,
    received: 0,
    refused: 'filter'
  })
}

/** A developer signs in on a server, does something as root, and leaves. */
function administer(stage: Stage, atMs: number): void {
  const { random } = stage
  const person = random.pick(stage.cast.people.filter(({ developer }) => developer))
  const server = random.pick([stage.cast.servers.build, stage.cast.servers.web])
  const durationMs = stage.size(400_000)
  sshSession(stage, { server, client: person.ip, user: person.name, by: 'publickey', startMs: atMs, durationMs })
  const commands = [
    '/usr/bin/systemctl restart nginx',
    '/usr/bin/apt-get update',
    '/usr/bin/journalctl -u nginx',
    '/usr/bin/tail -f /var/log/syslog'
  ]
  for (let n = random.between(0, 2); n > 0; n--)
    sudo(stage, atMs + random.below(Math.max(1, durationMs)), server, person.name, random.pick(commands))
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

const programs: readonly (Omit<Started, 'person'> & { readonly weight: number })[] = [
  {
    weight: 10,
    image: 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    parent: 'C:\\Windows\\explorer.exe',
    command: '"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"'
  },
  {
    weight: 8,
    image: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE',
    parent: 'C:\\Windows\\explorer.exe',
    command:
      '"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE" /n "C:\\Users\\Public\\Documents\\offer.docx"'
  },
  {
    weight: 6,
    image: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE',
    parent: 'C:\\Windows\\explorer.exe',
    command: '"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE"'
  },
  {
    weight: 20,
    image: 'C:\\Windows\\System32\\svchost.exe',
    parent: 'C:\\Windows\\System32\\services.exe',
    command: 'C:\\Windows\\system32\\svchost.exe -k netsvcs -p'
  },
  {
    weight: 8,
    image: 'C:\\Windows\\System32\\backgroundTaskHost.exe',
    parent: 'C:\\Windows\\System32\\svchost.exe',
    command: '"C:\\Windows\\system32\\backgroundTaskHost.exe" -ServerName:App'
  },
  {
    weight: 5,
    image: 'C:\\Windows\\System32\\conhost.exe',
    parent: 'C:\\Windows\\System32\\cmd.exe',
    command: '\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1'
  },
  {
    weight: 2,
    image: 'C:\\Windows\\System32\\cmd.exe',
    parent: 'C:\\Windows\\explorer.exe',
    command: '"C:\\Windows\\system32\\cmd.exe"'
  }
]
const programChoices = programs.flatMap(program => new Array<typeof program>(program.weight).fill(program))

function startProgram(stage: Stage, atMs: number): void {
  const person: Person = stage.random.pick(stage.cast.people)
  const { image, parent, command } = stage.random.pick(programChoices)
  processStarted(stage, atMs, { person, image, parent, command })
}

const calls = [
  ['ec2.amazonaws.com', 'DescribeInstances'],
  ['ec2.amazonaws.com', 'DescribeSecurityGroups'],
  ['s3.amazonaws.com', 'ListBuckets'],
  ['s3.amazonaws.com', 'GetBucketLocation'],
  ['iam.amazonaws.com', 'ListUsers'],
  ['sts.amazonaws.com', 'GetCallerIdentity'],
  ['logs.amazonaws.com', 'DescribeLogGroups'],
  ['rds.amazonaws.com', 'DescribeDBInstances']
] as const

function useCloud(stage: Stage, atMs: number): void {
  const { random } = stage
  const person = random.pick(stage.cast.people.filter(({ developer }) => developer))
  // The office's own address on the internet.
  const from = '192.0.2.44'
  let nowMs = atMs
  if (random.chance(0.05)) consoleLogin(stage, nowMs, person.name, from, person.agent, true)
  for (let n = random.between(1, 8); n > 0; n--) {
    nowMs += 200 + random.below(3_000)
    const [source, name] = random.pick(calls)
    cloudCall(stage, nowMs, { user: person.name, from, source, name, readOnly: true })
  }
}
