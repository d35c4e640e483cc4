/**
 * What macOS installs, from /var/log/install.log (syslog's form, with ISO times): `installd[500]: PackageKit: Installed "Safari" (18.2)`,
 * `softwareupdated[400]: …`. Everything else there stays a plain syslog event.
 */

import type { MessageReader } from '../syslog/reader.ts'
import { macosInstallDescription } from './description.ts'

export const macosInstall: MessageReader = {
  name: 'macos-install',
  title: 'macOS installations (install.log)',
  programs: [
    'installd',
    'system_installd',
    'Installer Progress',
    'Installer',
    'installer',
    'softwareupdated',
    'softwareupdate_notify_agent',
    'Software Update',
    'appstoreagent',
    'storeaccountd'
  ],
  read({ body }) {
    const installed = body.indexOf('Installed "')
    const from = installed < 0 ? -1 : installed + 11
    const close = from < 0 ? -1 : body.indexOf('"', from)
    if (close < 0 || close === from) return undefined
    const version = body.startsWith(' (', close + 1) ? body.slice(close + 3, body.indexOf(')', close)) : ''
    return {
      event: {
        event: {
          kind: 'event',
          module: 'macos',
          dataset: 'macos.install',
          category: ['package'],
          type: ['installation'],
          action: 'installed',
          outcome: 'success'
        },
        package: { name: body.slice(from, close), version: version === '' ? undefined : version, type: 'pkg' }
      },
      kind: 'installed'
    }
  },
  description: macosInstallDescription
}
