/** What charon says (strongSwan 5.9 and 6.0 source: src/libcharon/sa, daemon.c). */

import type { Phrase } from '../shared/phrases.ts'

const between = '{destination.address}[{strongswan.local_id*}]...{source.address}[{strongswan.remote_id>}]'
const packet =
  'from {source.address}[{source.port}] to {destination.address}[{destination.port}] ({network.bytes=n} bytes)'
const child =
  '{strongswan.child_sa} established with SPIs {strongswan.spi_in} {strongswan.spi_out} and TS {strongswan.local_ts*} === {strongswan.remote_ts*}'

export const phrases: readonly Phrase[] = [
  [
    `IKE_SA {strongswan.ike_sa} established between ${between}`,
    'tunnel-established',
    'network session',
    'connection start',
    'success'
  ],
  [
    `IKE_SA {strongswan.ike_sa} rekeyed between ${between}`,
    'tunnel-rekeyed',
    'network session',
    'connection info',
    'success'
  ],
  [
    'IKE_SA {strongswan.ike_sa} state change: {strongswan.state_before} => {strongswan.state}',
    'tunnel-state-changed',
    'network',
    'info'
  ],
  ['IKE_SA deleted', 'tunnel-closed', 'network session', 'connection end'],
  [`CHILD_SA ${child}`, 'child-tunnel-established', 'network session', 'connection start', 'success'],
  [`inbound CHILD_SA ${child}`, 'child-tunnel-established', 'network session', 'connection start', 'success'],
  [`outbound CHILD_SA ${child}`, 'child-tunnel-established', 'network session', 'connection start', 'success'],
  ['CHILD_SA closed', 'child-tunnel-closed', 'network session', 'connection end'],
  [
    'closing CHILD_SA {strongswan.child_sa} with SPIs {strongswan.spi_in} ({source.bytes=n} bytes) {strongswan.spi_out} ({destination.bytes=n} bytes) and TS {strongswan.local_ts*} === {strongswan.remote_ts*}',
    'child-tunnel-closed',
    'network session',
    'connection end'
  ],
  [`deleting IKE_SA {strongswan.ike_sa} between ${between}`, 'tunnel-closed', 'network session', 'connection end'],
  ['received DELETE for IKE_SA {strongswan.ike_sa}', 'tunnel-closed', 'network session', 'connection end'],
  [
    'received DELETE for ESP CHILD_SA with SPI {strongswan.spi_in}',
    'child-tunnel-closed',
    'network session',
    'connection end'
  ],
  ['sending DELETE for IKE_SA {strongswan.ike_sa}', 'tunnel-closed', 'network session', 'connection end'],
  ['initiating IKE_SA {strongswan.ike_sa} to {destination.address}', 'tunnel-initiated', 'network', 'connection start'],
  [
    'initiating Main Mode IKE_SA {strongswan.ike_sa} to {destination.address}',
    'tunnel-initiated',
    'network',
    'connection start'
  ],
  [
    'initiating Aggressive Mode IKE_SA {strongswan.ike_sa} to {destination.address}',
    'tunnel-initiated',
    'network',
    'connection start'
  ],
  ['establishing CHILD_SA {strongswan.child_sa}', 'child-tunnel-initiated', 'network', 'connection start'],
  ['establishing CHILD_SA {strongswan.child_sa} reqid {_}', 'child-tunnel-initiated', 'network', 'connection start'],
  ['reauthenticating IKE_SA {strongswan.ike_sa}', 'tunnel-reauthenticated', 'network', 'info'],
  [
    "authentication of '{strongswan.local_id>}' (myself) with {strongswan.method*} successful",
    'authenticated-self',
    'authentication',
    'info',
    'success'
  ],
  [
    "authentication of '{strongswan.local_id>}' (myself) with {strongswan.method*}",
    'authenticated-self',
    'authentication',
    'info',
    'success'
  ],
  [
    "authentication of '{user.name>}' with {strongswan.method*} successful",
    'vpn-login',
    'authentication',
    'start',
    'success'
  ],
  [
    "authentication of '{user.name>}' with {strongswan.method*} failed",
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  ['EAP method {strongswan.method} succeeded, {_*}', 'vpn-login', 'authentication', 'start', 'success'],
  [
    'EAP method {strongswan.method} failed for peer {user.name>}',
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  ["EAP authentication of '{user.name>}' failed", 'vpn-login', 'authentication', 'start denied', 'failure'],
  ["RADIUS authentication of '{user.name>}' successful", 'vpn-login', 'authentication', 'start', 'success'],
  ["RADIUS authentication of '{user.name>}' failed", 'vpn-login', 'authentication', 'start denied', 'failure'],
  [
    "XAuth authentication of '{user.name>}' (myself) successful",
    'authenticated-self',
    'authentication',
    'info',
    'success'
  ],
  ["XAuth authentication of '{user.name>}' successful", 'vpn-login', 'authentication', 'start', 'success'],
  ["XAuth authentication of '{user.name>}' failed", 'vpn-login', 'authentication', 'start denied', 'failure'],
  ["PAM authentication of '{user.name>}' successful", 'vpn-login', 'authentication', 'start', 'success'],
  ["PAM authentication of '{user.name>}' failed{_*}", 'vpn-login', 'authentication', 'start denied', 'failure'],
  [
    "no EAP key found for hosts '{strongswan.local_id*}' - '{user.name>}'",
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  ['EAP-MS-CHAPv2 verification failed, retry (1)', 'vpn-login', 'authentication', 'start denied', 'failure'],
  ["EAP-MS-CHAPv2 username: '{user.name>}'", 'eap-identity', 'authentication', 'info'],
  ["received EAP identity '{user.name>}'", 'eap-identity', 'authentication', 'info'],
  [
    'received AUTHENTICATION_FAILED notify error',
    'authentication-refused',
    'authentication',
    'start denied',
    'failure',
    { 'event.reason': 'AUTHENTICATION_FAILED' }
  ],
  [
    'received AUTHENTICATION_FAILED error notify',
    'authentication-refused',
    'authentication',
    'start denied',
    'failure',
    { 'event.reason': 'AUTHENTICATION_FAILED' }
  ],
  [
    'received NO_PROPOSAL_CHOSEN notify error',
    'proposal-refused',
    'network',
    'connection denied',
    'failure',
    { 'event.reason': 'NO_PROPOSAL_CHOSEN' }
  ],
  [
    'received NO_PROPOSAL_CHOSEN error notify',
    'proposal-refused',
    'network',
    'connection denied',
    'failure',
    { 'event.reason': 'NO_PROPOSAL_CHOSEN' }
  ],
  [
    'received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built',
    'proposal-refused',
    'network',
    'connection denied',
    'failure',
    { 'event.reason': 'NO_PROPOSAL_CHOSEN' }
  ],
  [
    'received TS_UNACCEPTABLE notify, no CHILD_SA built',
    'selectors-refused',
    'network',
    'connection denied',
    'failure',
    { 'event.reason': 'TS_UNACCEPTABLE' }
  ],
  ['received {event.reason} notify error', 'notify-received', 'network', 'connection error', 'failure'],
  ['received {event.reason} error notify', 'notify-received', 'network', 'connection error', 'failure'],
  [
    'no proposal found',
    'proposal-refused',
    'network',
    'connection denied',
    'failure',
    { 'event.reason': 'no proposal found' }
  ],
  [
    'no acceptable proposal found',
    'proposal-refused',
    'network',
    'connection denied',
    'failure',
    { 'event.reason': 'no acceptable proposal found' }
  ],
  ['no acceptable traffic selectors found', 'selectors-refused', 'network', 'connection denied', 'failure'],
  ['traffic selectors {_*} unacceptable', 'selectors-refused', 'network', 'connection denied', 'failure'],
  [
    'no IKE config found for {destination.address}...{source.address}, sending {event.reason}',
    'peer-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [
    'no matching peer config found',
    'peer-refused',
    'authentication',
    'start denied',
    'failure',
    { 'event.reason': 'no matching peer config found' }
  ],
  [`looking for peer configs matching ${between}`, 'peer-looked-up', 'network', 'info'],
  [
    "no shared key found for '{strongswan.local_id*}' - '{strongswan.remote_id>}'",
    'authentication-refused',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    "no shared key found for '{strongswan.local_id*}'[{destination.address}] - '{strongswan.remote_id>}'[{source.address}]",
    'authentication-refused',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    "tried {_} shared key for '{strongswan.local_id*}' - '{strongswan.remote_id>}', but MAC mismatched",
    'authentication-refused',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    "tried {_} shared keys for '{strongswan.local_id*}' - '{strongswan.remote_id>}', but MAC mismatched",
    'authentication-refused',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    "no trusted {_} public key found for '{strongswan.remote_id>}'",
    'certificate-refused',
    'authentication',
    'start denied',
    'failure'
  ],
  ['constraint check failed: {event.reason*}', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['subject certificate invalid ({event.reason*})', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['certificate was revoked on {event.reason*}', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  [
    "assigning virtual IP {strongswan.virtual_ip} to peer '{user.name>}'",
    'vpn-address-assigned',
    'network',
    'info',
    'success'
  ],
  ["assigning new lease to '{user.name>}'", 'vpn-address-assigned', 'network', 'info', 'success'],
  ["reassigning offline lease to '{user.name>}'", 'vpn-address-assigned', 'network', 'info', 'success'],
  ["lease {strongswan.virtual_ip} by '{user.name>}' went offline", 'vpn-address-released', 'network', 'info'],
  ['peer requested virtual IP {strongswan.requested_ip}', 'vpn-address-requested', 'network', 'info'],
  [
    'giving up after {strongswan.retransmits=n} retransmits',
    'peer-not-responding',
    'network',
    'connection error',
    'failure'
  ],
  ['establishing IKE_SA failed, peer not responding', 'peer-not-responding', 'network', 'connection error', 'failure'],
  [
    'retransmit {strongswan.retransmits=n} of request with message ID {strongswan.message_id=n}',
    'retransmitted',
    'network',
    'info'
  ],
  ['peer not responding, trying again ({_}', 'peer-not-responding', 'network', 'connection error', 'failure'],
  [
    'deleting half open IKE_SA with {source.address} after timeout',
    'tunnel-timeout',
    'network',
    'connection end',
    'failure'
  ],
  [
    'ignoring IKE_SA setup from {source.address}, {event.reason*}',
    'peer-refused',
    'network',
    'connection denied',
    'failure'
  ],
  [`received packet: ${packet}`, 'packet-received', 'network', 'connection info'],
  [`sending packet: ${packet}`, 'packet-sent', 'network', 'connection info'],
  [
    'received packet: from {source.address}[{source.port}] to {destination.address}[{destination.port}]',
    'packet-received',
    'network',
    'connection info'
  ],
  [
    'parsed {strongswan.exchange*} request {strongswan.message_id=n} [ {strongswan.payloads*} ]',
    'message-parsed',
    'network',
    'info'
  ],
  [
    'parsed {strongswan.exchange*} response {strongswan.message_id=n} [ {strongswan.payloads*} ]',
    'message-parsed',
    'network',
    'info'
  ],
  [
    'generating {strongswan.exchange*} request {strongswan.message_id=n} [ {strongswan.payloads*} ]',
    'message-generated',
    'network',
    'info'
  ],
  [
    'generating {strongswan.exchange*} response {strongswan.message_id=n} [ {strongswan.payloads*} ]',
    'message-generated',
    'network',
    'info'
  ],
  ['selected proposal: {strongswan.proposal*}', 'proposal-selected', 'network', 'info', 'success'],
  ['received proposals: {strongswan.received_proposals*}', 'proposals-received', 'network', 'info'],
  ['configured proposals: {strongswan.configured_proposals*}', 'proposals-configured', 'network', 'info'],
  ['{strongswan.remote_host} is initiating an IKE_SA', 'tunnel-initiated', 'network', 'connection start'],
  ['{strongswan.remote_host} is initiating a Main Mode IKE_SA', 'tunnel-initiated', 'network', 'connection start'],
  [
    '{strongswan.remote_host} is initiating a Aggressive Mode IKE_SA',
    'tunnel-initiated',
    'network',
    'connection start'
  ],
  ['Starting IKE charon daemon (strongSwan {strongswan.version}, {_*}', 'started', 'process', 'start'],
  ['SIGTERM received, shutting down', 'stopped', 'process', 'end'],
  ['SIGINT received, shutting down', 'stopped', 'process', 'end']
]
