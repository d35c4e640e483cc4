/** What the simulated office gives: lines in the order of time, each in the form that a real program writes it. */

/** The forms, by their names in a configuration. `format` is the name of Picket's parser for it. */
export const officeShapes = {
  eve: { title: 'Suricata EVE JSON: flows, DNS, TLS, HTTP, SSH, alerts', format: 'suricata', file: 'eve.json' },
  'vpc-flow-v2': { title: 'VPC flow logs, the default fields', format: 'vpc-flow', file: 'vpc-flow-v2.log' },
  'vpc-flow-v5': { title: 'VPC flow logs with the fields of version 5', format: 'vpc-flow', file: 'vpc-flow-v5.log' },
  cloudtrail: { title: 'AWS CloudTrail, an event a line', format: 'cloudtrail', file: 'cloudtrail.ndjson' },
  syslog: { title: 'sshd and sudo of Linux servers, as syslog files', format: 'syslog', file: 'auth.log' },
  nginx: { title: 'nginx access log (combined)', format: 'nginx-access', file: 'access.log' },
  dns: { title: 'the queries of a resolver (BIND query log)', format: 'bind-log', file: 'queries.log' },
  windows: { title: 'Windows process creation (Sysmon 1), as JSON', format: 'windows-json', file: 'sysmon.ndjson' },
  mail: { title: 'mails as they arrive, in an mbox file', format: 'email', file: 'mail.mbox' }
} as const

export type ShapeName = keyof typeof officeShapes
export const shapeNames = Object.keys(officeShapes) as ShapeName[]

export type Line = {
  /** When the program wrote it; milliseconds since 1970, with microseconds behind the point. */
  readonly timeMs: number
  readonly shape: ShapeName
  /** Without a line break at its end. Mails have many lines. */
  readonly text: string
  /** The scenario that it belongs to; undefined: ordinary work. */
  readonly attack: string | undefined
}

/** The lines that a file of this shape begins with. */
export function headOf(shape: ShapeName): string | undefined {
  if (shape === 'vpc-flow-v2') return vpcFields
  return shape === 'vpc-flow-v5' ? `${vpcFields} ${vpcFieldsMore}` : undefined
}

const vpcFields =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
const vpcFieldsMore =
  'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path'
