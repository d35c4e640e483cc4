/**
 * What the daemons that keep logs say of themselves: rsyslogd, syslog-ng, journald, auditd. Messages that were lost, logging that stopped:
 * whoever looks for evidence must know of both. A reader of syslog messages.
 */

import { phraseReader } from '../shared/phrase-reader.ts'
import { description } from './description.ts'

export const logDaemons = phraseReader({
  name: 'log-daemons',
  title: 'rsyslogd, syslog-ng, journald about themselves: logging stopped, messages lost',
  module: 'log_daemons',
  dataset: 'log_daemons.log',
  programs: ['rsyslogd', 'rsyslogd-2007', 'syslog-ng', 'systemd-journald', 'syslogd', 'auditd', 'auditbeat'],
  unknown: 'leave',
  description,
  phrases: [
    [
      '[origin software="rsyslogd" swVersion="{log_daemons.version}" {_*}] start',
      'logging-started',
      'process',
      'start',
      'success'
    ],
    [
      '[origin software="rsyslogd" swVersion="{log_daemons.version}" {_*}] exiting on signal {_}',
      'logging-stopped',
      'process',
      'end'
    ],
    [
      '[origin software="rsyslogd" swVersion="{log_daemons.version}" {_*}] rsyslogd was HUPed',
      'logging-reloaded',
      'process configuration',
      'change'
    ],
    ["action '{log_daemons.action*}' suspended {event.reason*}", 'forwarding-suspended', 'process', 'error', 'failure'],
    ["action '{log_daemons.action*}' resumed {_*}", 'forwarding-resumed', 'process', 'info', 'success'],
    [
      'imjournal: {log_daemons.lost=n} messages lost due to rate-limiting {_*}',
      'messages-lost',
      'process',
      'error',
      'failure'
    ],
    [
      'imuxsock lost {log_daemons.lost=n} messages from pid {process.pid=n} due to rate-limiting',
      'messages-lost',
      'process',
      'error',
      'failure'
    ],
    [
      'imuxsock[pid {process.pid=n}]: lost {log_daemons.lost=n} messages {_*}',
      'messages-lost',
      'process',
      'error',
      'failure'
    ],
    [
      'imuxsock begins to drop messages from pid {process.pid=n} due to rate-limiting',
      'messages-dropped',
      'process',
      'error',
      'failure'
    ],
    ["syslog-ng starting up; version='{log_daemons.version}'", 'logging-started', 'process', 'start', 'success'],
    ["syslog-ng shutting down; version='{log_daemons.version}'", 'logging-stopped', 'process', 'end'],
    ['Syslog connection established; {_*}', 'forwarding-resumed', 'process', 'info', 'success'],
    ['Syslog connection broken; {event.reason*}', 'forwarding-suspended', 'process', 'error', 'failure'],
    ['Syslog connection failed; {event.reason*}', 'forwarding-suspended', 'process', 'error', 'failure'],
    [
      'Suppressed {log_daemons.lost=n} messages from {log_daemons.unit*}',
      'messages-lost',
      'process',
      'error',
      'failure'
    ],
    ['Missed {log_daemons.lost=n} kernel messages', 'messages-lost', 'process', 'error', 'failure'],
    ['Forwarding to syslog missed {log_daemons.lost=n} messages.', 'messages-lost', 'process', 'error', 'failure'],
    ['Journal started', 'logging-started', 'process', 'start', 'success'],
    ['Journal stopped', 'logging-stopped', 'process', 'end'],
    ['Received SIGTERM from PID {process.parent.pid=n} ({process.parent.name*}).', 'logging-stopped', 'process', 'end'],
    ['Vacuuming done, freed {log_daemons.freed*}', 'logs-deleted', 'file', 'deletion', 'success'],
    ['Deleted archived journal {file.path*} ({log_daemons.freed*}).', 'logs-deleted', 'file', 'deletion', 'success'],
    [
      'File {file.path*} corrupted or uncleanly shut down, renaming and replacing.',
      'log-corrupted',
      'file',
      'change',
      'failure'
    ],
    ['exiting on signal {_}', 'logging-stopped', 'process', 'end'],
    ['The audit daemon is exiting.', 'logging-stopped', 'process', 'end'],
    [
      'Init complete, auditd {log_daemons.version} listening for events {_*}',
      'logging-started',
      'process',
      'start',
      'success'
    ],
    ['Audit daemon is low on disk space for logging', 'log-space-low', 'process', 'error', 'failure'],
    ['Audit daemon is suspending logging due to low disk space.', 'logging-stopped', 'process', 'end error', 'failure']
  ],
  complete(event, _text, { header }) {
    const concerned = (event['process'] ?? {}) as { pid?: unknown; parent?: unknown }
    // The process that lost its messages, where one is named.
    if (concerned.pid === undefined)
      event['process'] = { name: header.program, pid: header.pid, parent: concerned.parent }
  }
})
