/** macOS's installation log as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const macosInstallDescription: FormatDescription = {
  reads:
    'Installations in macOS’s `/var/log/install.log`: packages, system and App Store updates. Its other lines are plain syslog events.',
  from: '`/var/log/install.log`, and its rotated files.',
  specifications: ['installer(8), softwareupdate(8)'],
  sample: '2025-01-01 00:00:02-08 mac installd[500]: PackageKit: Installed "Safari" (18.2)',
  mapping: [
    ['package.name, package.version', '`Installed "name" (version)`'],
    ['process.name, process.pid', 'the program']
  ]
}
