/** Syslog priorities as words: RFC 5424 section 6.2.1, named as the ECS fields `log.syslog.facility.name` and `severity.name` are in practice. */

/** Index: the facility's code, 0 to 23. */
export const facilities: readonly string[] = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'security',
  'console',
  'solaris-cron',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7'
]

/** Index: the severity's code, 0 to 7. */
export const severities: readonly string[] = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug'
]

/** Facilities 4 (auth), 10 (authpriv) and 13 (security, log audit) carry what people do to get in. */
export function isAuthFacility(code: number): boolean {
  return code === 4 || code === 10 || code === 13
}
