/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Whatever no other format recognises, line by line: kept whole and searchable by any of its words. A time at the beginning of a line is the event’s.',
  from: 'Anything.',
  specifications: ['none'],
  sample: '2026-03-01 08:15:42,123 the door was opened',
  mapping: [
    ['message', 'the line'],
    ['@timestamp', 'a time stamp at the beginning, else when the record came']
  ]
}
