/** From a program's name and its message to facts: which readers look at which program's messages. */

import { categoriseTool, readAccounts } from './accounts.ts'
import { type Facts, noFacts } from './facts.ts'
import { readPam, readUsers } from './pam.ts'
import { readCron, readLogin, readLogind, readSu } from './sessions.ts'
import { readSshd } from './sshd.ts'
import { readSudo } from './sudo.ts'

type Reader = 'sshd' | 'sudo' | 'su' | 'accounts' | 'logind' | 'login' | 'cron' | 'other'

/** Programs whose messages tell who got in, became somebody else, or changed an account. */
const authPrograms: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['sshd', 'sshd'],
  ['sshd-session', 'sshd'],
  ['sshd-auth', 'sshd'],
  ['dropbear', 'sshd'],
  ['sudo', 'sudo'],
  ['sudo-rs', 'sudo'],
  ['doas', 'other'],
  ['su', 'su'],
  ['su-l', 'su'],
  ['useradd', 'accounts'],
  ['userdel', 'accounts'],
  ['usermod', 'accounts'],
  ['groupadd', 'accounts'],
  ['groupdel', 'accounts'],
  ['groupmod', 'accounts'],
  ['gpasswd', 'accounts'],
  ['passwd', 'accounts'],
  ['chpasswd', 'accounts'],
  ['newusers', 'accounts'],
  ['chage', 'accounts'],
  ['chfn', 'accounts'],
  ['chsh', 'accounts'],
  ['login', 'login'],
  ['systemd-logind', 'logind'],
  ['polkitd', 'other'],
  ['pkexec', 'other'],
  ['unix_chkpwd', 'other'],
  ['gdm-password]', 'other'],
  ['gdm-password', 'other'],
  ['lightdm', 'other']
])

const cronPrograms: ReadonlySet<string> = new Set(['CRON', 'cron', 'crond', 'CROND', 'crontab', 'anacron', 'atd'])

/** Does the message belong with the log of authentications (`system.auth`), as far as it can tell by itself? */
export function isAuthMessage(program: string | undefined, body: string): boolean {
  if (body.startsWith('pam_')) return true
  return program !== undefined && authPrograms.has(baseName(program))
}

/** Facts from an authentication log's message. A program that is not known is tried with each reader that is sure of its form. */
export function readAuth(program: string | undefined, body: string): Facts {
  const facts = noFacts()
  const name = program === undefined ? '' : baseName(program)
  const reader = authPrograms.get(name)
  if (reader === 'sshd') readSshd(body, facts)
  else if (reader === 'sudo') readSudo(body, facts)
  else if (reader === 'su') readSu(body, facts)
  else if (reader === 'accounts') readAccounts(name, body, facts)
  else if (reader === 'logind') readLogind(body, facts)
  else if (reader === 'login') readLogin(body, facts)
  else if (cronPrograms.has(name)) readCron(body, facts)
  if (!facts.understood) {
    const general = !body.includes('pam_faillock(') && !body.includes('password check failed')
    if (general) readUsers(body, facts)
    readPam(body, facts)
  }
  if (reader === 'accounts') categoriseTool(name, body, facts)
  return facts
}

/** Facts from any other message: what cron ran. Undefined for programs that are not understood. */
export function readOther(program: string | undefined, body: string): Facts | undefined {
  if (program === undefined || !cronPrograms.has(baseName(program))) return undefined
  const facts = noFacts()
  readCron(body, facts)
  return facts
}

/** `/usr/sbin/cron` as `cron`. */
export function baseName(program: string): string {
  return program.includes('/') ? program.slice(program.lastIndexOf('/') + 1) : program
}
