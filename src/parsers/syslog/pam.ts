/** Messages of PAM modules (`pam_unix(sshd:auth): …`), and the users that any message of a login program names in PAM's manner. */

import { addCategory, addressAt, addType, digitsAt, type Facts } from './facts.ts'

/** `for user X by Y(uid=N)`, `for user X`, `by user Y`, ` user 'X'`. */
export function readUsers(body: string, facts: Facts): void {
  const forAt = body.indexOf('for user ')
  if (forAt >= 0 && readForUser(body, forAt + 9, facts)) return
  const byAt = body.indexOf('by user ')
  if (byAt >= 0) {
    const name = unquote(body.slice(byAt + 8))
    if (isName(name)) {
      facts.userName ??= name
      return
    }
  }
  for (let at = body.indexOf(' user '); at >= 0; at = body.indexOf(' user ', at + 1)) {
    const quote = body.charCodeAt(at + 6)
    if ((quote !== 39 && quote !== 34) || body.charCodeAt(at - 1) === 32) continue
    let end = at + 7
    while (end < body.length && body.charCodeAt(end) !== 39 && body.charCodeAt(end) !== 34) end++
    if (end < body.length) facts.userName ??= body.slice(at + 7, end)
    return
  }
}

function readForUser(body: string, at: number, facts: Facts): boolean {
  const by = body.indexOf(' by ', at)
  const target = splitUid(unquote(body.slice(at, by < 0 ? undefined : by)))
  if (!isName(target.name)) return false
  if (by < 0) {
    facts.userName ??= target.name
    return true
  }
  const actor = splitUid(unquote(body.slice(by + 4)))
  if (actor.name !== '' && !isName(actor.name)) return false
  // An empty name is what "by (uid=0)" says: kept as Elastic's pipelines do, who opened the session is told by the id.
  facts.userName ??= actor.name
  facts.userId ??= actor.id
  facts.effectiveName ??= target.name
  facts.effectiveId ??= target.id
  return true
}

/** `root(uid=0)` as its name and id. */
function splitUid(text: string): { readonly name: string; readonly id: string | undefined } {
  const open = text.endsWith(')') ? text.lastIndexOf('(uid=') : -1
  if (open < 0) return { name: text, id: undefined }
  const id = digitsAt(text, open + 5)
  return id.length === text.length - open - 6 && id !== ''
    ? { name: unquote(text.slice(0, open)), id }
    : { name: text, id: undefined }
}

function unquote(text: string): string {
  let from = 0
  let to = text.length
  if (text.charCodeAt(0) === 39 || text.charCodeAt(0) === 34) from = 1
  const last = text.charCodeAt(to - 1)
  if (to > from && (last === 39 || last === 34)) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

function isName(text: string): boolean {
  return text !== '' && text.length <= 256 && !text.includes(' ')
}

/** Phrases of pam modules that tell of an authentication that did not succeed. */
const failures: readonly string[] = [
  'authentication failure',
  'user unknown',
  'could not identify password',
  'conversation failed',
  'bad username',
  'password check failed',
  'account locked',
  'Permission denied'
]

/** Category, action and outcome by what PAM says; the user and the remote host of its `key=value` messages. */
export function readPam(body: string, facts: Facts): void {
  const service = body.startsWith('pam_') ? serviceOf(body) : undefined
  const failure = body.includes('authentication failure')
  if (service === 'session') addCategory(facts, 'session')
  else if (service === 'auth') {
    if (body.startsWith('pam_unix(') || body.includes('authentication')) addCategory(facts, 'authentication')
    if (body.includes('authentication success')) facts.outcome = 'success'
    else if (failures.some(phrase => body.includes(phrase))) facts.outcome = 'failure'
  } else if (service === 'chauthtok') {
    const changed = body.includes('password changed')
    addCategory(facts, 'iam')
    addType(facts, 'change')
    facts.action = 'password-changed'
    facts.outcome = changed ? 'success' : 'failure'
  }
  if (failure || body.includes('password check failed')) {
    addCategory(facts, 'authentication')
    addType(facts, 'info')
    facts.outcome = 'failure'
    facts.action = 'authentication_failure'
  } else if (body.includes('pam_faillock(')) {
    addCategory(facts, 'authentication')
    addType(facts, 'info')
    facts.outcome = 'failure'
    facts.action = 'account-locked'
  } else if (body.includes('session opened')) {
    facts.action = 'logged-on'
    addType(facts, 'start')
  } else if (body.includes('session closed')) {
    facts.action = 'logged-off'
    addType(facts, 'end')
  }
  readRemote(body, facts)
  const changedFor = body.indexOf('password changed for ')
  if (changedFor >= 0) facts.userName ??= userWord(body, changedFor + 21)
  if (body.includes('pam_faillock(') || body.includes('password check failed')) {
    const at = body.indexOf('for user ')
    if (at >= 0) facts.userName ??= userWord(body, body.charCodeAt(at + 9) === 40 ? at + 10 : at + 9)
  }
  if (service === 'chauthtok' && facts.userName !== '') facts.targetName ??= facts.userName
}

/** `auth`, `session`, `account`, `chauthtok` of `pam_unix(sshd:auth): …`. */
function serviceOf(body: string): string | undefined {
  const open = body.indexOf('(')
  const close = body.indexOf(')', open)
  if (open < 0 || open > 40 || close < 0) return undefined
  const colon = body.indexOf(':', open)
  return colon > 0 && colon < close ? body.slice(colon + 1, close) : undefined
}

/** `… ruser=tsg rhost=10.0.0.1  user=root` */
function readRemote(body: string, facts: Facts): void {
  const at = body.indexOf('rhost=')
  if (at < 0) return
  const address = addressAt(body, at + 6)
  if (address !== '' && facts.sourceAddress === undefined) facts.sourceAddress = address
  const user = body.indexOf(' user=', at + 6)
  if (user >= 0) facts.userName ??= userWord(body, user + 6)
}

/** The letters of a user's name at `at`. */
function userWord(body: string, at: number): string | undefined {
  let i = at
  for (; i - at < 256; i++) {
    const c = body.charCodeAt(i)
    if (!(c > 32) || c === 41 || c === 44 || c === 59) break
  }
  return i === at ? undefined : body.slice(at, i)
}
