/** What Postfix says in whole sentences (postfix 3.x source: smtpd/smtpd.c, smtp/smtp_connect.c, postscreen, master). */

import type { Phrase } from '../shared/phrases.ts'

const source = '{source.domain}[{source.address}]'

export const phrases: readonly Phrase[] = [
  [`connect from ${source}:{source.port}`, 'smtp-connected', 'network', 'connection start'],
  [`connect from ${source}`, 'smtp-connected', 'network', 'connection start'],
  [`disconnect from ${source}:{source.port} {postfix.commands*}`, 'smtp-disconnected', 'network', 'connection end'],
  [`disconnect from ${source} {postfix.commands*}`, 'smtp-disconnected', 'network', 'connection end'],
  [`disconnect from ${source}`, 'smtp-disconnected', 'network', 'connection end'],
  [`lost connection after {postfix.stage*} from ${source}`, 'smtp-connection-lost', 'network', 'connection end'],
  [`timeout after {postfix.stage*} from ${source}`, 'smtp-timeout', 'network', 'connection end'],
  [
    `too many errors after {postfix.stage*} from ${source}`,
    'smtp-too-many-errors',
    'network',
    'connection denied',
    'failure'
  ],
  [
    `improper command pipelining after {postfix.stage*} from ${source}: {_*}`,
    'smtp-protocol-violation',
    'network',
    'protocol denied',
    'failure'
  ],
  [
    `SSL_accept error from ${source}:{source.port}: {event.reason*}`,
    'tls-handshake-failed',
    'network',
    'protocol error',
    'failure'
  ],
  [`SSL_accept error from ${source}: {event.reason*}`, 'tls-handshake-failed', 'network', 'protocol error', 'failure'],
  [`setting up TLS connection from ${source}`, 'tls-handshake-started', 'network', 'protocol start'],
  [
    `Anonymous TLS connection established from ${source}: {tls.version} with cipher {tls.cipher} ({_*}`,
    'tls-established',
    'network',
    'protocol info',
    'success'
  ],
  [
    `Untrusted TLS connection established from ${source}: {tls.version} with cipher {tls.cipher} ({_*}`,
    'tls-established',
    'network',
    'protocol info',
    'success'
  ],
  [
    `Trusted TLS connection established from ${source}: {tls.version} with cipher {tls.cipher} ({_*}`,
    'tls-established',
    'network',
    'protocol info',
    'success'
  ],
  ...['Anonymous', 'Untrusted', 'Trusted', 'Verified'].map(
    (word): Phrase => [
      `${word} TLS connection established to {destination.domain}[{destination.address}]:{destination.port}: {tls.version} with cipher {tls.cipher} ({_*}`,
      'tls-established',
      'network',
      'protocol info',
      'success'
    ]
  ),
  [
    `${source}: SASL {postfix.sasl_method} authentication failed: {event.reason*}, sasl_username={user.name>}`,
    'smtp-login',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    `${source}: SASL {postfix.sasl_method} authentication failed: {event.reason*}`,
    'smtp-login',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    `${source}: SASL {postfix.sasl_method} authentication failed`,
    'smtp-login',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    `reject: {postfix.stage} from ${source}: {postfix.smtp_code=n} {postfix.status_code} {event.reason*}`,
    'mail-rejected',
    'email',
    'denied',
    'failure'
  ],
  [`reject: {postfix.stage} from ${source}: {event.reason*}`, 'mail-rejected', 'email', 'denied', 'failure'],
  [`reject_warning: {postfix.stage} from ${source}: {event.reason*}`, 'mail-would-be-rejected', 'email', 'info'],
  [`milter-reject: {postfix.stage} from ${source}: {event.reason*}`, 'mail-rejected', 'email', 'denied', 'failure'],
  [`milter-hold: {postfix.stage} from ${source}: {event.reason*}`, 'mail-held', 'email', 'info'],
  [`warn: {postfix.stage} from ${source}: {event.reason*}`, 'mail-warned', 'email', 'info'],
  [`hold: {postfix.stage} from ${source}: {event.reason*}`, 'mail-held', 'email', 'info'],
  [`discard: {postfix.stage} from ${source}: {event.reason*}`, 'mail-discarded', 'email', 'denied'],
  // postscreen
  [
    'CONNECT from [{source.address}]:{source.port} to [{destination.address}]:{destination.port}',
    'smtp-connected',
    'network',
    'connection start'
  ],
  ['PASS NEW [{source.address}]:{source.port}', 'postscreen-passed', 'network', 'connection allowed', 'success'],
  ['PASS OLD [{source.address}]:{source.port}', 'postscreen-passed', 'network', 'connection allowed', 'success'],
  ['ALLOWLISTED [{source.address}]:{source.port}', 'postscreen-passed', 'network', 'connection allowed', 'success'],
  ['WHITELISTED [{source.address}]:{source.port}', 'postscreen-passed', 'network', 'connection allowed', 'success'],
  ['DENYLISTED [{source.address}]:{source.port}', 'postscreen-blocked', 'network', 'connection denied', 'failure'],
  ['BLACKLISTED [{source.address}]:{source.port}', 'postscreen-blocked', 'network', 'connection denied', 'failure'],
  ['DISCONNECT [{source.address}]:{source.port}', 'smtp-disconnected', 'network', 'connection end'],
  [
    'HANGUP after {_} from [{source.address}]:{source.port} in {postfix.stage*}',
    'smtp-connection-lost',
    'network',
    'connection end'
  ],
  [
    'PREGREET {_} after {_} from [{source.address}]:{source.port}: {_*}',
    'smtp-protocol-violation',
    'network',
    'protocol denied',
    'failure'
  ],
  [
    'COMMAND PIPELINING from [{source.address}]:{source.port} after {_*}',
    'smtp-protocol-violation',
    'network',
    'protocol denied',
    'failure'
  ],
  [
    'DNSBL rank {postfix.dnsbl_rank=n} for [{source.address}]:{source.port}',
    'dnsbl-listed',
    'network intrusion_detection',
    'denied',
    'failure'
  ],
  [
    'NOQUEUE: reject: {postfix.stage} from [{source.address}]:{source.port}: {event.reason*}',
    'mail-rejected',
    'email',
    'denied',
    'failure'
  ],
  [
    'reject: {postfix.stage} from [{source.address}]:{source.port}: {event.reason*}',
    'mail-rejected',
    'email',
    'denied',
    'failure'
  ],
  [
    'reject: CONNECT from [{source.address}]:{source.port}: {event.reason*}',
    'mail-rejected',
    'email',
    'denied',
    'failure'
  ],
  [
    'addr {source.address} listed by domain {postfix.dnsbl} as {_*}',
    'dnsbl-listed',
    'network intrusion_detection',
    'denied',
    'failure'
  ],
  // Delivery
  [
    'connect to {destination.domain}[{destination.address}]:{destination.port}: {event.reason*}',
    'smtp-connect-failed',
    'network',
    'connection error',
    'failure'
  ],
  [
    'lost connection with {destination.domain}[{destination.address}] while {event.reason*}',
    'smtp-connection-lost',
    'network',
    'connection error',
    'failure'
  ],
  [
    'host {destination.domain}[{destination.address}] said: {event.reason*}',
    'mail-deferred',
    'email',
    'error',
    'failure'
  ],
  [
    'host {destination.domain}[{destination.address}] refused to talk to me: {event.reason*}',
    'mail-deferred',
    'email',
    'error',
    'failure'
  ],
  ['sender non-delivery notification: {postfix.notification_id}', 'mail-bounce-sent', 'email', 'info'],
  ['sender delivery status notification: {postfix.notification_id}', 'mail-status-sent', 'email', 'info'],
  ['removed', 'mail-removed', 'email', 'info'],
  ['hostname {source.domain} does not resolve to address {source.address}…', 'source-name-mismatch', 'network', 'info'],
  ['statistics: max connection rate {_*} for ({_}:{source.address}) at {_*}', 'statistics', 'network', 'info'],
  ['daemon started -- version {postfix.version}, configuration {_}', 'started', 'process', 'start'],
  ['terminating on signal {_}', 'stopped', 'process', 'end'],
  [
    'reload -- version {postfix.version}, configuration {_}',
    'configuration-reloaded',
    'configuration',
    'change',
    'success'
  ]
]
