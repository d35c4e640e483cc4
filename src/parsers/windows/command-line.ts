/** A Windows command line to its arguments, by the rules of the C runtime before 2008 (daviddeley.com, "How Command Line Parameters Are Parsed"). */

const argumentsMax = 1024

export function splitCommandLine(line: string): string[] {
  const found: string[] = []
  let i = 0
  while (i < line.length && found.length < argumentsMax) {
    while (isBlank(line.charCodeAt(i))) i++
    if (i >= line.length) break
    let argument = ''
    let quoted = false
    let slashes = 0
    // Where the plain characters that were not copied yet begin.
    let from = i
    for (; i < line.length; i++) {
      const c = line.charCodeAt(i)
      if (c === 92) {
        if (slashes === 0) argument += line.slice(from, i)
        if (slashes === 0) from = i
        slashes++
        continue
      }
      if (c === 34) {
        if (slashes === 0) argument += line.slice(from, i)
        argument += '\\'.repeat(slashes >> 1)
        if ((slashes & 1) === 0) {
          if (quoted && line.charCodeAt(i + 1) === 34) {
            argument += '"'
            i++
          }
          quoted = !quoted
        } else argument += '"'
        slashes = 0
        from = i + 1
        continue
      }
      slashes = 0
      if (!quoted && isBlank(c)) break
    }
    found.push(argument + line.slice(from, Math.min(i, line.length)))
    i++
  }
  return found
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9
}
