/**
 * `npm run faults [-- --rounds N --only NAME --seed N]`: causes faults on purpose and checks that nothing acknowledged is lost, nothing
 * is there twice, and the books balance. Everything happens in a temporary folder; everything that is started is stopped.
 *
 * --rounds N   how many kills in all (100; in CI 5: each kind of kill then strikes once)
 * --only NAME  only the faults whose name contains NAME; may be given more than once
 * --seed N     the same chances again (kills strike at the same moments, as far as the machine allows)
 * --list       the faults, and what they are
 * --keep       leaves the folders of faults that failed
 */

import { parseArgs } from 'node:util'
import { alertFaults } from './alerts.ts'
import { clock } from './clock.ts'
import { detections } from './detections.ts'
import { diskFull } from './disk-full.ts'
import { intel } from './intel.ts'
import { kills } from './kills.ts'
import { type Fault, Lab, randomOf, Skipped } from './lab.ts'
import { oddFiles } from './odd-files.ts'
import { together } from './together.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true },
    seed: { type: 'string' },
    list: { type: 'boolean' },
    keep: { type: 'boolean' }
  }
})
const rounds = Number(values.rounds ?? (process.env['CI'] === undefined ? 100 : 5))
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  process.stderr.write('--rounds and --seed are whole numbers\n')
  process.exit(2)
}

const faults: readonly (Fault & { readonly share?: number })[] = [
  ...kills,
  ...diskFull,
  ...clock,
  ...intel,
  ...detections,
  ...together,
  ...alertFaults,
  ...oddFiles
]
const chosen = faults.filter(({ name }) => values.only?.some(part => name.includes(part)) ?? true)
if (values.list === true) {
  for (const { name, about } of faults) process.stdout.write(`${name.padEnd(28)}${about}\n`)
  process.exit(0)
}
if (chosen.length === 0) {
  process.stderr.write(`There is no fault of that name. There are: ${faults.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

let lab: Lab | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    lab?.abandon()
    process.exit(1)
  })

const terminal = process.stdout.isTTY === true
const startedMs = performance.now()
const failed: string[] = []
let skipped = 0
process.stdout.write(`${chosen.length} faults, ${rounds} kills in all, seed ${seed}\n`)
for (const fault of chosen) {
  lab = new Lab()
  const faultMs = performance.now()
  const line = (verdict: string, text: string): void => {
    const seconds = Math.round((performance.now() - faultMs) / 1000)
    process.stdout.write(
      `${terminal ? '\r\x1b[K' : ''}${verdict.padEnd(5)}${fault.name.padEnd(28)}${`${seconds} s`.padStart(6)}  ${text}\n`
    )
  }
  try {
    const seen = await fault.run(lab, {
      rounds: Math.max(1, Math.round(rounds * (fault.share ?? 0))),
      random: randomOf(seed),
      say: text => void (terminal && process.stdout.write(`\r\x1b[K     ${fault.name}: ${text}`))
    })
    line('ok', seen)
    await lab.close({ keep: false })
  } catch (error) {
    if (error instanceof Skipped) {
      skipped++
      line('skip', error.message)
      await lab.close({ keep: false })
      continue
    }
    failed.push(fault.name)
    line('FAIL', fault.about)
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stdout.write(`${text}\n${lab.lastWords}\n`.replace(/^/gm, '     '))
    if (values.keep === true) process.stdout.write(`     its folder: ${lab.folder}\n`)
    await lab.close({ keep: values.keep === true })
  }
}
const seconds = Math.round((performance.now() - startedMs) / 1000)
const passed = chosen.length - failed.length - skipped
process.stdout.write(
  `\n${passed} passed, ${failed.length} failed, ${skipped} skipped in ${seconds} s` +
    (failed.length === 0
      ? '\n'
      : `: ${failed.join(', ')}\nAgain: npm run faults -- --seed ${seed} --only ${failed[0]}\n`)
)
process.exit(failed.length === 0 ? 0 : 1)
