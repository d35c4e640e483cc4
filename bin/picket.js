#!/usr/bin/env node
// Plain JavaScript that any Node can read: finds a Node new enough to run Picket (TypeScript without a build), then runs src/main.ts in it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
// Not by name: a name that an old Node does not export would stop this file before it could say so.
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/**
 * As in package.json. Tried: 24.7 stores nothing (node:sqlite takes an empty blob for NULL), and before 26.10 zstd files of several
 * frames are not read to their end, nor is it always noticed that one is cut off.
 */
const nodeMin = [26, 10]
const main = new URL('../src/main.ts', import.meta.url)

if (isEnough(process.versions.node)) {
  // Not in the temporary folder, where it would be by default: there, others could put code before us.
  nodeModule.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)))
  await import(main.href)
} else {
  const bundled = fileURLToPath(new URL(`../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url))
  if (process.platform !== 'linux' || !existsSync(bundled)) {
    console.error(
      `Picket needs Node.js ${nodeMin.join('.')} or newer; this is ${process.versions.node}.\n` +
        'On Linux `npm ci` installs one beside Picket: run it first (without --omit=optional). Elsewhere: https://nodejs.org'
    )
    process.exit(1)
  }
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // From a terminal, Ctrl-C reaches the child without us: passed on, it would count as the second one, which means "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function isEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])
}
