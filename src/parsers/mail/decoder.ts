/**
 * What is attached to mails and is records of its own, as JSON: one for each line of an attached log, one for each record of a DMARC aggregate report; and such
 * reports as files. `mail.ts` reads them; the mails themselves are records of format `email`.
 */

import { binaryText, decoded } from '../../mail/bytes.ts'
import { headerOf } from '../../mail/headers.ts'
import { bytesOfPart, takeApart } from '../../mail/mime.ts'
import type { Decoder } from '../decoders.ts'
import { unpack } from './archive.ts'
import { description } from './description.ts'
import { readReport } from './dmarc-xml.ts'

/** A larger report is no report. */
const reportMax = 64 * 1024 * 1024
/** Of one mail. */
const recordsMax = 200_000

export const dmarcReports: Decoder = {
  name: 'mail-dmarc',
  title: 'DMARC aggregate reports (XML)',
  format: 'mail',
  description,
  claims: head =>
    // Most files have no such character there, and need not become a text.
    head.includes(60) &&
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:[\w.-]{1,20}:)?feedback[\s>]/.test(binaryText(head)),
  async *decode(bytes) {
    let size = 0
    const pieces: Uint8Array[] = []
    for await (const piece of bytes) {
      size += piece.length
      if (size > reportMax) throw new Error(`a report of more than ${reportMax} bytes`)
      pieces.push(piece)
    }
    const report = readReport(decoded(joined(pieces, size), undefined))
    if (report === undefined) throw new Error('the XML is damaged, or no DMARC report')
    yield report.map(dmarc => JSON.stringify({ dmarc }))
  }
}

/** The records attached to a mail; `source` has one character a byte. None, for most. */
export async function attachedRecords(source: string): Promise<string[]> {
  const { headers, parts } = takeApart(source)
  const about = { message_id: headerOf(headers, 'message-id') }
  const records: string[] = []
  for (const part of parts) {
    if (!part.attached || !mayHoldRecords(part.name, part.type)) continue
    for (const file of await unpack(part.name, bytesOfPart(source, part))) {
      if (records.length >= recordsMax) return records
      const name = file.name ?? part.name ?? ''
      if (isXml(file.bytes)) {
        for (const dmarc of readReport(decoded(file.bytes, undefined)) ?? [])
          records.push(JSON.stringify({ dmarc, mail_of: about }))
      } else if (isLog(name)) {
        for (const line of decoded(file.bytes, undefined).split(/\r?\n/))
          if (line.trim() !== '') records.push(JSON.stringify({ line, attachment: name, mail_of: about }))
      }
    }
  }
  return records.slice(0, recordsMax)
}

function isLog(name: string): boolean {
  return /\.(?:log|txt|json|ndjson|jsonl|csv|tsv)$/i.test(name)
}

/** What is not unpacked in vain. */
function mayHoldRecords(name: string | undefined, type: string): boolean {
  if (/xml|zip|gzip/.test(type)) return !/openxml|opendocument/.test(type)
  return name !== undefined && (isLog(name) || /\.(?:xml|gz|zip)$/i.test(name))
}

function isXml(bytes: Uint8Array): boolean {
  return binaryText(bytes.subarray(0, 512)).includes('<feedback')
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
