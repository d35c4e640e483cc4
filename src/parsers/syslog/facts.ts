/** What the text of a system's message says: filled by the readers of each program's messages, laid out as ECS by `syslog.ts`. */

export type Facts = {
  /** Did a reader understand the whole message? Then the general search for users does not run. */
  understood: boolean
  category: string[] | undefined
  type: string[] | undefined
  action: string | undefined
  outcome: string | undefined
  userName: string | undefined
  userId: string | undefined
  effectiveName: string | undefined
  effectiveId: string | undefined
  targetName: string | undefined
  groupName: string | undefined
  groupId: string | undefined
  /** An address or a host name, as it was written. */
  sourceAddress: string | undefined
  sourcePort: number | undefined
  sshEvent: string | undefined
  sshMethod: string | undefined
  sshSignature: string | undefined
  sshDroppedIp: string | undefined
  sudoTty: string | undefined
  sudoPwd: string | undefined
  sudoUser: string | undefined
  sudoCommand: string | undefined
  sudoError: string | undefined
  home: string | undefined
  shell: string | undefined
  commandLine: string | undefined
}

export function noFacts(): Facts {
  return {
    understood: false,
    category: undefined,
    type: undefined,
    action: undefined,
    outcome: undefined,
    userName: undefined,
    userId: undefined,
    effectiveName: undefined,
    effectiveId: undefined,
    targetName: undefined,
    groupName: undefined,
    groupId: undefined,
    sourceAddress: undefined,
    sourcePort: undefined,
    sshEvent: undefined,
    sshMethod: undefined,
    sshSignature: undefined,
    sshDroppedIp: undefined,
    sudoTty: undefined,
    sudoPwd: undefined,
    sudoUser: undefined,
    sudoCommand: undefined,
    sudoError: undefined,
    home: undefined,
    shell: undefined,
    commandLine: undefined
  }
}

export function addCategory(facts: Facts, category: string): void {
  if (facts.category === undefined) facts.category = [category]
  else if (!facts.category.includes(category)) facts.category.push(category)
}

export function addType(facts: Facts, type: string): void {
  if (facts.type === undefined) facts.type = [type]
  else if (!facts.type.includes(type)) facts.type.push(type)
}

/** The text between `before` (searched from `at`) and the next `after`; to the end where `after` is empty. */
export function between(text: string, before: string, after: string, at = 0): string | undefined {
  const found = text.indexOf(before, at)
  if (found < 0) return undefined
  const from = found + before.length
  if (after === '') return text.slice(from)
  const to = text.indexOf(after, from)
  return to < 0 ? undefined : text.slice(from, to)
}

/** The digits at `at`, at most ten; empty if there are none. */
export function digitsAt(text: string, at: number): string {
  let i = at
  while (i - at < 10 && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++
  return text.slice(at, i)
}

/** A port number, or undefined. */
export function portOf(digits: string): number | undefined {
  if (digits === '' || digits.length > 5) return undefined
  const port = Number(digits)
  return port <= 65535 ? port : undefined
}

/** The letters, digits and marks of an address or a host name at `at` (an IPv6 zone included); empty if there are none. */
export function addressAt(text: string, at: number): string {
  let i = at
  for (; i - at < 256; i++) {
    const c = text.charCodeAt(i)
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57)
    // . : - _ %
    if (!letter && c !== 46 && c !== 58 && c !== 45 && c !== 95 && c !== 37) break
  }
  let address = text.slice(at, i)
  // "…from 10.0.0.1: 11: …": the colon belongs to the sentence, as does a full stop.
  while (address.endsWith(':') || address.endsWith('.')) {
    if (address.endsWith('::')) break
    address = address.slice(0, -1)
  }
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}
