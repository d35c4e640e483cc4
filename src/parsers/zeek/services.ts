/** The logs of network services and industrial protocols: dhcp, ntp, snmp, smtp, sip, socks, syslog, modbus, dnp3, mysql, mqtt … */

import { distinct, numberOf, text, textOf } from '../../core/ecs-values.ts'
import type { JsonValue } from '../../core/parser.ts'
import { type Draft, type Log, outcomeOf, setNetworkType, setSession, setUser, standIn, type Words } from './draft.ts'
import { type Own, place, stay, stayUnless } from './leftovers.ts'
import { connection, connectionProtocol, connectionProtocolInfo, describe, info, network } from './log.ts'
import { parseMailDate } from './mail-date.ts'
import { texts } from './values.ts'

const protocolError: Words = ['connection', 'protocol', 'error']

/** https://docs.zeek.org/en/master/logs/dhcp.html: one record may cover several sessions. */
export const dhcp: Log = describe('dhcp', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'udp',
  protocol: 'dhcp',
  moves: {
    uids: '*',
    assigned_addr: 'address.assigned',
    client_addr: 'address.client',
    mac: 'address.mac',
    requested_addr: 'address.requested',
    server_addr: 'address.server',
    host_name: 'hostname',
    client_message: 'msg.client',
    server_message: 'msg.server',
    msg_types: 'msg.types',
    msg_orig: 'msg.origin',
    client_software: 'software.client',
    server_software: 'software.server',
    circuit_id: 'id.circuit',
    agent_remote_id: 'id.remote_agent',
    subscriber_id: 'id.subscriber',
    client_port: '*',
    server_port: '*'
  },
  map(draft, record, own) {
    const client = text(record['client_addr'])
    const server = text(record['server_addr'])
    const sessions = texts(record['uids'])
    setSession(draft, own, sessions)
    if (sessions === undefined) stay(own, 'uids', record['uids'])
    standIn(draft, client, server)
    const { source, destination } = draft
    source.port ??= numberOf(record['client_port']) ?? 68
    destination.port ??= numberOf(record['server_port']) ?? 67
    stayUnless(own, 'client_port', record['client_port'], source.port)
    stayUnless(own, 'server_port', record['server_port'], destination.port)
    draft.network.name = text(record['domain'])
    draft['client'] = { address: client }
    draft['server'] = { address: server }
  }
})

/** https://docs.zeek.org/en/master/logs/ntp.html */
export const ntp: Log = describe('ntp', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'udp',
  protocol: 'ntp',
  moves: { ref_time: '~ref_time', org_time: '~org_time', rec_time: '~rec_time', xmt_time: '~xmt_time' },
  map(draft) {
    setNetworkType(draft, draft.source.ip)
  }
})

/** https://docs.zeek.org/en/master/logs/snmp.html */
export const snmp: Log = describe('snmp', {
  category: network,
  type: connectionProtocol,
  transport: 'udp',
  protocol: 'snmp',
  moves: {
    get_requests: 'get.requests',
    get_bulk_requests: 'get.bulk_requests',
    get_responses: 'get.responses',
    set_requests: 'set.requests',
    up_since: '~up_since'
  }
})

/** https://docs.zeek.org/en/master/logs/smtp.html */
export const smtp: Log = describe('smtp', {
  category: network,
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'smtp',
  moves: { trans_depth: 'transaction_depth', mailfrom: 'mail_from', rcptto: 'rcpt_to' },
  map(draft, record, own) {
    const date = parseMailDate(text(record['date']))
    if (date !== undefined) own['date'] = date
    if (typeof record['tls'] === 'boolean') draft['tls'] = { established: record['tls'] }
    draft['email'] = {
      from: { address: texts(record['from']) },
      to: { address: texts(record['to']) },
      cc: { address: texts(record['cc']) },
      reply_to: { address: texts(record['reply_to']) },
      subject: text(record['subject']),
      message_id: text(record['msg_id']),
      x_mailer: text(record['user_agent'])
    }
  }
})

/** https://docs.zeek.org/en/master/logs/sip.html */
export const sip: Log = describe('sip', {
  category: network,
  type: connectionProtocol,
  transport: 'udp',
  protocol: 'sip',
  moves: {
    trans_depth: 'transaction_depth',
    method: 'sequence.method',
    request_from: 'request.from',
    request_to: 'request.to',
    request_path: 'request.path',
    request_body_len: 'request.body_length',
    response_from: 'response.from',
    response_to: 'response.to',
    response_path: 'response.path',
    response_body_len: 'response.body_length',
    status_code: 'status.code',
    status_msg: 'status.msg',
    seq: '*'
  },
  map(draft, record, own) {
    const method = text(record['method'])
    const status = numberOf(record['status_code'])
    const uri = text(record['uri'])
    draft.event.action = method
    if (status !== undefined) {
      draft.event.outcome = outcomeOf(status < 400)
      if (status >= 400) draft.event.type = protocolError
    }
    if (uri !== undefined) draft['url'] = { full: uri }
    sequence(record['seq'], method, own)
  }
})

/** `CSeq` is a number and the method again; whatever else is in it stays. */
function sequence(value: JsonValue | undefined, method: string | undefined, own: Own): void {
  const cseq = typeof value === 'string' ? value.slice(0, 64).split(' ') : []
  const number = cseq[0] !== undefined && /^\d{1,20}$/.test(cseq[0]) ? cseq[0] : undefined
  if (number !== undefined) {
    place(own, ['sequence', 'number'], number)
  }
  if (number === undefined || cseq.length !== 2 || cseq[1] !== method) stay(own, 'seq', value)
}

/** https://docs.zeek.org/en/master/scripts/base/protocols/socks/main.zeek.html */
export const socks: Log = describe('socks', {
  category: network,
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'socks',
  moves: { 'request.name': 'request.host', request_p: 'request.port', bound_p: 'bound.port' },
  map(draft, record) {
    const status = text(record['status'])
    if (status !== undefined) {
      draft.event.outcome = outcomeOf(status === 'succeeded')
      if (status !== 'succeeded') draft.event.type = protocolError
    }
    draft.related.hosts = distinct(text(record['request.name']))
    setUser(draft, text(record['user']))
  }
})

/** https://docs.zeek.org/en/master/logs/syslog.html */
export const syslog: Log = describe('syslog', {
  protocol: 'syslog',
  moves: { message: 'msg' },
  map(draft, record) {
    draft['message'] = text(record['message'])
    draft['log'] = {
      syslog: { facility: { name: text(record['facility']) }, severity: { name: text(record['severity']) } }
    }
  }
})

/** https://docs.zeek.org/en/master/logs/tunnel.html */
export const tunnel: Log = describe('tunnel', {
  category: network,
  type: connection,
  moves: { tunnel_type: 'type' },
  map: actionFrom('action')
})

/** https://docs.zeek.org/en/master/logs/traceroute.html */
export const traceroute: Log = describe('traceroute', {
  category: network,
  type: info,
  moves: { src: '*', dst: '*' },
  map(draft, record, own) {
    standIn(draft, text(record['src']), text(record['dst']))
    if (record['src'] !== draft.source.address) stay(own, 'src', record['src'])
    if (record['dst'] !== draft.destination.address) stay(own, 'dst', record['dst'])
  }
})

/** https://docs.zeek.org/en/master/logs/dce-rpc.html */
export const dceRpc: Log = describe('dce_rpc', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'dce_rpc',
  map: actionFrom('operation')
})

/** https://docs.zeek.org/en/master/logs/modbus.html */
export const modbus: Log = describe('modbus', {
  category: network,
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'modbus',
  moves: { func: 'function' },
  map(draft, record) {
    draft.event.action = text(record['func'])
    draft.event.outcome = outcomeOf(record['exception'] === undefined || record['exception'] === null)
  }
})

/** https://docs.zeek.org/en/master/logs/dnp3.html */
export const dnp3: Log = describe('dnp3', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'dnp3',
  moves: { fc_request: 'function.request', fc_reply: 'function.reply' },
  map(draft, record) {
    draft.event.action = (text(record['fc_reply']) ?? text(record['fc_request']))?.toLowerCase()
  }
})

const changing: ReadonlySet<string> = new Set([
  'init_db',
  'change_user',
  'set_option',
  'drop_db',
  'create_db',
  'process_kill',
  'delayed_insert'
])

/** https://docs.zeek.org/en/master/logs/mysql.html */
export const mysql: Log = describe('mysql', {
  category: ['network', 'database'],
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'mysql',
  map(draft, record) {
    const command = text(record['cmd'])
    draft.event.action = command
    draft.event.outcome = outcomeOf(record['success']) ?? 'unknown'
    if (command === undefined) return
    if (command === 'connect' || command === 'connect_out') {
      draft.event.category = ['network', 'database', 'session']
      draft.event.type = ['connection', 'protocol', 'access', command === 'connect' ? 'start' : 'end']
    } else draft.event.type = ['connection', 'protocol', changing.has(command) ? 'change' : 'info']
  }
})

/** https://docs.zeek.org/en/master/logs/postgresql.html */
export const postgresql: Log = describe('postgresql', {
  category: ['network', 'database'],
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'postgresql',
  map(draft, record) {
    draft.event.action = text(record['frontend'])
    draft.event.outcome = outcomeOf(record['success'])
    setUser(draft, text(record['user']))
  }
})

const mqtt = { category: network, type: connectionProtocol, transport: 'tcp', protocol: 'mqtt' } as const

/** https://docs.zeek.org/en/master/logs/mqtt.html */
export const mqttConnect: Log = describe('mqtt_connect', {
  ...mqtt,
  map(draft, record) {
    const status = text(record['connect_status'])
    draft.event.action = 'connect'
    draft.event.outcome = status === undefined ? undefined : outcomeOf(status === 'Connection Accepted')
  }
})

export const mqttPublish: Log = describe('mqtt_publish', {
  ...mqtt,
  map: draft => void (draft.event.action = 'publish')
})
export const mqttSubscribe: Log = describe('mqtt_subscribe', { ...mqtt, map: actionFrom('action') })

function actionFrom(key: string): Log['map'] {
  return (draft: Draft, record) => {
    draft.event.action = textOf(record[key])
  }
}
