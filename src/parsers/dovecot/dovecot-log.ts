/**
 * The files that Dovecot writes itself (`log_path`):
 *
 *   line = ( "Mmm dd hh:mm:ss" | "yyyy-mm-dd hh:mm:ss" ) SP service … ": " level ": " text
 */

import type { ParseContext } from '../../core/parser.ts'
import { parseBsd, parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { emptyHeader } from '../syslog/header.ts'
import { description } from './description.ts'
import { dovecot } from './dovecot.ts'

export const dovecotLog = daemonLog({
  name: 'dovecot-log',
  title: 'Dovecot: its log file',
  reader: dovecot,
  description,
  scan,
  sure: () => true
})

const services =
  /^(?:imap|pop3|imap-login|pop3-login|submission|submission-login|managesieve|managesieve-login|lmtp|lda|auth|auth-worker|master|config|anvil|log|stats|doveadm|indexer|indexer-worker|quota-status|dict|replicator)[(<:]/
const levels = [': Info: ', ': Error: ', ': Warning: ', ': Fatal: ', ': Panic: ', ': Debug: ']

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  const zone = context.timezoneMinutes ?? 0
  const iso = line.charCodeAt(4) === 45
  const at = iso ? line.indexOf(' ', 18) : 15
  if (at < 0 || line.charCodeAt(at) !== 32) return undefined
  const body = line.slice(at + 1)
  if (!services.test(body) || !levels.some(level => body.includes(level))) return undefined
  const stamp = line.slice(0, at)
  const timeUs = iso ? parseIso(stamp, zone) : parseBsd(stamp, context.receivedMs, zone)
  if (timeUs === undefined) return undefined
  return { header: { ...emptyHeader, timeUs, program: 'dovecot' }, body, level: undefined }
}
