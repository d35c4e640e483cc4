/**
 * Clocks: chronyd, ntpd (of ntp.org, NTPsec, OpenNTPD) and systemd-timesyncd. Whoever moves a host's clock moves its evidence: steps,
 * lost sources, sources that lie. A reader of syslog messages.
 */

import { phraseReader } from '../shared/phrase-reader.ts'
import { description } from './description.ts'

const change = ['configuration', 'change'] as const

export const timesync = phraseReader({
  name: 'timesync',
  title: 'Clocks: chronyd, ntpd, systemd-timesyncd',
  module: 'timesync',
  dataset: 'timesync.log',
  programs: ['chronyd', 'ntpd', 'systemd-timesyncd', 'ntpdate', 'ntp', 'openntpd'],
  protocol: 'ntp',
  transport: 'udp',
  description,
  phrases: [
    // chronyd
    ['chronyd version {timesync.version} starting {_*}', 'started', 'process', 'start'],
    ['chronyd exiting', 'stopped', 'process', 'end'],
    ['Selected source {server.address} ({timesync.name*})', 'source-selected', 'network', 'info', 'success'],
    ['Selected source {server.address}', 'source-selected', 'network', 'info', 'success'],
    ["Can't synchronise: {event.reason*}", 'synchronisation-failed', 'network', 'error', 'failure'],
    ['System clock was stepped by {timesync.offset=n} seconds', 'clock-stepped', ...change],
    ['System clock wrong by {timesync.offset=n} seconds', 'clock-wrong', 'host', 'info'],
    ['System clock wrong by {timesync.offset=n} seconds, adjustment started', 'clock-adjusted', ...change],
    ['System clock TAI offset set to {_} seconds', 'clock-tai-set', ...change],
    ['Forward time jump detected!', 'clock-jumped', 'host', 'error'],
    ['Backward time jump detected!', 'clock-jumped', 'host', 'error'],
    ['Source {server.address} offline', 'source-lost', 'network', 'info'],
    ['Source {server.address} online', 'source-online', 'network', 'info'],
    ['Source {server.address} replaced with {timesync.replacement} ({_*}', 'source-replaced', 'network', 'info'],
    ['Source {server.address} changed to {timesync.replacement}', 'source-replaced', 'network', 'info'],
    [
      'Detected falseticker {server.address} ({timesync.name*})',
      'source-false',
      'network intrusion_detection',
      'denied'
    ],
    ['Detected falseticker {server.address}', 'source-false', 'network intrusion_detection', 'denied'],
    ['Could not add source {server.address}', 'source-failed', 'network', 'error', 'failure'],
    ['NAK from {server.address}', 'source-refused', 'network', 'error', 'failure'],
    [
      'TLS handshake with {server.address}:{server.port} ({timesync.name*}) failed : {event.reason*}',
      'nts-failed',
      'network',
      'protocol error',
      'failure'
    ],
    ['Received KoD RATE from {server.address}', 'source-limited', 'network', 'info'],
    // ntpd
    ['time reset {timesync.offset=n} s', 'clock-stepped', ...change],
    ['step time server {server.address} offset {timesync.offset=n} sec', 'clock-stepped', ...change],
    ['adjust time server {server.address} offset {timesync.offset=n} sec', 'clock-adjusted', ...change],
    ['synchronized to {server.address}, stratum {timesync.stratum=n}', 'source-selected', 'network', 'info', 'success'],
    [
      'receive: Unexpected origin timestamp {_} does not match aorg {_} from server@{server.address} {_*}',
      'packet-refused',
      'network',
      'denied',
      'failure'
    ],
    ['no servers reachable', 'synchronisation-failed', 'network', 'error', 'failure'],
    ['no reply; clock not set', 'synchronisation-failed', 'network', 'error', 'failure'],
    ['frequency error {_} PPM exceeds tolerance {_} PPM', 'clock-wrong', 'host', 'error'],
    ['ntpd exiting on signal {_*}', 'stopped', 'process', 'end'],
    ['kernel reports TIME_ERROR: {event.reason*}', 'clock-unsynchronised', 'host', 'error', 'failure'],
    [
      'Listen normally on {_} {observer.ingress.interface.name} {server.address}:{server.port}',
      'listening',
      'network',
      'info'
    ],
    // systemd-timesyncd
    ['Initial clock synchronization to {timesync.time*}', 'clock-synchronised', ...change, 'success'],
    [
      'Initial synchronization to time server {server.address>}:{server.port} ({timesync.name*}).',
      'clock-synchronised',
      ...change,
      'success'
    ],
    [
      'Synchronized to time server for the first time {server.address>}:{server.port} ({timesync.name*}).',
      'clock-synchronised',
      ...change,
      'success'
    ],
    [
      'Synchronized to time server {server.address>}:{server.port} ({timesync.name*}).',
      'clock-synchronised',
      ...change,
      'success'
    ],
    [
      'Contacted time server {server.address>}:{server.port} ({timesync.name*}).',
      'source-selected',
      'network',
      'info',
      'success'
    ],
    [
      'Timed out waiting for reply from {server.address>}:{server.port} ({timesync.name*}).',
      'source-lost',
      'network',
      'error',
      'failure'
    ],
    ['System time jumped backwards, {_*}', 'clock-jumped', 'host', 'error'],
    ['System clock time unset or jumped backwards, {_*}', 'clock-jumped', 'host', 'error']
  ],
  complete(event) {
    const server = event['server']
    if (server !== undefined) event['destination'] ??= { ...(server as object) }
  }
})
