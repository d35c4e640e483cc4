/**
 * Who did it, to whom, and as whom: `user`, `user.target`, `user.effective`, `group` of the Security log. Which event's Subject and
 * Target are what is by its code, as in Elastic's system/security integration.
 */

import { type Draft, type Fields, relate } from './draft.ts'
import { said } from './win-event.ts'

const codes = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const range = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i).join(' ')

/** The Target logged on: it is the user. */
const targetIsUser = codes(
  '4624 4625 4627 4634 4647 4648 4675 4768 4769 4770 4771 4776 4964 4772 4773 4777 4800 4801 4802 4803'
)
/** The Target is a group. */
const targetIsGroup = codes(`4627 4675 ${range(4727, 4735)} 4737 ${range(4744, 4764)} 4799`)
const targetIsComputer = codes('4675 4741 4742 4743')
/** The Subject is the user. */
const subjectIsUser = codes(
  `4627 4648 4657 4658 4659 4660 4662 4664 4670 4672 4673 4674 4688 4689 4690 4691 4692 4693 4694 4695 4697 4698 4699 4700 4701 ` +
    `4702 4704 4705 4706 4707 4713 4716 4717 4718 4719 4720 ${range(4722, 4735)} 4737 4738 ${range(4739, 4764)} 4767 4781 4797 ` +
    '4798 4799 4817 4904 4905 4907 4912 5136 5140 5145 5379 5380 5381 5382 ' +
    '4616 4656 4661 4663 4696 4765 4766 4780 4793 4794 4985 5137 5138 5139 5141 5142 5143 5144 6416 6419 6420 6422 6423'
)
/** The Target is the account that was changed. */
const targetIsTarget = codes(
  '4627 4670 4675 4704 4705 4720 4722 4723 4724 4725 4726 4738 4740 4767 4797 4798 4817 4907 4765 4766 4780'
)
const targetIsEffective = codes('4627 4648 4675 4688')

export function securityUsers(draft: Draft): void {
  const { data, source, relatedUsers } = draft
  const code = source.eventId
  const targetName = said(data, 'TargetUserName')
  const targetDomain = said(data, 'TargetDomainName')
  const user: Fields = draft.user ?? {}
  if (targetIsUser.has(code)) {
    user['id'] = said(data, 'TargetUserSid') ?? said(data, 'TargetSid')
    user['name'] = beforeAt(targetName)
    user['domain'] = targetDomain
    relate(relatedUsers, beforeAt(targetName))
  }
  if (targetIsGroup.has(code)) group(draft, user)
  if (targetIsComputer.has(code))
    draft.winlog['computerObject'] = { id: said(data, 'TargetSid'), name: targetName, domain: targetDomain }
  if (subjectIsUser.has(code)) {
    subject(user, said(data, 'SubjectUserSid'), said(data, 'SubjectUserName'), said(data, 'SubjectDomainName'))
    relate(relatedUsers, said(data, 'SubjectUserName'))
  }
  if (targetIsTarget.has(code)) {
    merge(user, 'target', { id: said(data, 'TargetSid'), name: beforeAt(targetName), domain: targetDomain })
    relate(relatedUsers, beforeAt(targetName))
    if (changed.has(code)) relate(relatedUsers, targetName)
  }
  if (targetIsEffective.has(code)) {
    merge(user, 'effective', { id: said(data, 'TargetUserSid'), name: beforeAt(targetName), domain: targetDomain })
    relate(relatedUsers, beforeAt(targetName))
  }
  if (code === '1102') {
    const from = source.userData
    subject(user, said(from, 'SubjectUserSid'), said(from, 'SubjectUserName'), said(from, 'SubjectDomainName'))
    relate(relatedUsers, said(from, 'SubjectUserName'))
  }
  if (code === '4624' || code === '4648') relate(relatedUsers, said(data, 'SubjectUserName'))
  renamed(draft, user)
  if (code === '5136') directoryObject(draft, user)
  draft.user = user
}

const changed = codes('4720 4722 4723 4724 4725 4726 4738 4740 4767 4797 4798')

function subject(user: Fields, id: string | undefined, name: string | undefined, domain: string | undefined): void {
  if (id !== undefined) user['id'] = id
  if (name !== undefined) user['name'] = name
  if (domain !== undefined) user['domain'] = domain
}

function beforeAt(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const at = name.indexOf('@')
  return at < 0 ? name : name.slice(0, at)
}

function merge(user: Fields, key: string, fields: Fields): void {
  const there = (user[key] ?? {}) as Fields
  for (const name in fields) if (fields[name] !== undefined) there[name] = fields[name]
  user[key] = there
}

/** A member (`CN=Bob,OU=…,DC=…`) and the group it was put into or taken from. */
function group(draft: Draft, user: Fields): void {
  const { data, relatedUsers } = draft
  const member = said(data, 'MemberName')
  const made = {
    id: said(data, 'TargetSid') ?? said(data, 'TargetUserSid'),
    name: said(data, 'TargetUserName'),
    domain: said(data, 'TargetDomainName')?.replace('DC=', '').replace('dc=', '')
  }
  draft.group = made
  if (member === undefined) {
    const sid = said(data, 'MemberSid')
    if (sid !== undefined) user['target'] = { id: sid, group: { ...made } }
    return
  }
  const parts = unescapedCommas(member)
  const name = parts[0]!.replace('CN=', '').replace('cn=', '')
  user['target'] = {
    id: said(data, 'MemberSid'),
    name,
    domain: parts[3]?.replace('DC=', '').replace('dc=', ''),
    group: { ...made }
  }
  relate(relatedUsers, name)
}

/** Cut at commas that no backslash stands before; at most 64 parts. */
function unescapedCommas(text: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < text.length && parts.length < 64; i++)
    if (text.charCodeAt(i) === 44 && text.charCodeAt(i - 1) !== 92) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  parts.push(text.slice(from))
  return parts
}

/** 4781: an account's name was changed. */
function renamed(draft: Draft, user: Fields): void {
  const before = said(draft.data, 'OldTargetUserName')
  const after = said(draft.data, 'NewTargetUserName')
  if (before !== undefined) merge(user, 'target', { name: before })
  if (after !== undefined) user['changes'] = { name: after }
  relate(draft.relatedUsers, after)
  relate(draft.relatedUsers, before)
}

/** 5136: an attribute of a user, group or computer in the directory was changed. */
function directoryObject(draft: Draft, user: Fields): void {
  const dn = said(draft.data, 'ObjectDN')
  const at = dn === undefined ? -1 : dn.toLowerCase().indexOf('cn=')
  if (dn === undefined || at < 0) return
  const name = commonName(dn, at + 3)
  if (name === '') return
  const kind = said(draft.data, 'ObjectClass')?.toLowerCase() ?? ''
  if (kind.includes('user')) merge(user, 'target', { name })
  else if (kind.includes('group')) draft.group = { name }
  else return
  relate(draft.relatedUsers, name)
}

/** RFC 4514: the value up to the next comma; backslashes escape a character or two hexadecimal digits. */
function commonName(dn: string, from: number): string {
  let name = ''
  for (let i = from; i < dn.length && dn.charCodeAt(i) !== 44; i++) {
    if (dn.charCodeAt(i) !== 92 || i + 1 >= dn.length) {
      name += dn[i]
      continue
    }
    const hex = dn.slice(i + 1, i + 3)
    const isHex = /^[0-9a-fA-F]{2}$/.test(hex)
    name += isHex ? String.fromCharCode(Number.parseInt(hex, 16)) : dn[i + 1]
    i += isHex ? 2 : 1
  }
  return name.trim()
}
