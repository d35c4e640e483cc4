/**
 * The packet that a LOG line of Netfilter describes, as the kernel prints it (net/netfilter/nf_log_syslog.c): one pass over its words.
 *
 *   packet = "IN=" [dev] " OUT=" [dev] [" PHYSIN=" dev] [" PHYSOUT=" dev] [" MAC=" bytes | " MACSRC=" … " MACDST=" … " MACPROTO=" hex]
 *            [" VPROTO=" hex " VID=" n] ( ip4 | ip6 | arp ) [" UID=" n " GID=" n] [" MARK=" n]
 *   ip4    = " SRC=" ip " DST=" ip " LEN=" n " TOS=0x" hex " PREC=0x" hex " TTL=" n " ID=" n [" CE"] [" DF"] [" MF"] [" FRAG:" n]
 *            [" OPT (" hex ")"] " PROTO=" name …
 *   ip6    = " SRC=" ip " DST=" ip " LEN=" n " TC=" n " HOPLIMIT=" n " FLOWLBL=" n " PROTO=" name …
 *   tcp    = " SPT=" n " DPT=" n [" SEQ=" n " ACK=" n] " WINDOW=" n " RES=0x" hex *( " " flag ) " URGP=" n
 *   udp    = " SPT=" n " DPT=" n " LEN=" n
 *   icmp   = " TYPE=" n " CODE=" n [" ID=" n " SEQ=" n | " GATEWAY=" ip | " PARAMETER=" n | " MTU=" n | " [" packet " ]"]
 */

export type Packet = {
  input: string | undefined
  output: string | undefined
  physicalInput: string | undefined
  physicalOutput: string | undefined
  mac: string | undefined
  macSource: string | undefined
  macDestination: string | undefined
  etherType: number | undefined
  vlan: string | undefined
  source: string | undefined
  destination: string | undefined
  length: number | undefined
  tos: number | undefined
  precedence: number | undefined
  ttl: number | undefined
  id: number | undefined
  fragmentFlags: string[] | undefined
  fragmentOffset: number | undefined
  flowLabel: number | undefined
  protocol: string | undefined
  sourcePort: number | undefined
  destinationPort: number | undefined
  tcpSeq: number | undefined
  tcpAck: number | undefined
  tcpWindow: number | undefined
  tcpReserved: number | undefined
  tcpFlags: string[] | undefined
  urgent: number | undefined
  udpLength: number | undefined
  icmpType: number | undefined
  icmpCode: number | undefined
  icmpId: number | undefined
  icmpSeq: number | undefined
  icmpParameter: number | undefined
  icmpRedirect: string | undefined
  icmpMtu: number | undefined
  incomplete: number | undefined
  spi: string | undefined
  mark: string | undefined
  userId: string | undefined
  groupId: string | undefined
  arpOperation: number | undefined
  /** The packet that an ICMP error is about. */
  inner: Packet | undefined
}

const wordsMax = 128

/** Reads the words from `at` on; what is not understood is passed over (the message keeps it). */
export function readPacket(text: string, at: number, nested = false): Packet {
  const packet = noPacket()
  let i = at
  for (let word = 0; word < wordsMax && i < text.length; word++) {
    const code = text.charCodeAt(i)
    if (code === 32) {
      i++
      continue
    }
    if (code === 91) {
      // "[8 bytes]" of INCOMPLETE, or the packet in an ICMP error.
      const close = text.indexOf(']', i)
      const end = close < 0 ? text.length : close
      if (text.endsWith(' bytes', end)) packet.incomplete = decimal(text.slice(i + 1, end - 6))
      else if (!nested) packet.inner = readPacket(text.slice(i + 1, end), 0, true)
      i = end + 1
      continue
    }
    let end = text.indexOf(' ', i)
    if (end < 0) end = text.length
    const equals = text.indexOf('=', i)
    if (equals > i && equals < end) setField(packet, text.slice(i, equals), text.slice(equals + 1, end))
    else setFlag(packet, text.slice(i, end))
    i = end + 1
  }
  return packet
}

function setField(packet: Packet, name: string, value: string): void {
  switch (name) {
    case 'IN':
      packet.input ??= value
      break
    case 'OUT':
      packet.output ??= value
      break
    case 'PHYSIN':
      packet.physicalInput = value
      break
    case 'PHYSOUT':
      packet.physicalOutput = value
      break
    case 'MAC':
      packet.mac = value
      break
    case 'MACSRC':
      packet.macSource = value
      break
    case 'MACDST':
      packet.macDestination = value
      break
    case 'MACPROTO':
      packet.etherType = hexadecimal(value)
      break
    case 'VID':
      packet.vlan = value
      break
    case 'SRC':
    case 'IPSRC':
      packet.source ??= value
      break
    case 'DST':
    case 'IPDST':
      packet.destination ??= value
      break
    case 'LEN':
      if (packet.protocol === undefined) packet.length = decimal(value)
      else packet.udpLength = decimal(value)
      break
    // Hexadecimal with and without 0x; the traffic class of IPv6 is decimal.
    case 'TOS':
      packet.tos = hexadecimal(value)
      break
    case 'TC':
      packet.tos = decimal(value)
      break
    case 'PREC':
      packet.precedence = hexadecimal(value)
      break
    // Ubiquiti's devices cut the beginning off, in the middle of a word.
    case 'TTL':
    case 'TL':
    case 'L':
    case 'HOPLIMIT':
      packet.ttl = decimal(value)
      break
    case 'FLOWLBL':
      packet.flowLabel = decimal(value)
      break
    case 'ID':
      if (packet.protocol === undefined) packet.id = decimal(value)
      else packet.icmpId = decimal(value)
      break
    case 'PROTO':
      packet.protocol ??= value
      break
    case 'SPT':
      packet.sourcePort = port(value)
      break
    case 'DPT':
      packet.destinationPort = port(value)
      break
    case 'SEQ':
      if (packet.icmpType === undefined) packet.tcpSeq = decimal(value)
      else packet.icmpSeq = decimal(value)
      break
    case 'ACK':
      packet.tcpAck = decimal(value)
      break
    case 'WINDOW':
      packet.tcpWindow = decimal(value)
      break
    case 'RES':
      packet.tcpReserved = hexadecimal(value)
      break
    case 'URGP':
      packet.urgent = decimal(value)
      break
    case 'TYPE':
      packet.icmpType = decimal(value)
      break
    case 'CODE':
      packet.icmpCode = decimal(value)
      break
    case 'GATEWAY':
      packet.icmpRedirect = value
      break
    case 'PARAMETER':
      packet.icmpParameter = decimal(value)
      break
    case 'MTU':
      packet.icmpMtu = decimal(value)
      break
    case 'SPI':
      packet.spi = value
      break
    case 'MARK':
      packet.mark = value
      break
    case 'UID':
      packet.userId = value
      break
    case 'GID':
      packet.groupId = value
      break
    case 'OPCODE':
      packet.arpOperation = decimal(value)
      break
  }
}

function setFlag(packet: Packet, word: string): void {
  switch (word) {
    case 'CE':
    case 'DF':
    case 'MF':
      packet.fragmentFlags = [...(packet.fragmentFlags ?? []), word]
      break
    case 'CWR':
    case 'ECE':
    case 'URG':
    case 'ACK':
    case 'PSH':
    case 'RST':
    case 'SYN':
    case 'FIN':
      packet.tcpFlags = [...(packet.tcpFlags ?? []), word]
      break
    case 'ARP':
      packet.protocol ??= 'ARP'
      break
    default:
      if (word.startsWith('FRAG:')) packet.fragmentOffset = decimal(word.slice(5))
  }
}

function decimal(text: string): number | undefined {
  if (text === '' || text.length > 10) return undefined
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

function port(text: string): number | undefined {
  const value = decimal(text)
  return value === undefined || value > 65535 ? undefined : value
}

function hexadecimal(text: string): number | undefined {
  const digits = text.startsWith('0x') ? text.slice(2) : text
  if (digits === '' || digits.length > 8) return undefined
  const value = Number('0x' + digits)
  return Number.isInteger(value) ? value : undefined
}

function noPacket(): Packet {
  return {
    input: undefined,
    output: undefined,
    physicalInput: undefined,
    physicalOutput: undefined,
    mac: undefined,
    macSource: undefined,
    macDestination: undefined,
    etherType: undefined,
    vlan: undefined,
    source: undefined,
    destination: undefined,
    length: undefined,
    tos: undefined,
    precedence: undefined,
    ttl: undefined,
    id: undefined,
    fragmentFlags: undefined,
    fragmentOffset: undefined,
    flowLabel: undefined,
    protocol: undefined,
    sourcePort: undefined,
    destinationPort: undefined,
    tcpSeq: undefined,
    tcpAck: undefined,
    tcpWindow: undefined,
    tcpReserved: undefined,
    tcpFlags: undefined,
    urgent: undefined,
    udpLength: undefined,
    icmpType: undefined,
    icmpCode: undefined,
    icmpId: undefined,
    icmpSeq: undefined,
    icmpParameter: undefined,
    icmpRedirect: undefined,
    icmpMtu: undefined,
    incomplete: undefined,
    spi: undefined,
    mark: undefined,
    userId: undefined,
    groupId: undefined,
    arpOperation: undefined,
    inner: undefined
  }
}
