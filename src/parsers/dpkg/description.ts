/** The logs of Debian's package managers as people read about them. */

import type { FormatDescription } from '../../core/parser.ts'

export const dpkgDescription: FormatDescription = {
  reads: 'dpkg’s log: packages installed, upgraded, configured and removed, a line a step.',
  from: '`/var/log/dpkg.log` and its rotated files. Its times are local: import with `--timezone`.',
  specifications: ['dpkg(1), FILES'],
  sample: '2025-01-01 00:00:00 install curl:amd64 <none> 7.88.1-10',
  mapping: [
    ['event.action', 'the step'],
    ['event.type', 'the step', 'installation, change, deletion'],
    ['package.name, package.architecture', '`name:arch`'],
    ['package.version, dpkg.previous_version', 'new and old version'],
    ['dpkg.status', 'the state of `status` lines']
  ]
}

export const aptHistoryDescription: FormatDescription = {
  reads:
    'APT’s history: one event a run, with the command line, who asked for it, and all packages it installed, upgraded or removed.',
  from: '`/var/log/apt/history.log` and its rotated files. Its times are local: import with `--timezone`.',
  specifications: ['apt-get(8), FILES (Dir::Log::History)'],
  sample:
    'Start-Date: 2025-01-01  00:00:00\nCommandline: apt-get install curl\nRequested-By: alice (1000)\n' +
    'Install: curl:amd64 (7.88.1-10), libcurl4:amd64 (7.88.1-10, automatic)\nEnd-Date: 2025-01-01  00:00:05',
  mapping: [
    ['process.command_line', '`Commandline`'],
    ['user.name, user.id', '`Requested-By`'],
    ['event.start, event.end, event.duration', '`Start-Date`, `End-Date`'],
    ['event.outcome', '`Error`', 'unknown where the run has no end'],
    ['package.name', 'the names of all packages'],
    ['apt.install, apt.upgrade, apt.remove …', 'the packages with their versions']
  ]
}
