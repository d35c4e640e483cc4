/** What the page of Site-to-Site VPN's logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Tunnel activity logs and BGP logs of AWS Site-to-Site VPN in JSON. Which VPN and tunnel it was stands in the name of the log stream.',
  from: 'In the VPC console, modify the options of a VPN tunnel: *Tunnel activity log* and *Tunnel BGP log*, output format JSON.',
  specifications: ['AWS Site-to-Site VPN User Guide, "Contents of Site-to-Site VPN logs"'],
  sample:
    '{"event_timestamp":1647556318,"timestamp":"2022-03-17T22:31:58Z","details":"AWS tunnel is sending AUTHENTICATION_FAILED as the response","dpd_enabled":true,"nat_t_detected":true,"ike_phase1_state":"negotiating","ike_phase2_state":"down"}',
  mapping: [
    ['@timestamp', 'event_timestamp', 'else timestamp'],
    ['message', 'details'],
    ['event.action', 'type, status', 'of BGP records: `bgpstatus-down`'],
    ['event.outcome', 'details, status', '`failure` where something was refused or timed out, or a session is down'],
    ['source.ip', 'details', 'the customer gateway, or the BGP neighbour, where it is named'],
    ['aws.vpn.ike_phase1_state, aws.vpn.ike_phase2_state', 'ike_phase1_state, ike_phase2_state'],
    ['aws.vpn.dpd_enabled, aws.vpn.nat_t_detected', 'dpd_enabled, nat_t_detected'],
    ['aws.vpn.resource_id, aws.vpn.status', 'resource_id, status']
  ]
}
