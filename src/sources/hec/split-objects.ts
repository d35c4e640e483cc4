/** JSON objects one after the other, with or without white space between them: where each begins and ends. */

export type ObjectPlace = { readonly start: number; readonly end: number }

const depthMax = 1000

/** The places in order, or the number (from 0) of the object that is none. Looks at braces and quotes only. */
export function splitObjects(body: Buffer): readonly ObjectPlace[] | { readonly wrong: number } {
  const places: ObjectPlace[] = []
  let depth = 0
  let start = 0
  let quoted = false
  for (let at = 0; at < body.length; at++) {
    const c = body[at]!
    if (quoted) {
      if (c === 92) at++
      else if (c === 34) quoted = false
      continue
    }
    if (c === 34 && depth > 0) quoted = true
    else if (c === 123 || (c === 91 && depth > 0)) {
      if (depth === 0) start = at
      if (++depth > depthMax) return { wrong: places.length }
    } else if ((c === 125 || c === 93) && depth > 0) {
      if (--depth === 0) places.push({ start, end: at + 1 })
    } else if (depth === 0 && c !== 32 && c !== 10 && c !== 13 && c !== 9) return { wrong: places.length }
  }
  return depth === 0 ? places : { wrong: places.length }
}
