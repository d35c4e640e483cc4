/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Tables with a header line: comma, semicolon, tab or bar between the cells, quotes as in RFC 4180, line breaks within quotes. ' +
    'Columns are read like the fields of JSON lines.',
  from: 'Exports of spreadsheets, databases and web consoles.',
  specifications: ['RFC 4180'],
  sample:
    'time,user,action,client_ip\n2026-03-01T08:15:42Z,alice,login,192.0.2.7\n2026-03-01T08:16:02Z,alice,logout,192.0.2.7',
  mapping: [
    ['@timestamp, message, source.ip …', 'columns by their usual names, as for JSON lines'],
    ['everything else', 'the column’s name']
  ]
}
