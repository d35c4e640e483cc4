/** Sessions of an SRX as text (`session created 10.0.0.5/51234->198.51.100.7/443 …`): the keys that structured data would have. */

import { compileWording, matchWording, Slots } from '../shared/wording.ts'

const slots = new Slots()
const ends = '{source_address}/{source_port#}->{destination_address}/{destination_port#}'
const nat = '{nat_source_address}/{nat_source_port#}->{nat_destination_address}/{nat_destination_port#}'
const wordings = [
  `session created ${ends} {connection_tag.} {service_name.} ${nat} {}/A {protocol_id#} {policy_name.} {source_zone_name.} {destination_zone_name.} {session_id#}`,
  `session created ${ends} {service_name.} ${nat} {src_nat_rule_name.} {dst_nat_rule_name.} {protocol_id#} {policy_name.} {source_zone_name.} {destination_zone_name.} {session_id#}`,
  `session closed {reason}: ${ends} {service_name.} ${nat} {src_nat_rule_name.} {dst_nat_rule_name.} {protocol_id#} {policy_name.} {source_zone_name.} {destination_zone_name.} {session_id#} {packets_from_client#}({bytes_from_client#}) {packets_from_server#}({bytes_from_server#}) {elapsed_time#}`,
  `session denied ${ends} {service_name.} {protocol_id#}({icmp_type#}) {policy_name}[(] {source_zone_name.} {destination_zone_name.}`,
  `session created ${ends}`,
  `session closed {reason}: ${ends}`,
  `session denied ${ends}`
].map(text => compileWording(text, slots))
const names = slots.names()
const values: (string | undefined)[] = new Array(slots.count).fill(undefined)

export function sessionFields(text: string, own: Record<string, unknown>): void {
  for (const wording of wordings) {
    values.fill(undefined)
    if (matchWording(wording, text, 0, values) < 0) continue
    names.forEach((name, i) => {
      const value = values[i]
      if (value !== undefined && value !== 'None' && value !== 'N/A') own[name] = value
    })
    return
  }
}
