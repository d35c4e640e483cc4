/** What stands for the destination's port in ICMP: the type of the answer, else the code (as Community ID has it). */

import { ICMP } from './flow.ts'

const answers = new Map([
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
const answers6 = new Map([
  [128, 129],
  [129, 128],
  [130, 131],
  [131, 130],
  [133, 134],
  [134, 133],
  [135, 136],
  [136, 135],
  [139, 140],
  [140, 139],
  [144, 145],
  [145, 144]
])

export function icmpPorts(protocol: number, type: number, code: number): number {
  return (protocol === ICMP ? answers : answers6).get(type) ?? code
}
