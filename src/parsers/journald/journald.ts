/** systemd's journal: `journalctl -o json`, `-o json-seq`, `-o json-sse`, and the export format as `export-decoder.ts` reads it. */

import type { Parser, Sample } from '../../core/parser.ts'
import { journaldDescription } from './description.ts'
import { isJournal, parseJournal } from './journal-event.ts'

function recognise(sample: Sample): number {
  let known = 0
  for (const json of sample.json) if (json !== undefined && isJournal(json)) known++
  return known > 0 && known >= sample.lines.length * 0.8 ? 0.93 : 0
}

export const journald: Parser = {
  name: 'journald',
  title: 'systemd journal (journalctl -o json, json-seq, export)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: context => (_text, json) =>
    isJournal(json)
      ? parseJournal(json, context)
      : { ok: false, reason: 'not an entry of the journal: no __REALTIME_TIMESTAMP, no _BOOT_ID' },
  description: journaldDescription
}
