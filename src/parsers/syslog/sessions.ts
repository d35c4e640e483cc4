/** su, systemd-logind, login and cron: who became whom, who came and went, what ran. */

import { addCategory, addType, between, type Facts } from './facts.ts'

/**
 * `Successful su for TARGET by USER`, `FAILED su for TARGET by USER`, `+ TTY USER:TARGET` (shadow),
 * `(to TARGET) USER on TTY`, `FAILED SU (to TARGET) USER on TTY` (util-linux), `BAD SU USER to TARGET on TTY` (BSD).
 */
export function readSu(body: string, facts: Facts): void {
  let user: string | undefined
  let target: string | undefined
  let failed = false
  if (body.startsWith('Successful su for ') || body.startsWith('FAILED su for ')) {
    failed = body.startsWith('F')
    target = between(body, ' su for ', ' by ')
    user = between(body, ' by ', '')
  } else if (body.startsWith('+ ') || body.startsWith('- ')) {
    failed = body.startsWith('-')
    const pair = body.slice(body.lastIndexOf(' ') + 1)
    const colon = pair.indexOf(':')
    if (colon <= 0) return
    user = pair.slice(0, colon)
    target = pair.slice(colon + 1)
  } else if (body.startsWith('(to ') || body.startsWith('FAILED SU (to ')) {
    failed = body.startsWith('F')
    target = between(body, '(to ', ')')
    user = between(body, ') ', ' on ')
  } else if (body.startsWith('BAD SU ')) {
    failed = true
    user = between(body, 'BAD SU ', ' to ')
    target = between(body, ' to ', ' on ')
  }
  if (user === undefined || target === undefined || user.includes(' ') || target.includes(' ')) return
  facts.userName = user
  facts.effectiveName = target
  facts.action = 'switched-user'
  facts.outcome = failed ? 'failure' : 'success'
  addCategory(facts, 'authentication')
  addType(facts, failed ? 'info' : 'start')
}

/** `New session 12 of user root.`, `Removed session 12.`, `Session 12 logged out. …` */
export function readLogind(body: string, facts: Facts): void {
  if (body.startsWith('New session ')) {
    const name = between(body, ' of user ', '')
    if (name === undefined) return
    facts.userName = name.endsWith('.') ? name.slice(0, -1) : name
    facts.action = 'session-started'
    addType(facts, 'start')
  } else if (body.startsWith('Removed session ') || (body.startsWith('Session ') && body.includes(' logged out'))) {
    facts.action = 'session-ended'
    addType(facts, 'end')
  } else return
  addCategory(facts, 'session')
}

/** login(1): `FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure`, `ROOT LOGIN ON tty1`, `LOGIN ON tty1 BY bob`. */
export function readLogin(body: string, facts: Facts): void {
  if (body.startsWith('FAILED LOGIN')) {
    facts.userName = between(body, " FOR '", "'")
    facts.outcome = 'failure'
  } else if (body.startsWith('ROOT LOGIN')) {
    facts.userName = 'root'
    facts.outcome = 'success'
  } else if (body.startsWith('LOGIN ON ')) {
    const name = between(body, ' BY ', '')
    facts.userName = name?.split(' ', 1)[0]
    facts.outcome = 'success'
  } else return
  facts.action = 'logged-on'
  addCategory(facts, 'authentication')
  addType(facts, 'info')
}

/** cron and crontab: `(USER) CMD (COMMAND)`, `(USER) REPLACE (USER)`, `(USER) LIST (USER)`, `(USER) RELOAD (FILE)`. */
export function readCron(body: string, facts: Facts): void {
  if (body.charCodeAt(0) !== 40) return
  const close = body.indexOf(') ')
  if (close <= 1 || close > 256) return
  const at = close + 2
  const open = body.indexOf(' (', at)
  if (open < 0) return
  const verb = body.slice(at, open)
  const inside = body.slice(open + 2, body.endsWith(')') ? -1 : undefined)
  if (verb === 'CMD') {
    facts.commandLine = inside
    facts.action = 'ran-command'
    addCategory(facts, 'process')
    addType(facts, 'start')
  } else if (
    verb === 'REPLACE' ||
    verb === 'DELETE' ||
    verb === 'END EDIT' ||
    verb === 'BEGIN EDIT' ||
    verb === 'LIST'
  ) {
    facts.targetName = inside
    facts.action = 'crontab-' + verb.toLowerCase().replace(' ', '-')
    addCategory(facts, 'configuration')
    addType(facts, verb === 'LIST' || verb === 'BEGIN EDIT' ? 'access' : 'change')
  } else if (verb !== 'RELOAD') return
  facts.userName = body.slice(1, close)
}
