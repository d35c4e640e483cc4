/** The logs about files and the protocols that carry them: files, pe, ftp, irc, smb_files, smb_mapping, smb_cmd. */

import { distinct, numberOf, text } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import { type Log, outcomeOf, setSession, setUser, type Words } from './draft.ts'
import { place, stay } from './leftovers.ts'
import { connectionProtocol, connectionProtocolInfo, describe, file, info, network } from './log.ts'
import { isoTime, texts } from './values.ts'

/**
 * https://docs.zeek.org/en/master/logs/files.html. Before Zeek 5.1 a record lists senders, receivers and connections; since then it
 * names one connection and its direction.
 */
export const files: Log = describe('files', {
  category: file,
  type: info,
  moves: {
    conn_uids: 'session_ids',
    filename: '$',
    total_bytes: '#',
    tx_hosts: '*',
    rx_hosts: '*'
  },
  map(draft, record, own) {
    const { related } = draft
    const senders = texts(record['tx_hosts'])
    const receivers = texts(record['rx_hosts'])
    const fromOriginator = record['is_orig'] === true
    const known = typeof record['is_orig'] === 'boolean'
    const sender =
      senders?.[0] ?? (known ? (fromOriginator ? draft.source.address : draft.destination.address) : undefined)
    const receiver =
      receivers?.[0] ?? (known ? (fromOriginator ? draft.destination.address : draft.source.address) : undefined)
    stay(own, 'tx_host', sender)
    stay(own, 'rx_host', receiver)
    if (senders === undefined || senders.length > 1) stay(own, 'tx_hosts', record['tx_hosts'])
    if (receivers === undefined || receivers.length > 1) stay(own, 'rx_hosts', record['rx_hosts'])
    setSession(draft, own, texts(record['conn_uids'])?.[0])
    const md5 = text(record['md5'])
    const sha1 = text(record['sha1'])
    const sha256 = text(record['sha256'])
    related.hash = distinct(md5, sha1, sha256)
    related.ip = distinct(...(senders ?? []), ...(receivers ?? []), draft.source.ip, draft.destination.ip)?.filter(isIp)
    draft['server'] = { ip: isIp(sender) ? sender : undefined }
    draft['client'] = { ip: isIp(receiver) ? receiver : undefined }
    draft['file'] = {
      name: text(record['filename']),
      size: numberOf(record['total_bytes']),
      mime_type: text(record['mime_type']),
      hash: { md5, sha1, sha256 }
    }
  }
})

/** https://docs.zeek.org/en/master/logs/pe.html */
export const pe: Log = describe('pe', { category: file, type: info, moves: { compile_ts: '~compile_time' } })

/** https://docs.zeek.org/en/master/logs/ftp.html */
export const ftp: Log = describe('ftp', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'ftp',
  moves: {
    file_size: '#',
    mime_type: '$',
    fuid: 'file.uid',
    reply_code: 'reply.code',
    reply_msg: 'reply.msg',
    'data_channel.orig_h': 'data_channel.originating_host',
    'data_channel.orig_p': 'data_channel.originating_port',
    'data_channel.resp_h': 'data_channel.response_host',
    'data_channel.resp_p': 'data_channel.response_port'
  },
  map(draft, record) {
    draft.event.action = text(record['command'])
    draft['file'] = { size: numberOf(record['file_size']), mime_type: text(record['mime_type']) }
    setUser(draft, text(record['user']))
  }
})

/** https://docs.zeek.org/en/master/scripts/base/protocols/irc/main.zeek.html */
export const irc: Log = describe('irc', {
  category: network,
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'irc',
  moves: { user: '$', dcc_file_name: '$', dcc_mime_type: '$' },
  map(draft, record) {
    draft.event.action = text(record['command'])
    draft['file'] = {
      name: text(record['dcc_file_name']),
      size: numberOf(record['dcc_file_size']),
      mime_type: text(record['dcc_mime_type'])
    }
    setUser(draft, text(record['user']))
  }
})

const shared = { category: network, type: connectionProtocol, transport: 'tcp', protocol: 'smb' } as const
const withDeletion: Words = ['connection', 'protocol', 'deletion', 'info']
const withChange: Words = ['connection', 'protocol', 'change', 'info']

/** https://docs.zeek.org/en/master/logs/smb.html */
export const smbFiles: Log = describe('smb_files', {
  ...shared,
  category: ['network', 'file'],
  moves: {
    'times.accessed': '~times.accessed',
    'times.changed': '~times.changed',
    'times.created': '~times.created',
    'times.modified': '~times.modified'
  },
  map(draft, record) {
    const action = text(record['action'])
    const name = text(record['name'])
    const path = text(record['path'])
    draft.event.action = action
    if (action === 'SMB::FILE_DELETE') draft.event.type = withDeletion
    else if (action === 'SMB::FILE_RENAME' || action === 'SMB::FILE_SET_ATTRIBUTE') draft.event.type = withChange
    else if (action !== undefined) draft.event.type = connectionProtocolInfo
    draft['file'] = {
      name,
      path: name === undefined || path === undefined ? undefined : `${path}\\${name}`,
      size: numberOf(record['size']),
      accessed: isoTime(record['times.accessed']),
      created: isoTime(record['times.created']),
      ctime: isoTime(record['times.changed']),
      mtime: isoTime(record['times.modified'])
    }
  }
})

export const smbMapping: Log = describe('smb_mapping', shared)

const withError: Words = ['connection', 'protocol', 'error']

export const smbCmd: Log = describe('smb_cmd', {
  ...shared,
  moves: {
    'referenced_file.name': 'file.name',
    'referenced_file.path': 'file.path',
    'referenced_file.action': 'file.action',
    'referenced_file.uid': '*',
    'referenced_file.id.orig_h': '*',
    'referenced_file.id.resp_h': '*'
  },
  map(draft, record, own) {
    draft.event.action = text(record['command'])
    const status = text(record['status'])
    if (status !== undefined) {
      const success = status.toLowerCase() === 'success'
      draft.event.outcome = outcomeOf(success)
      if (!success) draft.event.type = withError
    }
    // Only where something was done to the file do its ends say who sent and who received.
    const done = text(record['referenced_file.action']) !== undefined
    moveOn(own, record['referenced_file.uid'], done ? ['file', 'uid'] : ['referenced_file', 'uid'])
    moveOn(
      own,
      record['referenced_file.id.orig_h'],
      done ? ['file', 'host', 'tx'] : ['referenced_file', 'id', 'orig_h']
    )
    moveOn(
      own,
      record['referenced_file.id.resp_h'],
      done ? ['file', 'host', 'rx'] : ['referenced_file', 'id', 'resp_h']
    )
    setUser(draft, text(record['username']))
  }
})

function moveOn(own: Record<string, unknown>, value: unknown, parts: readonly string[]): void {
  if (value !== undefined && value !== null) place(own, parts, value)
}
