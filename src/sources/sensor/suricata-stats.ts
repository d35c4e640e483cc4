/** Suricata's own figures: a line of EVE of the type `stats`. */

export type SuricataFigures = {
  readonly uptimeSeconds: number
  /** What the kernel showed to Suricata, and what it dropped since Suricata was behind. */
  readonly packets: number
  readonly drops: number
  readonly bytes: number
  readonly alerts: number
  /** Flows that ended: each is an event. */
  readonly flowsEnded: number
  readonly rulesLoaded: number
  readonly rulesFailed: number
  /** For flows and streams, as far as Suricata counts it. */
  readonly memuseBytes: number
  /** How often a memory bound was met. */
  readonly memcapHits: number
}

type Numbers = { readonly [key: string]: Numbers | Numbers[] | number | undefined }

export function readStats(line: string): SuricataFigures | undefined {
  let stats: Numbers
  try {
    stats = (JSON.parse(line) as { stats?: Numbers }).stats ?? {}
  } catch {
    return undefined
  }
  const number = (...path: string[]): number => {
    let at: Numbers | Numbers[] | number | undefined = stats
    for (const key of path) {
      if (Array.isArray(at)) at = at[0]
      if (typeof at !== 'object') return 0
      at = (at as Numbers)[key]
    }
    return typeof at === 'number' && Number.isFinite(at) ? at : 0
  }
  return {
    uptimeSeconds: number('uptime'),
    packets: number('capture', 'kernel_packets') || number('decoder', 'pkts'),
    drops: number('capture', 'kernel_drops'),
    bytes: number('decoder', 'bytes'),
    alerts: number('detect', 'alert'),
    flowsEnded: sumOf(stats, 'flow', 'end', 'state'),
    rulesLoaded: number('detect', 'engines', 'rules_loaded'),
    rulesFailed: number('detect', 'engines', 'rules_failed'),
    memuseBytes:
      number('flow', 'memuse') +
      number('tcp', 'memuse') +
      number('tcp', 'reassembly_memuse') +
      number('http', 'memuse') +
      number('defrag', 'memuse'),
    memcapHits:
      number('flow', 'memcap') +
      number('tcp', 'ssn_memcap_drop') +
      number('tcp', 'segment_memcap_drop') +
      number('http', 'memcap') +
      number('defrag', 'memcap')
  }
}

function sumOf(stats: Numbers, ...path: string[]): number {
  let at: unknown = stats
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Numbers)[key] : undefined
  if (typeof at !== 'object' || at === null) return 0
  return Object.values(at).reduce((sum: number, each) => sum + (typeof each === 'number' ? each : 0), 0)
}
