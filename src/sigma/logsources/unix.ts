/** Linux and macOS: processes and files as auditd, Sysmon for Linux, osquery and Falco tell of them, and what daemons write. */

import { fieldTable, type Meaning } from './meaning.ts'

const process = fieldTable(`
  Image             process.executable
  CommandLine       process.command_line process.title
  OriginalFileName  process.name
  CurrentDirectory  process.working_directory
  ProcessId         process.pid
  ParentImage       process.parent.executable
  ParentCommandLine process.parent.command_line
  ParentProcessId   process.parent.pid
  User              user.name winlog.event_data.User
  LogonId           winlog.event_data.LogonId auditd.session
  TargetFilename    file.path
  DestinationIp     destination.ip
  DestinationPort   destination.port
  DestinationHostname destination.domain
  SourceIp          source.ip
  SourcePort        source.port
  Protocol          network.transport
  Initiated         winlog.event_data.Initiated
  QueryName         dns.question.name
`)

/** What watches the processes of a Linux system. */
const linux = '(event.module:(auditd or sysmon_linux or osquery or falco) or host.os.type:linux)'
const macos = '(host.os.type:macos or host.os.family:darwin or host.os.platform:darwin)'

/** The same categories of both systems. */
function ofSystem(product: string, host: string, from: string): readonly Meaning[] {
  const category = (name: string, about: string, route: string): Meaning => ({
    when: { product, category: name },
    about: `${about}${from}`,
    route: `${route} and ${host}`,
    fields: process
  })
  return [
    category('process_creation', 'Processes that start', 'event.category:process and event.type:start'),
    category('file_event', 'Files that are made or changed', 'event.category:file and event.type:(creation or change)'),
    category('file_delete', 'Files that are deleted', 'event.category:file and event.type:deletion'),
    category(
      'network_connection',
      'Connections that a process makes',
      'event.category:network and process.executable:* and destination.ip:*'
    ),
    category('dns_query', 'Names that a process asks for', 'dns.question.name:* and process.executable:*')
  ]
}

const auditd = fieldTable(`
  type     auditd.log.record_type auditd.record_types
  SYSCALL  auditd.log.SYSCALL auditd.data.syscall auditd.log.syscall
  syscall  auditd.log.SYSCALL auditd.data.syscall auditd.log.syscall
  exe      process.executable
  comm     process.name
  name     auditd.paths.name file.path auditd.log.name
  nametype auditd.paths.nametype auditd.log.nametype
  path     file.path auditd.log.path
  euid     user.effective.id auditd.log.euid
  uid      user.id auditd.log.uid
  auid     user.audit.id auditd.log.auid
  acct     user.name user.effective.name
  addr     source.ip source.address
  res      event.outcome auditd.result
  cwd      process.working_directory
  proctitle process.title auditd.log.proctitle
${Array.from({ length: 16 }, (_, i) => `  a${i} auditd.log.a${i} process.args`).join('\n')}
`)

const daemon = (service: string, route: string, about: string): Meaning => ({
  when: { product: 'linux', service },
  about,
  route
})

export const unix: readonly Meaning[] = [
  ...ofSystem('linux', linux, ': auditd, Sysmon for Linux, osquery, agents'),
  ...ofSystem('macos', macos, ': osquery, agents'),
  {
    when: { product: 'linux', service: 'auditd' },
    about: 'auditd. The arguments a0, a1 … of an EXECVE record are looked for among all of `process.args`',
    route: 'event.module:auditd',
    fields: auditd,
    rest: field => [`auditd.log.${field}`]
  },
  {
    when: { product: 'linux', service: 'sudo' },
    about: 'sudo',
    route: 'process.name:sudo',
    fields: fieldTable(`
      USER    system.auth.sudo.user user.effective.name
      COMMAND system.auth.sudo.command process.command_line
      PWD     system.auth.sudo.pwd
      TTY     system.auth.sudo.tty
    `)
  },
  daemon('sshd', 'process.name:sshd or process.name:"sshd-session"', 'sshd'),
  daemon('cron', 'process.name:(cron or crond or CROND or CRON or anacron)', 'cron'),
  daemon('vsftpd', 'process.name:vsftpd', 'vsftpd'),
  daemon('guacamole', 'process.name:guacd', 'guacd'),
  daemon('clamav', 'event.module:clamav or process.name:(clamd or clamscan or freshclam or clamav-milter)', 'ClamAV'),
  daemon('auth', 'event.dataset:system.auth', 'The messages of authentication'),
  daemon('syslog', 'event.dataset:(system.syslog or system.auth)', 'Messages of syslog and the journal'),
  {
    when: { product: 'linux' },
    about: 'Messages of syslog and the journal, auditd, Sysmon for Linux',
    route: 'event.dataset:(system.syslog or system.auth or auditd.log or sysmon_linux.log)',
    fields: process
  },
  {
    when: { product: 'macos' },
    about: 'Anything of macOS',
    route: `${macos} or event.module:unifiedlogs`,
    fields: process
  }
]
