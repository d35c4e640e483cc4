/** Standard output. */

import { z } from 'zod'
import { noFigures, sinkKind } from './sink.ts'

export const standardOutput = sinkKind({
  schemes: ['-', 'stdout'],
  example: '-',
  about: 'Standard output: the default.',
  ownsQuery: true,
  options: z.strictObject({}),
  open(_target, _options, { header }) {
    const put = (text: string): Promise<void> | undefined => {
      if (process.stdout.write(text)) return undefined
      return new Promise(resolve => process.stdout.once('drain', resolve))
    }
    if (header !== undefined) void put(`${header}\n`)
    return {
      label: 'standard output',
      write: async lines => {
        if (lines.length > 0) await put(`${lines.join('\n')}\n`)
      },
      close: () => new Promise(resolve => process.stdout.write('', () => resolve())),
      figures: () => noFigures
    }
  }
})
