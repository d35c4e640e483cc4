/**
 * systemd about its units: started, stopped, failed, and sessions of users. A reader of syslog messages; systemd-logind's are read with
 * the authentications. Laid out as Elastic's system integration does (`system.syslog`), with the facts added.
 */

import { put } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import { timezoneOf } from '../syslog/zone.ts'
import { description } from './description.ts'

const unit = '{systemd.unit}'

export const systemd = phraseReader({
  name: 'systemd',
  title: 'systemd: units started, stopped and failed',
  module: 'system',
  dataset: 'system.syslog',
  programs: [
    'systemd',
    'systemd-coredump',
    'systemd-resolved',
    'systemd-networkd',
    'systemd-shutdown',
    'systemd-sleep'
  ],
  unknown: 'leave',
  description,
  phrases: [
    [
      `${unit}: Main process exited, code={systemd.code}, status={systemd.status*}`,
      'unit-process-exited',
      'process',
      'end error',
      'failure'
    ],
    [
      `${unit}: Control process exited, code={systemd.code}, status={systemd.status*}`,
      'unit-process-exited',
      'process',
      'end error',
      'failure'
    ],
    [`${unit}: Failed with result '{event.reason*}'.`, 'unit-failed', 'process', 'end error', 'failure'],
    [`${unit}: Deactivated successfully.`, 'unit-stopped', 'process', 'end', 'success'],
    [`${unit}: Succeeded.`, 'unit-stopped', 'process', 'end', 'success'],
    [
      `${unit}: Scheduled restart job, restart counter is at {systemd.restarts=n}.`,
      'unit-restarted',
      'process',
      'start'
    ],
    [
      `${unit}: Start request repeated too quickly.`,
      'unit-failed',
      'process',
      'error',
      'failure',
      { 'event.reason': 'start request repeated too quickly' }
    ],
    [
      `${unit}: Failed at step {systemd.step} spawning {process.executable}: {event.reason*}`,
      'unit-failed',
      'process',
      'error',
      'failure'
    ],
    [
      `${unit}: A process of this unit has been killed by the OOM killer.`,
      'unit-oom-killed',
      'process',
      'end error',
      'failure'
    ],
    [
      `${unit}: Killing process {process.pid=n} ({process.name*}) with signal {systemd.signal}.`,
      'unit-process-killed',
      'process',
      'end'
    ],
    [`${unit}: Watchdog timeout (limit {_})!`, 'unit-watchdog', 'process', 'error', 'failure'],
    [`${unit}: Consumed {systemd.consumed*}.`, 'unit-consumed', 'process', 'info'],
    // "Started nginx.service - A high performance web server." (v249 and later), "Started A high performance web server."
    [`Started ${unit} - {systemd.description*}.`, 'unit-started', 'process', 'start', 'success'],
    ['Started Session {systemd.session} of user {user.name>}.', 'session-started', 'session', 'start', 'success'],
    ['Started Session {systemd.session} of User {user.name>}.', 'session-started', 'session', 'start', 'success'],
    [`Started {systemd.description*}.`, 'unit-started', 'process', 'start', 'success'],
    [`Starting ${unit} - {systemd.description*}...`, 'unit-starting', 'process', 'start'],
    [`Starting {systemd.description*}...`, 'unit-starting', 'process', 'start'],
    [`Stopped ${unit} - {systemd.description*}.`, 'unit-stopped', 'process', 'end', 'success'],
    [`Stopped {systemd.description*}.`, 'unit-stopped', 'process', 'end', 'success'],
    [`Stopping ${unit} - {systemd.description*}...`, 'unit-stopping', 'process', 'end'],
    [`Stopping {systemd.description*}...`, 'unit-stopping', 'process', 'end'],
    [`Finished ${unit} - {systemd.description*}.`, 'unit-finished', 'process', 'end', 'success'],
    [`Finished {systemd.description*}.`, 'unit-finished', 'process', 'end', 'success'],
    [`Reloaded ${unit} - {systemd.description*}.`, 'unit-reloaded', 'process configuration', 'change', 'success'],
    [`Reloaded {systemd.description*}.`, 'unit-reloaded', 'process configuration', 'change', 'success'],
    [`Reloading ${unit} - {systemd.description*}...`, 'unit-reloading', 'process configuration', 'change'],
    [`Failed to start ${unit} - {systemd.description*}.`, 'unit-failed', 'process', 'start error', 'failure'],
    [`Failed to start {systemd.description*}.`, 'unit-failed', 'process', 'start error', 'failure'],
    [
      `Dependency failed for {systemd.description*}.`,
      'unit-failed',
      'process',
      'start error',
      'failure',
      { 'event.reason': 'dependency' }
    ],
    [`Created slice {systemd.description*}.`, 'slice-created', 'process', 'info'],
    [`Removed slice {systemd.description*}.`, 'slice-removed', 'process', 'info'],
    [`Mounted {systemd.description*}.`, 'mounted', 'file', 'info', 'success'],
    [`Unmounted {systemd.description*}.`, 'unmounted', 'file', 'info', 'success'],
    ['Reloading.', 'configuration-reloaded', 'configuration', 'change', 'success'],
    [
      'Reloading requested from client PID {process.pid=n} {_*}',
      'configuration-reloaded',
      'configuration',
      'change',
      'success'
    ],
    ['Reexecuting.', 'reexecuted', 'process', 'info'],
    ['Shutting down.', 'host-stopped', 'host', 'end'],
    ['Startup finished in {systemd.startup*}', 'host-started', 'host', 'start', 'success'],
    ['Detected architecture {host.architecture}.', 'host-detected', 'host', 'info'],
    ['Set hostname to <{host.name>}>.', 'hostname-set', 'configuration', 'change'],
    // systemd-coredump
    [
      'Process {process.pid=n} ({process.name*}) of user {user.id} dumped core.{event.reason*}',
      'crashed',
      'process',
      'end error',
      'failure'
    ]
  ],
  complete(event, _text, message) {
    const { header } = message
    put(event, ['event', 'timezone'], timezoneOf(message))
    const host = event['host'] as { name?: string; hostname?: string } | undefined
    if (host !== undefined && header.host !== undefined) {
      host.hostname ??= header.host
      host.name ??= header.host
    }
    // The process is systemd's own where the message is about none.
    const process = event['process'] as object | undefined
    if (process === undefined) event['process'] = { name: header.program, pid: header.pid }
  }
})
