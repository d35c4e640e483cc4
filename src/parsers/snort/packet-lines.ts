/** The lines about the packet in a full alert: `TCP TTL:64 TOS:0x0 ID:1 IpLen:20 DgmLen:60 DF`, `***A**** Seq: 0x1  Ack: …`. */

export function readPacketLines(lines: readonly string[]) {
  const first = lines[0] ?? ''
  const second = lines[1] ?? ''
  const space = first.indexOf(' ')
  const protocol = space < 0 ? undefined : first.slice(0, space)
  const flags = / (DF|MF|RB)(?: (MF|DF))?$/.exec(first)
  return {
    protocol,
    ip: {
      ttl: after(first, 'TTL:'),
      tos: after(first, 'TOS:'),
      id: after(first, ' ID:'),
      length: after(first, 'IpLen:'),
      flags: flags?.[1]
    },
    dgm: { length: after(first, 'DgmLen:') },
    tcp:
      protocol === 'TCP'
        ? {
            flags: /^([\w*]{8})/.exec(second)?.[1]?.replaceAll('*', ''),
            seq: after(second, 'Seq: '),
            ack: after(second, 'Ack: '),
            window: after(second, 'Win: '),
            length: after(second, 'TcpLen: ')
          }
        : undefined,
    udp: protocol === 'UDP' ? { length: after(second, 'Len: ') } : undefined,
    icmp: protocol?.startsWith('ICMP')
      ? {
          type: after(second, 'Type:'),
          code: after(second, 'Code:'),
          id: after(second, 'ID:'),
          seq: after(second, 'Seq:')
        }
      : undefined
  }
}

/** The number after a word, decimal or hexadecimal. */
function after(line: string, word: string): number | undefined {
  const at = line.indexOf(word)
  if (at < 0) return undefined
  const match = /^ ?(0x[0-9a-fA-F]{1,12}|\d{1,15})/.exec(line.slice(at + word.length, at + word.length + 20))
  return match === null ? undefined : Number(match[1])
}
