/**
 * The audit devices of HashiCorp Vault (and OpenBao): requests and responses as JSON → ECS events, as Elastic's hashicorp_vault
 * integration maps them. The whole record stays below `hashicorp_vault.audit`.
 */

import { object } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { asDocument, asText, draftOf, look, take } from '../shared/draft.ts'

export const vaultAudit: Parser = {
  name: 'vault',
  title: 'HashiCorp Vault audit log',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description: {
    reads: 'Records of Vault’s audit devices (file, socket, syslog) in JSON, of requests and of responses.',
    from: '`vault audit enable file file_path=/var/log/vault_audit.log`',
    specifications: ['https://developer.hashicorp.com/vault/docs/audit'],
    sample:
      '{"time":"2025-01-01T10:11:12.123456789Z","type":"response","auth":{"display_name":"ann","policies":["default"],"token_type":"service"},"request":{"id":"a-1","operation":"read","path":"secret/data/db","remote_address":"192.0.2.7","remote_port":51022},"response":{"mount_type":"kv"}}',
    mapping: [
      ['@timestamp', 'time'],
      ['event.action', 'request.operation'],
      ['event.type', 'request.operation, error'],
      ['event.outcome', 'error'],
      ['event.id', 'request.id'],
      ['message', 'error'],
      ['source.ip', 'request.remote_address'],
      ['user.name', 'auth.display_name'],
      ['user.email, user.id', 'auth.metadata.email, .account_id'],
      ['nomad.*', 'auth.metadata of Nomad’s tokens'],
      ['hashicorp_vault.audit.*', 'the whole record']
    ]
  }
}

function isVault(json: JsonObject | undefined): boolean {
  if (json === undefined || typeof json['time'] !== 'string') return false
  const { type } = json
  const request = object(json['request'])
  return (
    (type === 'request' || type === 'response') &&
    request !== undefined &&
    (typeof request['operation'] === 'string' || typeof request['mount_point'] === 'string') &&
    (request['id'] !== undefined || request['path'] !== undefined)
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isVault).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.93 : 0
}

/** An entry is of a request that begins or ends something for whoever asks, or just says so. */
const types: Readonly<Record<string, readonly string[]>> = {
  create: ['info', 'start'],
  delete: ['info', 'end'],
  update: ['info'],
  read: ['info', 'start'],
  list: ['info', 'start']
}

function parse(json: JsonObject): Parsed {
  if (object(json['request']) === undefined) return { ok: false, reason: 'has no request: not of an audit device' }
  const o = draftOf(json)
  const time = asText(take(o, 'time'))
  const timeUs = time === undefined ? undefined : parseIso(time)
  const operation = asText(look(o, 'request', 'operation'))
  const error = asText(look(o, 'error'))
  const known = operation !== undefined && Object.hasOwn(types, operation) ? types[operation] : undefined
  const kinds = known ?? (error === undefined ? undefined : ['info'])
  const address = asText(look(o, 'request', 'remote_address'))
  const ip = isIp(address) ? address : undefined
  const port = look(o, 'request', 'remote_port')
  const metadata = asDocument(look(o, 'auth', 'metadata'))
  const name = asText(look(o, 'auth', 'display_name'))
  const task = {
    allocation: asText(look(metadata, 'AllocationID')),
    namespace: asText(look(metadata, 'Namespace')),
    node: asText(look(metadata, 'NodeID')),
    task: asText(look(metadata, 'Task'))
  }
  const nomad = Object.values(task).every(text => text !== undefined)
  return {
    ok: true,
    timeUs,
    kind: asText(look(o, 'type')),
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: error,
      event: {
        module: 'hashicorp_vault',
        dataset: 'hashicorp_vault.audit',
        kind: 'event',
        category: ['authentication'],
        type: kinds,
        action: operation,
        outcome: error === undefined ? 'success' : 'failure',
        id: asText(look(o, 'request', 'id'))
      },
      source: { ip, port: typeof port === 'number' ? port : undefined },
      user: {
        name,
        email: asText(look(metadata, 'email')),
        id: asText(look(metadata, 'account_id'))
      },
      nomad: nomad
        ? {
            allocation: { id: task.allocation },
            namespace: task.namespace,
            node: { id: task.node },
            task: { name: task.task }
          }
        : undefined,
      related: { ip: ip === undefined ? undefined : [ip], user: name === undefined ? undefined : [name] },
      hashicorp_vault: { audit: o }
    }
  }
}
