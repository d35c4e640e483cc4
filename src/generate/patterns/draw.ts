/** Texts out of a pattern: every alternative, count and character of a class is as likely as the others. */

import type { Random } from '../random.ts'
import type { Pattern } from './parse.ts'

export function drawerOf(pattern: Pattern, random: Random): () => string {
  switch (pattern.kind) {
    case 'text': {
      const { text } = pattern
      return () => text
    }
    case 'set': {
      const { ranges } = pattern
      const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
      if (count <= 256) {
        const texts = ranges.flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n))
        )
        return () => texts[random.below(count)]!
      }
      return () => {
        let at = random.below(count)
        for (const [from, to] of ranges) {
          if (at <= to - from) return String.fromCodePoint(from + at)
          at -= to - from + 1
        }
        return ''
      }
    }
    case 'choice': {
      const parts = pattern.parts.map(part => drawerOf(part, random))
      return () => parts[random.below(parts.length)]!()
    }
    case 'sequence': {
      const parts = pattern.parts.map(part => drawerOf(part, random))
      return () => {
        let text = ''
        for (const part of parts) text += part()
        return text
      }
    }
    case 'repeat': {
      const part = drawerOf(pattern.part, random)
      const { min, max } = pattern
      return () => {
        const times = random.between(min, max)
        let text = ''
        for (let i = 0; i < times; i++) text += part()
        return text
      }
    }
  }
}
