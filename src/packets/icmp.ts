/** What stands for the destination's port in ICMP: the type of the answer, else the code (as Community ID has it). */

import { icmpAnswer } from '../core/icmp-answers.ts'

export function icmpPorts(protocol: number, type: number, code: number): number {
  return icmpAnswer(protocol, type) ?? code
}
