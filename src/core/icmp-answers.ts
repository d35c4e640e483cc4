/** Which type of ICMP answers which (Community ID 1.0; IANA's registries of ICMP and ICMPv6 parameters). */

const icmpCounterparts = new Map([
  [0, 8],
  [8, 0],
  [9, 10],
  [10, 9],
  [13, 14],
  [14, 13],
  [15, 16],
  [16, 15],
  [17, 18],
  [18, 17]
])
const icmp6Counterparts = new Map([
  [128, 129],
  [129, 128],
  [133, 134],
  [134, 133],
  [135, 136],
  [136, 135],
  [130, 131],
  [131, 130],
  [139, 140],
  [140, 139],
  [144, 145],
  [145, 144]
])

/** The type of the answer to a type, or of what it answers; undefined for what stands alone. `protocol`: 1, or 58 for ICMPv6. */
export function icmpAnswer(protocol: number, type: number): number | undefined {
  return (protocol === 1 ? icmpCounterparts : icmp6Counterparts).get(type)
}
