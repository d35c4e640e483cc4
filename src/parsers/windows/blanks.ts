/** A command line cut at blanks outside double quotes, quotes kept: how Elastic's security pipeline makes `process.args` of event 4688. */

const piecesMax = 1024

export function splitOnBlanks(line: string): string[] {
  const found: string[] = []
  let quoted = false
  let start = 0
  for (let i = 0; i < line.length && found.length < piecesMax; i++) {
    const c = line.charCodeAt(i)
    if (c === 34) quoted = !quoted
    if (!quoted && (c === 32 || (c >= 9 && c <= 13))) {
      found.push(line.slice(start, i))
      start = i + 1
    }
    if (i === line.length - 1) found.push(line.slice(start))
  }
  return found
}
