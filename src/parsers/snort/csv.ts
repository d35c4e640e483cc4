/** Comma separated alerts: Snort 2's `alert_csv` in its default columns, and the shorter lines of pfSense's package. */

import { type Alert, emptyAlert } from './alert.ts'
import { snortTime } from './stamp.ts'

export function readCsv(text: string, receivedMs: number, zone: number): Alert | undefined {
  const columns = split(text)
  if (columns.length < 10) return undefined
  const [stamp, gid, sid, revision, message, protocol, source, sourcePort, destination, destinationPort] = columns
  const alert: Alert = {
    ...emptyAlert,
    ...snortTime(stamp!.trim(), receivedMs, zone),
    gid: number(gid),
    sid,
    revision,
    message,
    protocol,
    source: source || undefined,
    sourcePort: number(sourcePort),
    destination: destination || undefined,
    destinationPort: number(destinationPort)
  }
  if (columns.length < 20) {
    // pfSense: id, classification, priority, "alert", action.
    return {
      ...alert,
      ip: { id: number(columns[10]) },
      category: columns[11] || undefined,
      priority: number(columns[12]),
      action: columns[14]?.trim() || undefined
    }
  }
  const [sourceMac, destinationMac, frame, flags, seq, ack, length, window, ttl, tos, id, datagram, ipLength] =
    columns.slice(10)
  const icmpType = number(columns[23])
  return {
    ...alert,
    sourceMac: sourceMac || undefined,
    destinationMac: destinationMac || undefined,
    eth: { length: number(frame) },
    tcp: {
      flags: flags?.replaceAll('*', '') || undefined,
      seq: number(seq),
      ack: number(ack),
      length: number(length),
      window: number(window)
    },
    ip: { ttl: number(ttl), tos: number(tos), id: number(id), length: number(ipLength) },
    dgm: { length: number(datagram) },
    icmp:
      icmpType === undefined
        ? undefined
        : ({
            type: icmpType,
            code: number(columns[24]),
            id: number(columns[25]),
            seq: number(columns[26])
          } as Alert['icmp'])
  }
}

function number(text: string | undefined): number | undefined {
  const word = text?.trim()
  return word !== undefined && /^(0x[0-9a-fA-F]{1,12}|\d{1,15})$/.test(word) ? Number(word) : undefined
}

function split(text: string): string[] {
  const columns: string[] = []
  let at = 0
  while (columns.length < 40) {
    if (text.charCodeAt(at) === 34) {
      const quote = text.indexOf('"', at + 1)
      const end = quote < 0 ? text.length : quote
      columns.push(text.slice(at + 1, end))
      at = text.indexOf(',', end)
    } else {
      const comma = text.indexOf(',', at)
      columns.push(text.slice(at, comma < 0 ? text.length : comma))
      at = comma
    }
    if (at < 0) break
    at++
  }
  return columns
}
