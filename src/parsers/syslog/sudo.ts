/** sudo's own line: `USER : [ERROR ; ][TTY=… ; ]PWD=… ; [CHROOT=…;] USER=… ; [GROUP=… ; ][TSID=… ; ][ENV=… ; ]COMMAND=…` (sudoers(5), log format). */

import { addCategory, addType, type Facts } from './facts.ts'

export function readSudo(body: string, facts: Facts): void {
  const colon = body.indexOf(' : ')
  if (colon <= 0 || colon > 256) return
  let at = colon + 3
  if (body.indexOf('COMMAND=', at) < 0) return
  let command: string | undefined
  let error: string | undefined
  // Each turn eats one ` ; ` part; COMMAND takes the rest, whatever it contains.
  for (let part = 0; part < 16; part++) {
    if (body.startsWith('COMMAND=', at)) {
      command = body.slice(at + 8)
      break
    }
    const end = body.indexOf(' ; ', at)
    if (end < 0) return
    const value = body.slice(at, end)
    if (value.startsWith('TTY=')) facts.sudoTty = value.slice(4)
    else if (value.startsWith('PWD=')) facts.sudoPwd = value.slice(4)
    else if (value.startsWith('USER=')) facts.sudoUser = value.slice(5)
    else if (value.startsWith('GROUP=')) facts.groupName = value.slice(6)
    else if (part === 0 && !isAssignment(value)) error = value
    at = end + 3
  }
  if (command === undefined) return
  facts.understood = true
  facts.userName = body.slice(0, colon).trim()
  facts.effectiveName = facts.sudoUser
  facts.sudoCommand = command
  facts.sudoError = error
  facts.action = 'ran-command'
  facts.outcome = error === undefined ? 'success' : 'failure'
  addCategory(facts, 'process')
  addType(facts, error === undefined ? 'start' : 'denied')
}

/** `NAME=…`, with a name in capitals. */
function isAssignment(text: string): boolean {
  const equals = text.indexOf('=')
  if (equals <= 0) return false
  for (let i = 0; i < equals; i++) {
    const code = text.charCodeAt(i)
    if (code < 65 || code > 90) return false
  }
  return true
}
