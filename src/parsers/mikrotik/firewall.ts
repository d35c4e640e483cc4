/**
 * A packet in RouterOS's log:
 *
 *   [ prefix SP ] chain ": in:" interface " out:" interface ", " [ "connection-state:" state [ ",snat" … ] " " ] [ "src-mac " mac ", " ]
 *   "proto " protocol [ " (" flags or "type n, code n" ")" ] ", " source "->" destination [ ", NAT " … ] ", len " n
 */

export type Packet = {
  readonly chain: string
  readonly prefix: string | undefined
  readonly in: string | undefined
  readonly out: string | undefined
  readonly state: string | undefined
  readonly transport: string | undefined
  readonly flags: string | undefined
  readonly icmp: { readonly type: number; readonly code: number } | undefined
  readonly length: number | undefined
  readonly source: Side & { readonly mac: string | undefined }
  readonly destination: Side
  /** What the rule's prefix says; the log itself does not. */
  readonly verdict: 'allowed' | 'denied' | undefined
}

type Side = {
  readonly ip: string | undefined
  readonly port: number | undefined
  readonly nat: { readonly ip: string | undefined; readonly port: number | undefined } | undefined
}

export function readFirewall(text: string): Packet | undefined {
  const inAt = text.indexOf(': in:')
  if (inAt < 1 || inAt > 256) return undefined
  const head = text.slice(0, inAt)
  const cut = head.lastIndexOf(' ')
  const prefix = cut < 0 ? undefined : head.slice(0, cut).trim() || undefined
  const protoAt = text.indexOf('proto ', inAt)
  if (protoAt < 0) return undefined
  const middle = text.slice(inAt + 2, protoAt)
  const proto = /^proto ([A-Za-z0-9-]{1,24})(?: \(([^)]{0,64})\))?, /.exec(text.slice(protoAt, protoAt + 128))
  if (proto === null) return undefined
  const rest = text.slice(protoAt + proto[0].length)
  const arrow = rest.indexOf('->')
  if (arrow < 0) return undefined
  const comma = rest.indexOf(', ', arrow)
  const source = endpoint(rest.slice(0, arrow))
  const destination = endpoint(rest.slice(arrow + 2, comma < 0 ? undefined : comma))
  const nat = /, NAT (.{1,200}?), (?:prio|len)/.exec(rest)
  const [natSource, natDestination] = natOf(nat?.[1])
  const length = /, len (\d{1,6})/.exec(rest)
  const icmp = proto[2] === undefined ? null : /^type (\d{1,3}), code (\d{1,3})$/.exec(proto[2])
  const mac = /src-mac ([0-9A-Fa-f:]{17})/.exec(middle)
  return {
    chain: head.slice(cut + 1),
    prefix,
    in: /(?:^|[ ,])in:(\([^)]*\)|[^ ,]+)/.exec(middle)?.[1],
    out: /[ ,]out:(\([^)]*\)|[^ ,]+)/.exec(middle)?.[1],
    state: /connection-state:([^ ]+)/.exec(middle)?.[1]?.replace(/,$/, ''),
    transport: proto[1]!.toLowerCase(),
    flags: icmp === null ? proto[2] : undefined,
    icmp: icmp === null ? undefined : { type: Number(icmp[1]), code: Number(icmp[2]) },
    length: length === null ? undefined : Number(length[1]),
    source: { ...source, nat: natSource, mac: mac?.[1]?.replaceAll(':', '-').toUpperCase() },
    destination: { ...destination, nat: natDestination },
    verdict: verdictOf(prefix)
  }
}

/** `10.0.0.5:51234`, `[2001:db8::5]:51234`, without ports too. */
function endpoint(text: string): { readonly ip: string | undefined; readonly port: number | undefined } {
  const close = text.startsWith('[') ? text.indexOf(']') : -1
  if (close > 0) return { ip: text.slice(1, close), port: portOf(text.slice(close + 2)) }
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.indexOf(':') !== colon) return { ip: text || undefined, port: undefined }
  return { ip: text.slice(0, colon), port: portOf(text.slice(colon + 1)) }
}

/** `(10.0.0.5:51234->203.0.113.2:51234)->198.51.100.7:443`: the parenthesis is the side that is translated. */
function natOf(text: string | undefined): readonly [Side['nat'], Side['nat']] {
  if (text === undefined) return [undefined, undefined]
  const open = text.indexOf('(')
  const close = text.indexOf(')')
  if (open < 0 || close < open) return [undefined, undefined]
  const inner = text.slice(open + 1, close)
  const arrow = inner.indexOf('->')
  if (arrow < 0) return [undefined, undefined]
  const translated = endpoint(open === 0 ? inner.slice(arrow + 2) : inner.slice(0, arrow))
  return open === 0 ? [translated, undefined] : [undefined, translated]
}

function verdictOf(prefix: string | undefined): 'allowed' | 'denied' | undefined {
  if (prefix === undefined) return undefined
  if (/drop|deny|denied|block|reject/i.test(prefix)) return 'denied'
  return /accept|allow|permit|pass/i.test(prefix) ? 'allowed' : undefined
}

const portOf = (text: string) => (/^\d{1,5}$/.test(text) ? Number(text) : undefined)
