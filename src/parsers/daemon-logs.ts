/** The files that daemons write themselves instead of giving their messages to syslog: part of the list in `index.ts`. */

import type { Parser } from '../core/parser.ts'
import { bindLog } from './bind/bind-log.ts'
import { dovecotLog } from './dovecot/dovecot-log.ts'
import { eximLog } from './exim/exim.ts'
import { keaLog } from './kea/kea-log.ts'
import { openvpnLog } from './openvpn/openvpn-log.ts'
import { openvpnStatus } from './openvpn/openvpn-status.ts'
import { strongswanLog } from './strongswan/strongswan-log.ts'
import { unboundLog } from './unbound/unbound-log.ts'

export const daemonLogs: readonly Parser[] = [
  bindLog,
  unboundLog,
  keaLog,
  dovecotLog,
  eximLog,
  openvpnLog,
  openvpnStatus,
  strongswanLog
]
