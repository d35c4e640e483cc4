/**
 * Whose access log is this? nginx, Apache, Traefik and others write the same lines; what tells them apart is counted over the
 * beginning of a file. One decision for all their parsers, so that no two claim a file. Without any sign, a line with referrer and
 * agent is taken for nginx's (its default format), one without for Apache's (the common log format).
 */

import type { Sample } from '../../core/parser.ts'
import { closingQuote, scanAccessLine } from './access-line.ts'

export type Flavour = 'apache' | 'ingress' | 'nginx' | 'squid' | 'tomcat' | 'traefik'

export function accessFlavour(sample: Sample): Flavour | undefined {
  let good = 0
  let nginx = 0
  let apache = 0
  let common = 0
  let ingress = 0
  let traefik = 0
  let squid = 0
  let tomcat = 0
  let counted = 0
  for (const line of sample.lines) {
    if (++counted > 30) break
    if (line.startsWith('LogFormat "')) {
      good++
      apache += 9
      continue
    }
    if (isSslRequest(line)) {
      good++
      apache += 3
      continue
    }
    const scanned = scanAccessLine(line)
    if (scanned === undefined) continue
    good++
    const { before, request, status, bytes, after } = scanned
    if (before.includes(', ') || before.startsWith('unix:')) nginx += 3
    if (request === '') nginx++
    if (status === 499 || status === 444 || (status !== undefined && status >= 494 && status <= 497)) nginx += 3
    if (bytes === undefined || status === undefined) apache += 3
    if (!before.includes(' - ')) apache += 3
    if (line.includes(' X-Forwarded-For="')) apache += 3
    if (request.includes('\\"') || request === '\\n') apache += 3
    if (line.includes('(internal dummy connection)')) apache += 9
    // Tomcat's local address (%A) and state of the connection (%X).
    if (/^( ms:\d+)?( \d+\.\d+\.\d+\.\d+| [X+-] ?)/.test(line.slice(after, after + 40))) tomcat++
    const referrerEnd = closingQuote(line, after + 1)
    if (referrerEnd < 0) {
      common++
      const last = line.slice(line.lastIndexOf(' ') + 1)
      if (/^(TCP|UDP|NONE)_?[A-Z_]*:[A-Z_]+$/.test(last)) squid += 3
      continue
    }
    const agentEnd = closingQuote(line, referrerEnd + 2)
    const rest = agentEnd < 0 ? '' : line.slice(agentEnd + 1)
    if (/^ \d+ \d+\.\d+ \[[^\]]*\]/.test(rest)) ingress += 3
    else if (/^ \d+ "[^"]*" "[^"]*" \d+ms$/.test(rest)) traefik += 3
    else if (/^ (TCP|UDP|NONE)_?[A-Z_]*:[A-Z_]+$/.test(rest)) squid += 3
    else if (rest.startsWith(' "')) nginx++
    // `example.com:443 192.0.2.1 - -`: Debian's vhost_combined.
    if (/^[^ ",]+:\d+ [^ ",]+ /.test(before)) apache++
  }
  if (good === 0 || good < counted * 0.8) return undefined
  if (ingress >= good * 2) return 'ingress'
  if (traefik >= good * 2) return 'traefik'
  if (squid >= good * 2) return 'squid'
  if (tomcat * 4 >= good) return 'tomcat'
  const name = sample.fileName?.toLowerCase() ?? ''
  if (name.includes('localhost_access_log')) return 'tomcat'
  if (name.includes('nginx')) nginx += 100
  if (/apache|httpd|access_log|vhost/.test(name)) apache += 100
  if (nginx > apache) return 'nginx'
  if (apache > nginx) return 'apache'
  return common * 2 > good ? 'apache' : 'nginx'
}

/** mod_ssl's `[time] address protocol cipher "request" bytes`. */
export function isSslRequest(line: string): boolean {
  return (
    line.charCodeAt(0) === 91 &&
    line.charCodeAt(27) === 93 &&
    /^ [^ ]+ (TLS|SSL)v[0-9.]+ [^ ]+ "/.test(line.slice(28, 160))
  )
}
