/** What people and machines do on an ordinary day. Each activity writes all lines that would be written of it, and only those wanted. */

import { domain, type Person, type Server, type Site } from './cast.ts'
import { cloudCall, consoleLogin } from './cloud.ts'
import { type Connection, play } from './connection.ts'
import type { ShapeName } from './line.ts'
import { ordinaryMail } from './mails.ts'
import { processStarted, type Started } from './processes.ts'
import type { Stage } from './stage.ts'
import { nginxLine, resolve, speakTls, sshSession, sudo } from './talk.ts'

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
