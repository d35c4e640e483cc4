/**
 * Datagrams that Linux dropped at a socket since its buffer was full: the last column of /proc/net/udp and udp6
 * (Documentation/networking/proc_net_tcp.rst; the address in hexadecimal, the port behind the colon).
 *
 *   sl  local_address rem_address st tx_queue:rx_queue … inode ref pointer drops
 */

import { readFileSync } from 'node:fs'

/** Of all sockets bound to the port. 0 where the kernel does not tell. */
export function kernelDrops(port: number): number {
  let drops = 0
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    try {
      drops += dropsIn(readFileSync(file, 'latin1'), port)
    } catch {
      // Not Linux, or no IPv6.
    }
  }
  return drops
}

export function dropsIn(table: string, port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  let drops = 0
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/)
    if (columns[1]?.endsWith(wanted) === true) drops += Number(columns.at(-1)) || 0
  }
  return drops
}
