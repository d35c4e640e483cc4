/**
 * The audit log of Kubernetes' API server (`audit.k8s.io/v1`, Event): record → ECS event, as Elastic's kubernetes integration maps it.
 * The whole event stays below `kubernetes.audit`, dots in the names of annotations replaced by underscores.
 */

import { distinct, object } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type Document, put } from '../ndjson/document.ts'
import { asDocument, asList, asText, draftOf, look } from '../shared/draft.ts'
import { userAgent } from '../shared/user-agent.ts'

export const kubernetesAudit: Parser = {
  name: 'kubernetes-audit',
  title: 'Kubernetes audit log',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description: {
    reads:
      'Events of the API server’s audit log (`audit.k8s.io/v1` and `v1beta1`) as JSON lines, and lists of them (`EventList`).',
    from: 'kube-apiserver with `--audit-policy-file` and `--audit-log-path`, or an audit webhook; EKS, GKE and AKS give it in their own logs.',
    specifications: ['https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/'],
    sample:
      '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"4e4c8f5a","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/default/secrets/db","verb":"get","user":{"username":"ann","groups":["system:authenticated"]},"sourceIPs":["192.0.2.7"],"userAgent":"kubectl/v1.30","objectRef":{"resource":"secrets","namespace":"default","name":"db","apiVersion":"v1"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2025-01-01T10:11:12.123456Z","stageTimestamp":"2025-01-01T10:11:12.130000Z","annotations":{"authorization.k8s.io/decision":"allow"}}',
    mapping: [
      ['@timestamp', 'requestReceivedTimestamp'],
      ['event.action', 'verb'],
      ['event.outcome', 'annotations: authorization.k8s.io/decision', 'allow or forbid'],
      ['event.id', 'auditID'],
      ['user.name, user.id, user.roles', 'user.username, user.uid, user.groups'],
      ['source.ip, client.ip', 'sourceIPs', 'the first; all in related.ip'],
      ['user_agent.*', 'userAgent'],
      ['orchestrator.*', 'objectRef'],
      ['url.path', 'requestURI'],
      ['http.response.status_code', 'responseStatus.code'],
      ['kubernetes.audit.*', 'the whole event']
    ]
  }
}

/** The event may be wrapped, as Elastic's agent wraps it. */
function auditOf(json: JsonObject): JsonObject {
  return object(object(json['kubernetes'])?.['audit']) ?? json
}

function isAudit(json: JsonObject | undefined): boolean {
  if (json === undefined) return false
  const audit = auditOf(json)
  return (
    typeof audit['auditID'] === 'string' &&
    typeof audit['stage'] === 'string' &&
    (typeof audit['verb'] === 'string' || typeof audit['requestURI'] === 'string')
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isAudit).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}

function parse(json: JsonObject): Parsed {
  if (!isAudit(json)) return { ok: false, reason: 'has no auditID, stage and verb: not of the audit log' }
  const o = draftOf(auditOf(json))
  const received = asText(look(o, 'requestReceivedTimestamp'))
  const staged = asText(look(o, 'stageTimestamp'))
  const timeUs =
    (received === undefined ? undefined : parseIso(received)) ?? (staged === undefined ? undefined : parseIso(staged))
  const decision = annotations(o, object(auditOf(json)['annotations']))
  const ips = asList(look(o, 'sourceIPs')).filter(ip => isIp(ip))
  const user = asText(look(o, 'user', 'username'))
  const impersonated = asText(look(o, 'impersonatedUser', 'username'))
  const agent = asText(look(o, 'userAgent'))
  const groups = asList(look(o, 'user', 'groups')).filter(group => typeof group === 'string')
  const object_ = asDocument(look(o, 'objectRef'))
  const code = look(o, 'responseStatus', 'code')
  const verb = asText(look(o, 'verb'))
  const uri = asText(look(o, 'requestURI'))
  const mark = uri?.indexOf('?') ?? -1
  return {
    ok: true,
    timeUs,
    kind: asText(look(o, 'stage')),
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: {
        module: 'kubernetes',
        dataset: 'kubernetes.audit_logs',
        kind: 'event',
        category: ['configuration'],
        type: verb === undefined ? undefined : [typeOf(verb)],
        action: verb,
        id: asText(look(o, 'auditID')),
        outcome: decision
      },
      user: {
        name: user,
        id: asText(look(o, 'user', 'uid')),
        roles: groups.length === 0 ? undefined : groups,
        effective: impersonated === undefined ? undefined : { name: impersonated }
      },
      source: { ip: ips[0] },
      client: { ip: ips[0] },
      user_agent: agent === undefined ? undefined : userAgent(agent),
      url: {
        original: uri,
        path: uri === undefined || mark < 0 ? uri : uri.slice(0, mark),
        query: uri === undefined || mark < 0 ? undefined : uri.slice(mark + 1)
      },
      http: { response: { status_code: typeof code === 'number' ? code : undefined } },
      orchestrator: {
        type: 'kubernetes',
        api_version: asText(look(object_, 'apiVersion')),
        namespace: asText(look(object_, 'namespace')),
        resource: { type: asText(look(object_, 'resource')), name: asText(look(object_, 'name')) }
      },
      related: { ip: distinct(...(ips as string[])), user: distinct(user, impersonated) },
      kubernetes: { audit: o }
    }
  }
}

/** Replaces the annotations by ones whose names have no dots; gives the outcome that one of them tells. */
function annotations(o: Document, original: JsonObject | undefined): string | undefined {
  if (original === undefined) return undefined
  const out: Document = {}
  for (const key in original) {
    const value = asText(original[key])
    if (value !== undefined) put(out, key.replaceAll('.', '_'), value)
  }
  o['annotations'] = out
  const decision = original['authorization.k8s.io/decision']
  return decision === 'allow' ? 'success' : decision === 'forbid' ? 'failure' : undefined
}

function typeOf(verb: string): string {
  if (verb === 'create') return 'creation'
  if (verb === 'delete' || verb === 'deletecollection') return 'deletion'
  return verb === 'update' || verb === 'patch' ? 'change' : 'access'
}
