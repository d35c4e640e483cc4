/**
 * DMARC aggregate reports (RFC 7489, appendix C): XML, one `record` for each address that mail came from → one JSON object a record,
 * each with the report's metadata and the policy. Elements become objects, repeated ones lists; attributes are not used there.
 */

import type { Document } from '../ndjson/document.ts'

const depthMax = 12
const elementsMax = 500_000

/** The report's records; undefined if the text is no report. */
export function readReport(xml: string): Document[] | undefined {
  const start = xml.search(/<(?:[\w.-]+:)?feedback[\s>]/)
  if (start < 0) return undefined
  const root = readElement(xml, start)
  if (root === undefined) return undefined
  const { record, ...rest } = root
  const records = Array.isArray(record) ? record : record === undefined ? [] : [record]
  return records
    .filter(one => typeof one === 'object' && one !== null)
    .map(one => ({ ...rest, record: one as Document }))
}

type Open = { readonly name: string; readonly value: Document; text: string }

/** The content of the element whose tag begins at `at`. */
function readElement(xml: string, at: number): Document | undefined {
  const stack: Open[] = []
  let position = at
  for (let count = 0; count < elementsMax; count++) {
    const open = xml.indexOf('<', position)
    if (open < 0) return undefined
    if (stack.length > 0) stack.at(-1)!.text += xml.slice(position, open)
    if (xml.startsWith('<!--', open)) {
      const end = xml.indexOf('-->', open)
      if (end < 0) return undefined
      position = end + 3
      continue
    }
    const close = xml.indexOf('>', open)
    if (close < 0) return undefined
    position = close + 1
    if (xml[open + 1] === '?' || xml[open + 1] === '!') continue
    if (xml[open + 1] === '/') {
      const ended = stack.pop()
      if (ended === undefined) return undefined
      if (stack.length === 0) return ended.value
      add(stack.at(-1)!.value, ended)
      continue
    }
    const empty = xml[close - 1] === '/'
    const name = /^[\w.:-]{1,64}/.exec(xml.slice(open + 1, open + 66))?.[0].replace(/^.*:/, '') ?? ''
    if (name === '' || name === '__proto__' || stack.length >= depthMax) return undefined
    const element: Open = { name, value: {}, text: '' }
    if (!empty) stack.push(element)
    else if (stack.length > 0) add(stack.at(-1)!.value, element)
  }
  return undefined
}

function add(parent: Document, child: Open): void {
  const text = unescapeXml(child.text.trim())
  const value = Object.keys(child.value).length > 0 ? child.value : text
  if (value === '') return
  const there = parent[child.name]
  if (there === undefined) parent[child.name] = value
  else if (Array.isArray(there)) there.push(value)
  else parent[child.name] = [there, value]
}

function unescapeXml(text: string): string {
  if (text.indexOf('&') < 0) return text
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
