/**
 * A workbook of one sheet, written as it is read: rows in, bytes out, nothing kept. Office Open XML (ECMA-376), the least of it: cells are
 * numbers or inline texts, so there is no list of strings to hold; never formulas. The parts lie in a ZIP (APPNOTE 6.3.10) whose sizes
 * follow the data (bit 3), deflated.
 */

import { once } from 'node:events'
import { crc32, createDeflateRaw } from 'node:zlib'

export type Cell = string | number | undefined

/** What a sheet of Excel's holds; a cell's text may have 32,767 characters. */
export const rowsOfSheet = 1_048_576
const cellLengthMax = 32_767
const columnsMax = 16_384

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const packageNs = 'http://schemas.openxmlformats.org/package/2006'
const officeNs = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const mainNs = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const contentTypes = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

const parts: readonly (readonly [string, string])[] = [
  [
    '[Content_Types].xml',
    `${head}<Types xmlns="${packageNs}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${contentTypes}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${contentTypes}.worksheet+xml"/></Types>`
  ],
  [
    '_rels/.rels',
    `${head}<Relationships xmlns="${packageNs}/relationships"><Relationship Id="rId1" Type="${officeNs}/officeDocument" Target="xl/workbook.xml"/></Relationships>`
  ],
  [
    'xl/workbook.xml',
    `${head}<workbook xmlns="${mainNs}" xmlns:r="${officeNs}"><sheets><sheet name="Picket" sheetId="1" r:id="rId1"/></sheets></workbook>`
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `${head}<Relationships xmlns="${packageNs}/relationships"><Relationship Id="rId1" Type="${officeNs}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
  ]
]

/** The bytes of the workbook. */
export async function* workbook(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<Buffer> {
  const entries: Entry[] = []
  let offset = 0
  const written = (bytes: Buffer): Buffer => {
    offset += bytes.length
    return bytes
  }
  const contents: (readonly [string, AsyncIterable<string>])[] = [
    ...parts.map(([name, text]) => [name, whole(text)] as const),
    ['xl/worksheets/sheet1.xml', sheet(rows)]
  ]
  for (const [name, content] of contents) {
    const entry: Entry = { name: Buffer.from(name), offset, crc: 0, packed: 0, size: 0 }
    yield written(header(0x04034b50, entry, false))
    for await (const bytes of deflated(content, entry)) yield written(bytes)
    yield written(descriptor(entry))
    entries.push(entry)
  }
  const start = offset
  for (const entry of entries) yield written(header(0x02014b50, entry, true))
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(offset - start, 12)
  end.writeUInt32LE(start, 16)
  yield end
}

type Entry = { readonly name: Buffer; readonly offset: number; crc: number; packed: number; size: number }

async function* whole(text: string): AsyncGenerator<string> {
  yield text
}

async function* sheet(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<string> {
  yield `${head}<worksheet xmlns="${mainNs}"><sheetData>`
  let number = 0
  let text = ''
  for await (const row of rows) {
    if (++number > rowsOfSheet) break
    text += '<row>'
    for (const cell of row.slice(0, columnsMax)) text += cellXml(cell)
    text += '</row>'
    if (text.length > 65_536) {
      yield text
      text = ''
    }
  }
  yield `${text}</sheetData></worksheet>`
}

function cellXml(cell: Cell): string {
  if (cell === undefined || cell === '') return '<c/>'
  if (typeof cell === 'number' && Number.isFinite(cell)) return `<c><v>${cell}</v></c>`
  return `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(String(cell).slice(0, cellLengthMax))}</t></is></c>`
}

/** Characters that XML 1.0 does not know become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r/g, '&#13;')
}

async function* deflated(content: AsyncIterable<string>, entry: Entry): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw({ level: 6 })
  let failure: unknown
  const feeding = (async () => {
    try {
      for await (const text of content) {
        const bytes = Buffer.from(text)
        entry.crc = crc32(bytes, entry.crc)
        entry.size += bytes.length
        if (!deflate.write(bytes)) await Promise.race([once(deflate, 'drain'), once(deflate, 'close')])
        if (deflate.destroyed) return
      }
      deflate.end()
    } catch (error) {
      failure = error
      deflate.destroy()
    }
  })()
  try {
    for await (const bytes of deflate) {
      entry.packed += (bytes as Buffer).length
      yield bytes as Buffer
    }
  } catch (error) {
    throw failure ?? error
  } finally {
    deflate.destroy()
    await feeding
  }
  if (failure !== undefined) throw failure
}

/** Local (30 bytes) or central (46) header; sizes stand in the central one and in the descriptor. */
function header(signature: number, entry: Entry, central: boolean): Buffer {
  const bytes = Buffer.alloc(central ? 46 : 30)
  const at = central ? 2 : 0
  bytes.writeUInt32LE(signature, 0)
  if (central) bytes.writeUInt16LE(20, 4)
  bytes.writeUInt16LE(20, 4 + at)
  // Sizes follow; names are UTF-8.
  bytes.writeUInt16LE(0x0808, 6 + at)
  bytes.writeUInt16LE(8, 8 + at)
  // 1980-01-01, the first day of ZIP's calendar.
  bytes.writeUInt16LE(0x21, 12 + at)
  if (central) {
    bytes.writeUInt32LE(entry.crc, 16)
    bytes.writeUInt32LE(entry.packed, 20)
    bytes.writeUInt32LE(entry.size, 24)
    bytes.writeUInt32LE(entry.offset, 42)
  }
  bytes.writeUInt16LE(entry.name.length, 26 + at)
  return Buffer.concat([bytes, entry.name])
}

function descriptor(entry: Entry): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(0x08074b50, 0)
  bytes.writeUInt32LE(entry.crc, 4)
  bytes.writeUInt32LE(entry.packed, 8)
  bytes.writeUInt32LE(entry.size, 12)
  return bytes
}
