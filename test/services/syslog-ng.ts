/** Real syslog-ng in the foreground, unpacked from Debian's packages, with a configuration and a folder of its own. */

import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { unpackDebian } from './debian.ts'

const packages = [
  'syslog-ng-core',
  'syslog-ng-mod-http',
  'syslog-ng-scl',
  'libivykis0',
  'libjson-c5',
  'libnet1',
  'libwrap0',
  'libglib2.0-0',
  'libpcre3',
  'libcap2'
]
const unpacked = unpackDebian(packages)
export const skipSyslogNg: string | false = typeof unpacked === 'string' ? unpacked : false

/** What is appended to `app.log` of the folder is sent on to the destination. */
export async function startSyslogNg(
  folder: string,
  destination: string
): Promise<{ readonly output: () => string; stop(): Promise<void> }> {
  if (typeof unpacked === 'string') throw new Error(unpacked)
  const file = (name: string): string => join(folder, name)
  writeFileSync(file('app.log'), '')
  writeFileSync(
    file('syslog-ng.conf'),
    `@version: 3.35
@include "${unpacked.path('usr/share/syslog-ng/include/scl/elasticsearch/elastic-http.conf')}"
options { keep-hostname(yes); use-uniqid(yes); frac-digits(6); stats-freq(0); flush-lines(100); };
source s { file("${file('app.log')}" follow-freq(0.1) flags(no-parse) program-override("app") default-facility(local3) default-priority(info)); };
destination d { ${destination} };
log { source(s); destination(d); flags(flow-control); };
`
  )
  const args = ['-F', '-f', file('syslog-ng.conf'), '-R', file('persist'), '-p', file('pid'), '-c', file('control')]
  const child = spawn(
    unpacked.path('usr/sbin/syslog-ng'),
    [...args, '--no-caps', `--module-path=${unpacked.path('usr/lib/syslog-ng/3.38')}`],
    { env: unpacked.env, stdio: ['ignore', 'pipe', 'pipe'] }
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', part => {
      output = (output + String(part)).slice(-5000)
    })
  for (let tries = 0; !existsSync(file('control')); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`syslog-ng did not start: ${output}`)
    await sleep(50)
  }
  return {
    output: () => output,
    async stop() {
      const ended = new Promise(resolve => child.on('exit', resolve))
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    }
  }
}
