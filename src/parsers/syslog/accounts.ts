/** shadow-utils and friends: useradd, userdel, usermod, groupadd, groupdel, groupmod, gpasswd, passwd, chage, chfn. */

import { addCategory, addType, between, type Facts } from './facts.ts'

const userTools: Readonly<Record<string, string>> = { useradd: 'creation', userdel: 'deletion', usermod: 'change' }
const groupTools: Readonly<Record<string, string>> = { groupadd: 'creation', groupdel: 'deletion', groupmod: 'change' }

/** Reads `new user: …` and the like, before the general search for users. */
export function readAccounts(program: string, body: string, facts: Facts): void {
  if (body.startsWith('new group: name=')) {
    facts.groupName = between(body, 'name=', ',')
    facts.groupId = word(between(body, 'GID=', ''))
    facts.understood = facts.groupName !== undefined
  } else if (body.startsWith('new user: name=')) {
    facts.userName = between(body, 'name=', ',')
    facts.userId = word(between(body, 'UID=', ','))
    facts.groupId = word(between(body, 'GID=', ','))
    facts.home = word(between(body, 'home=', ','))
    // Newer versions go on with ", from=/dev/pts/0".
    facts.shell = word(between(body, 'shell=', ''))
    facts.understood = facts.userName !== undefined
  } else if (program === 'groupadd' && body.startsWith('group added to ')) {
    facts.groupName = word(between(body, 'name=', ''))
    facts.groupId = word(between(body, 'GID=', ''))
  } else if (program === 'usermod' && body.startsWith("add '")) readMember(body, facts)
  else if (program === 'gpasswd') readGpasswd(body, facts)
  else if (program === 'chage' && body.startsWith('changed password expiry for ')) {
    facts.targetName = word(body.slice(28))
    change(facts, 'password-expiry-changed')
  } else if (program === 'passwd' && body.startsWith("password for '")) {
    facts.targetName = between(body, "'", "'")
    facts.userName = between(body, "changed by '", "'")
    change(facts, 'password-changed')
  } else if (program === 'chpasswd' || program === 'chfn' || program === 'chsh') {
    if (body.startsWith('changed ')) change(facts, 'user-changed')
  }
}

/** What the tool itself says about the event: applies to each of its messages. */
export function categoriseTool(program: string, body: string, facts: Facts): void {
  const user = userTools[program]
  const group = groupTools[program]
  const change = user ?? group
  if (change === undefined) return
  addCategory(facts, 'iam')
  addType(facts, user === undefined ? 'group' : 'user')
  addType(facts, change)
  facts.outcome = !facts.understood && body.includes('fail') ? 'failure' : 'success'
}

/** `add 'bob' to [shadow ]group 'sudo'` */
function readMember(body: string, facts: Facts): void {
  const user = between(body, "add '", "' to ")
  const group = between(body, "group '", "'")
  if (user === undefined || group === undefined) return
  facts.userName = user
  facts.groupName = group
  facts.action = 'group-member-added'
}

/** `user bob added by root to group wheel`, `user bob removed by root from group wheel` */
function readGpasswd(body: string, facts: Facts): void {
  const at = body.indexOf('user ')
  if (at < 0) return
  const words = body.slice(at, at + 512).split(' ')
  const [, target, verb, by, actor, preposition, noun, group] = words
  if (by !== 'by' || noun !== 'group' || group === undefined || (preposition !== 'to' && preposition !== 'from')) return
  facts.targetName = target
  facts.userName = actor
  facts.groupName = group
  change(facts, verb === 'added' ? 'group-user-added' : 'group-user-removed')
  facts.outcome = 'success'
}

function change(facts: Facts, action: string): void {
  addCategory(facts, 'iam')
  addType(facts, 'change')
  facts.action = action
}

/** Up to the first comma or blank. */
function word(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  let i = 0
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code === 44) break
  }
  return i === 0 ? undefined : text.slice(0, i)
}
