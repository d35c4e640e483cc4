/** Where Picket keeps its data on this machine, and what lies where inside that folder. */

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
  /** The user's number; undefined where the system has none (Windows). */
  readonly uid: number | undefined
}

export function surroundings(): Surroundings {
  return { env: process.env, platform: process.platform, home: homedir(), uid: process.getuid?.() }
}

/**
 * The data folder unless `--data` says otherwise: `PICKET_DATA`; for root `/var/lib/picket`;
 * `~/Library/Application Support/Picket` on macOS; elsewhere `$XDG_DATA_HOME/picket` or `~/.local/share/picket`
 * (XDG Base Directory Specification 0.8: a relative XDG_DATA_HOME is ignored).
 */
export function defaultDataFolder(around: Surroundings = surroundings()): string {
  const chosen = around.env['PICKET_DATA']
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  if (around.uid === 0) return '/var/lib/picket'
  if (around.platform === 'darwin') return join(around.home, 'Library', 'Application Support', 'Picket')
  const xdg = around.env['XDG_DATA_HOME']
  if (xdg?.startsWith('/')) return join(xdg, 'picket')
  return join(around.home, '.local', 'share', 'picket')
}

export type DataPaths = {
  readonly folder: string
  readonly configFile: string
  /** The SQLite file: users, sessions, tokens, audit, settings, cursors. */
  readonly stateFile: string
  /** What only exists while a server runs. */
  readonly runFolder: string
  readonly serverFile: string
  /** The bus's segments. */
  readonly busFolder: string
  /** The storage engine's folder. */
  readonly storeFolder: string
  /** People's own parsers, a file each. */
  readonly parsersFolder: string
  /** People's own rules, and those that they imported; folders within folders. */
  readonly rulesFolder: string
  /** Folders of sources that keep files of their own: a sensor, captures. */
  readonly sourcesFolder: string
  /** Reports that were made. */
  readonly reportsFolder: string
  /** Files attached to cases, under their SHA-256. */
  readonly evidenceFolder: string
  /** The key with which exports are signed. */
  readonly signingKeyFile: string
}

export function dataPaths(folder: string): DataPaths {
  const root = resolve(folder)
  return {
    folder: root,
    configFile: join(root, 'picket.yaml'),
    stateFile: join(root, 'picket.db'),
    runFolder: join(root, 'run'),
    serverFile: join(root, 'run', 'server.json'),
    busFolder: join(root, 'bus'),
    storeFolder: join(root, 'store'),
    parsersFolder: join(root, 'parsers'),
    rulesFolder: join(root, 'rules'),
    sourcesFolder: join(root, 'sources'),
    reportsFolder: join(root, 'reports'),
    evidenceFolder: join(root, 'evidence'),
    signingKeyFile: join(root, 'signing-key.pem')
  }
}
