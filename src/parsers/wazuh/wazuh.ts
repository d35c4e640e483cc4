/**
 * Wazuh's alerts and archives (`alerts.json`, `archives.json`, documents of its indexer): a log line of an agent, what the decoder made
 * of it, and the rule that it met. First stage of the pipeline. The alert's own fields stand below `wazuh.`.
 */

import { distinct, list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { cleanse, type Document, own, put } from '../ndjson/document.ts'
import { wazuhDescription } from './description.ts'

/** Groups of rules and what they are about. The first that a rule is in counts. */
const categories: readonly (readonly [group: string, category: readonly string[], type: readonly string[]])[] = [
  ['syscheck', ['file'], ['change']],
  ['authentication_success', ['authentication'], ['start']],
  ['authentication_failed', ['authentication'], ['start']],
  ['authentication_failures', ['authentication'], ['start']],
  ['invalid_login', ['authentication'], ['start']],
  ['adduser', ['iam'], ['user', 'creation']],
  ['vulnerability-detector', ['vulnerability'], ['info']],
  ['rootcheck', ['malware'], ['info']],
  ['virus', ['malware'], ['info']],
  ['malware', ['malware'], ['info']],
  ['sca', ['configuration'], ['info']],
  ['ids', ['intrusion_detection'], ['info']],
  ['web', ['web'], ['access']],
  ['firewall', ['network'], ['connection']],
  ['sysmon', ['process'], ['info']],
  ['sudo', ['process'], ['start']]
]

const outcomes: readonly (readonly [string, 'success' | 'failure'])[] = [
  ['authentication_success', 'success'],
  ['authentication_failed', 'failure'],
  ['authentication_failures', 'failure'],
  ['invalid_login', 'failure']
]

const fileTypes: ReadonlyMap<string, string> = new Map([
  ['added', 'creation'],
  ['modified', 'change'],
  ['deleted', 'deletion']
])

function parseAlert(json: JsonObject): Parsed {
  if (!isWazuh(json)) return { ok: false, reason: 'not of Wazuh: no agent, manager and location' }
  const rule = object(json['rule'])
  const agent = object(json['agent'])
  const data = object(json['data'])
  const check = object(json['syscheck'])
  const mitre = object(rule?.['mitre'])
  const predecoder = object(json['predecoder'])
  const groups = texts(rule?.['groups'])
  const about = categories.find(([group]) => groups.includes(group))
  const change = check === undefined ? undefined : fileTypes.get(textOf(check['event']) ?? '')
  const stamp = text(json['@timestamp']) ?? text(json['timestamp'])
  const timeUs = stamp === undefined ? undefined : parseIso(stamp)
  const source = ipOf(data?.['srcip'])
  const destination = ipOf(data?.['dstip'])
  const agentIp = ipOf(agent?.['ip'])
  const user = textOf(data?.['srcuser'])
  const target = textOf(data?.['dstuser'])
  const host = textOf(agent?.['name'])
  const path = textOf(check?.['path'])
  const hash = {
    md5: textOf(check?.['md5_after']),
    sha1: textOf(check?.['sha1_after']),
    sha256: textOf(check?.['sha256_after'])
  }
  return {
    ok: true,
    timeUs,
    kind: check === undefined ? 'alert' : 'syscheck',
    identity: identityOf(json),
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: text(json['full_log']),
      event: {
        kind: rule === undefined ? 'event' : 'alert',
        module: 'wazuh',
        dataset: rule === undefined ? 'wazuh.archives' : 'wazuh.alerts',
        category: about?.[1],
        type: change === undefined ? about?.[2] : [change],
        outcome: outcomes.find(([group]) => groups.includes(group))?.[1],
        action: textOf(check?.['event']) ?? textOf(data?.['action']),
        severity: numberOf(rule?.['level']),
        reason: text(rule?.['description']),
        provider: textOf(object(json['decoder'])?.['name']),
        id: textOf(json['id'])
      },
      rule: {
        id: textOf(rule?.['id']),
        name: text(rule?.['description']),
        category: groups[0],
        ruleset: groups.length === 0 ? undefined : 'wazuh'
      },
      threat: {
        framework: mitre === undefined ? undefined : 'MITRE ATT&CK',
        technique: { id: texts(mitre?.['id']), name: texts(mitre?.['technique']) },
        tactic: { name: texts(mitre?.['tactic']) }
      },
      host: {
        name: host,
        hostname: textOf(predecoder?.['hostname']) ?? host,
        ip: agentIp === undefined ? undefined : [agentIp]
      },
      agent: { id: textOf(agent?.['id']), name: host, type: 'wazuh' },
      observer: { name: textOf(object(json['manager'])?.['name']), vendor: 'Wazuh', product: 'Wazuh' },
      process: { name: textOf(predecoder?.['program_name']) },
      log: { file: { path: logPath(json['location']) } },
      source: source === undefined ? undefined : { address: source, ip: source, port: portOf(data?.['srcport']) },
      destination:
        destination === undefined
          ? undefined
          : { address: destination, ip: destination, port: portOf(data?.['dstport']) },
      network: { transport: textOf(data?.['protocol'])?.toLowerCase() },
      url: { original: textOf(data?.['url']) },
      user:
        user === undefined && target === undefined
          ? undefined
          : { name: user ?? target, target: user === undefined ? undefined : { name: target } },
      file:
        path === undefined
          ? undefined
          : {
              path,
              hash,
              size: numberOf(check?.['size_after']),
              owner: textOf(check?.['uname_after']),
              group: textOf(check?.['gname_after']),
              inode: textOf(check?.['inode_after'])
            },
      wazuh: rest(json),
      related: {
        ip: distinct(source, destination, agentIp),
        user: distinct(user, target),
        hosts: distinct(host, textOf(predecoder?.['hostname'])),
        hash: distinct(hash.md5, hash.sha1, hash.sha256)
      }
    }
  }
}

/** An alert's id is its time and its place in the manager's log; the manager's name makes it the only one. */
function identityOf(json: JsonObject): string | undefined {
  const id = textOf(json['id'])
  const manager = textOf(object(json['manager'])?.['name'])
  return id === undefined || manager === undefined ? undefined : `${manager}/${id}`
}

/** All fields, but for those that say the time and the line. */
function rest(json: JsonObject): Document {
  const out: Document = {}
  for (const key in json) {
    if (key === 'timestamp' || key === '@timestamp' || key === 'full_log') continue
    put(out, key, cleanse(json[key]!, 2))
  }
  return out
}

function texts(value: JsonValue | undefined): string[] {
  return list(value)
    .filter(item => typeof item === 'string')
    .slice(0, 64)
}

function ipOf(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

function portOf(value: JsonValue | undefined): number | undefined {
  const port = numberOf(value)
  return port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65535 ? port : undefined
}

function logPath(value: JsonValue | undefined): string | undefined {
  const path = text(value)
  return path?.startsWith('/') === true ? path : undefined
}

function isWazuh(json: JsonObject): boolean {
  const agent = own(json, 'agent')
  return (
    typeof own(json, 'manager') === 'object' &&
    typeof agent === 'object' &&
    agent !== null &&
    typeof own(json, 'location') === 'string' &&
    (own(json, 'timestamp') !== undefined || own(json, '@timestamp') !== undefined) &&
    (own(json, 'rule') !== undefined || own(json, 'full_log') !== undefined)
  )
}

function recognise(sample: Sample): number {
  let known = 0
  for (const json of sample.json) if (json !== undefined && isWazuh(json)) known++
  return known > 0 && known >= sample.lines.length * 0.8 ? 0.94 : 0
}

export const wazuh: Parser = {
  name: 'wazuh',
  title: 'Wazuh: alerts.json, archives.json',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parseAlert(json),
  description: wazuhDescription
}
