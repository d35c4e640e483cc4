/** Programs and their logs. */

import { fieldTable, type Meaning } from './meaning.ts'

/** Logs of applications: lines and JSON that say what happened in words. */
const applicationLogs =
  'event.module:(app_log or logfmt or gelf or docker or ndjson or otlp or apache_tomcat) or ' +
  'event.dataset:(kubernetes.container_logs or unknown or system.syslog)'

const application = (product: string): Meaning => ({
  when: { product, category: 'application' },
  about: 'Logs of applications, containers and syslog',
  route: applicationLogs
})

const service = (name: string, module: string, about: string): Meaning => ({
  when: { service: name },
  about,
  route: `event.module:${module}`
})

export const applications: readonly Meaning[] = [
  ...['django', 'jvm', 'nodejs', 'python', 'ruby_on_rails', 'spring', 'sql', 'velocity'].map(application),
  ...[{ category: 'antivirus' }, { product: 'antivirus' }].map(
    (when): Meaning => ({
      when,
      about: 'ClamAV and Microsoft Defender',
      route: 'event.module:clamav or winlog.channel:"Microsoft-Windows-Windows Defender/Operational"',
      fields: fieldTable(`
      Signature rule.name threat.indicator.name clamav.signature
      Filename  file.path winlog.event_data.Path
      Action    event.action winlog.event_data.Action_Name
    `)
    })
  ),
  {
    when: { category: 'database' },
    about: 'PostgreSQL, MySQL, MongoDB, Redis',
    route: 'event.module:(postgresql or mysql or mongodb or redis)'
  },
  {
    when: { product: 'apache', service: 'access' },
    about: 'Apache: access log',
    route: 'event.dataset:apache.access'
  },
  { when: { product: 'apache', service: 'error' }, about: 'Apache: error log', route: 'event.dataset:apache.error' },
  { when: { product: 'modsecurity' }, about: 'ModSecurity', route: 'event.module:modsecurity' },
  service('apache', 'apache', 'Apache: access and error log'),
  service('nginx', '(nginx or nginx_ingress_controller)', 'nginx: access and error log'),
  { when: { product: 'apache' }, about: 'Apache: access and error log', route: 'event.module:apache' },
  {
    when: { product: 'nginx' },
    about: 'nginx: access and error log',
    route: 'event.module:(nginx or nginx_ingress_controller)'
  }
]
