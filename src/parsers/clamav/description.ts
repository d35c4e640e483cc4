/** ClamAV's logs as people read about them. */

import type { FormatDescription } from '../../core/parser.ts'

export const clamavDescription: FormatDescription = {
  reads:
    'The logs of clamd, freshclam and clamonacc with their times (`LogTime yes`), and their messages in syslog and the journal.',
  from: '`/var/log/clamav/clamav.log` and `freshclam.log`; or `LogSyslog yes` in `clamd.conf`. Times are local: import with `--timezone`.',
  specifications: ['clamd.conf(5)', 'https://docs.clamav.net/'],
  sample: 'Wed Jan  1 00:00:00 2025 -> /srv/upload/invoice.doc: Doc.Macro.Test-1 FOUND',
  mapping: [
    ['event.kind', '`FOUND`', 'alert'],
    ['rule.name, clamav.signature', 'the signature'],
    ['file.path, file.hash.*, file.size', 'the file'],
    ['source.ip, source.port', 'who sent it: `instream(192.0.2.5@50000)`'],
    ['log.level', '`ERROR`, `WARNING`']
  ]
}
