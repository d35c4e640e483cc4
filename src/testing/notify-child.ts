/** A process that is there to be killed: alerts are raised and told in it. Arguments: the data folder, how many to raise at each start. */

import { openState } from '../state/state.ts'
import { changeLog, testNotifier } from './notify-lab.ts'

const [folder = '', alerts = '0'] = process.argv.slice(2)
const state = openState(folder)
const { read, raise } = changeLog(state)
testNotifier(state, read, { tickMs: 10 })
// The notifier's own timer keeps no process alive.
setInterval(() => {}, 1000)
for (let left = Number(alerts); left > 0; left--) {
  raise(1)
  process.stdout.write('+')
  await new Promise(resolve => setTimeout(resolve, 1))
}
