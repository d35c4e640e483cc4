/** What an attachment is: what its name says, what is declared, and what its first bytes say. */

import { binaryText } from './bytes.ts'

export type AttachmentKind =
  | 'executable'
  | 'script'
  | 'office'
  | 'macro'
  | 'pdf'
  | 'image'
  | 'archive'
  | 'disk image'
  | 'page'
  | 'shortcut'
  | 'mail'
  | 'text'
  | 'media'

export type Judged = {
  /** By its content, where that says it. */
  readonly content: AttachmentKind | undefined
  /** A word for what is in it: `Windows program`, `PDF`. */
  readonly contentName: string | undefined
  readonly extension: string | undefined
  /** What speaks against it: `executable`, `mismatch`, `double extension`, `hidden name`, `macros`, `executable inside`, `encrypted archive`, `active page`. */
  readonly risks: readonly string[]
  /** Names of what is in an archive, at most ten. */
  readonly inside: readonly string[]
}

const kinds: readonly (readonly [AttachmentKind, string])[] = [
  [
    'executable',
    'exe scr com pif cpl dll msi msix appx jar app dmg pkg deb rpm apk elf bin run gadget ocx sys msp mst'
  ],
  [
    'script',
    'bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta sh py pl rb reg inf chm sct vb scf xll ade adp mde application settingcontent-ms'
  ],
  ['shortcut', 'lnk url desktop website'],
  ['macro', 'docm dotm xlsm xltm xlam xlsb pptm potm ppsm ppam sldm'],
  [
    'office',
    'doc dot xls xlt xla ppt pot pps docx dotx xlsx xltx pptx potx ppsx rtf odt ods odp one onepkg pub mdb accdb iqy slk'
  ],
  ['pdf', 'pdf'],
  ['image', 'png jpg jpeg gif bmp webp tif tiff ico heic'],
  ['archive', 'zip rar 7z gz tgz tar bz2 xz zst cab arj lzh ace z'],
  ['disk image', 'iso img vhd vhdx udf'],
  ['page', 'htm html shtml xhtml svg mht mhtml xht'],
  ['mail', 'eml msg'],
  ['text', 'txt csv log json xml md ics vcf asc sig yaml yml'],
  ['media', 'mp3 mp4 wav avi mov mkv m4a ogg webm']
]
const kindOfExtension = new Map(kinds.flatMap(([kind, list]) => list.split(' ').map(name => [name, kind] as const)))

/** Those that people would open: an executable behind them is disguised. */
const harmless: ReadonlySet<AttachmentKind> = new Set(['pdf', 'image', 'office', 'text', 'media', 'mail', 'page'])

const magics: readonly (readonly [bytes: string, AttachmentKind, string])[] = [
  ['MZ', 'executable', 'Windows program'],
  ['\x7fELF', 'executable', 'Linux program'],
  ['\xcf\xfa\xed\xfe', 'executable', 'macOS program'],
  ['\xca\xfe\xba\xbe', 'executable', 'macOS program or Java class'],
  ['%PDF-', 'pdf', 'PDF'],
  ['PK\x03\x04', 'archive', 'ZIP'],
  ['PK\x05\x06', 'archive', 'empty ZIP'],
  ['Rar!\x1a\x07', 'archive', 'RAR'],
  ['7z\xbc\xaf\x27\x1c', 'archive', '7-Zip'],
  ['\x1f\x8b\x08', 'archive', 'gzip'],
  ['BZh', 'archive', 'bzip2'],
  ['\xfd7zXZ', 'archive', 'xz'],
  ['MSCF', 'archive', 'cabinet'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'office', 'OLE document'],
  ['{\\rt', 'office', 'RTF'],
  ['\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d', 'office', 'OneNote'],
  ['\x89PNG\r\n', 'image', 'PNG'],
  ['\xff\xd8\xff', 'image', 'JPEG'],
  ['GIF87a', 'image', 'GIF'],
  ['GIF89a', 'image', 'GIF'],
  ['L\x00\x00\x00\x01\x14\x02\x00', 'shortcut', 'Windows shortcut'],
  ['ITSF', 'script', 'compiled help'],
  ['#!', 'script', 'script']
]

export function judgeAttachment(name: string | undefined, declared: string, bytes: Uint8Array): Judged {
  const head = binaryText(bytes.subarray(0, 1024))
  const risks = new Set<string>()
  const clean = name?.replaceAll(/[\u200b-\u200f\u2060\ufeff]/g, '').trim()
  if (name !== undefined && /[\u202a-\u202e\u2066-\u2069]/.test(name)) risks.add('hidden name')
  if (name !== undefined && /\s{8,}\.[a-z0-9]{2,5}$/i.test(name)) risks.add('hidden name')
  const names = clean?.replace(/[\s.]+$/, '').split('.') ?? []
  const extension = names.length > 1 ? names.at(-1)!.trim().toLowerCase().slice(0, 20) : undefined
  const byName = extension === undefined ? undefined : kindOfExtension.get(extension)
  const magic = magics.find(([start]) => head.startsWith(start))
  let content: AttachmentKind | undefined = magic?.[1]
  let contentName = magic?.[2]
  let inside: string[] = []
  if (contentName === 'ZIP') {
    const zip = namesInZip(bytes)
    inside = zip.names.slice(0, 10)
    if (zip.names.includes('[Content_Types].xml')) {
      content = 'office'
      contentName = 'Office document'
      if (zip.names.some(one => /vbaProject\.bin$/i.test(one))) risks.add('macros')
    } else if (zip.names.includes('META-INF/MANIFEST.MF')) {
      content = 'executable'
      contentName = 'Java program'
    } else {
      if (zip.names.some(one => isDangerousName(one))) risks.add('executable inside')
      if (zip.encrypted) risks.add('encrypted archive')
      // OpenDocument says what it is in its first member.
      if (zip.names[0] === 'mimetype') {
        content = 'office'
        contentName = 'OpenDocument'
      }
    }
  } else if (contentName === 'OLE document' && hasOleMacros(bytes)) risks.add('macros')
  else if (content === undefined) {
    const start = head
      .replace(/^\xef\xbb\xbf/, '')
      .trimStart()
      .slice(0, 256)
      .toLowerCase()
    if (
      /^(?:<!doctype html|<html|<head|<body|<script|<svg|<\?xml[^>]{0,200}\?>\s*<(?:svg|html|!doctype html))/.test(
        start
      )
    ) {
      content = 'page'
      contentName = 'HTML or SVG'
    } else if (isIso(bytes)) {
      content = 'disk image'
      contentName = 'disk image'
    }
  }
  if (content === 'page' || byName === 'page') {
    const body = binaryText(bytes.subarray(0, 262_144)).toLowerCase()
    if (body.includes('<script') || body.includes('<form') || body.includes('http-equiv="refresh"'))
      risks.add('active page')
  }
  const dangerous = [byName, content].some(isDangerous)
  if (dangerous) risks.add('executable')
  if (byName === 'macro') risks.add('macros')
  if (byName === 'disk image' || content === 'disk image') risks.add('disk image')
  if (
    isDangerous(byName) &&
    names.length > 2 &&
    harmless.has(kindOfExtension.get(names.at(-2)!.trim().toLowerCase()) ?? 'archive')
  )
    risks.add('double extension')
  if (disagrees(byName, content, extension, contentName)) risks.add('mismatch')
  if (declaredDisagrees(declared, content)) risks.add('mismatch')
  return { content, contentName, extension, risks: [...risks], inside }
}

function isDangerous(kind: AttachmentKind | undefined): boolean {
  return kind === 'executable' || kind === 'script' || kind === 'shortcut'
}

function isDangerousName(name: string): boolean {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return isDangerous(kindOfExtension.get(extension))
}

/** The name promises one thing, the content is another. */
function disagrees(
  name: AttachmentKind | undefined,
  content: AttachmentKind | undefined,
  extension: string | undefined,
  contentName: string | undefined
): boolean {
  if (name === undefined || content === undefined || name === content) return false
  if (isDangerous(content)) return !isDangerous(name)
  // Office documents are zips or OLE, and so is much else.
  if (name === 'macro' || name === 'office')
    return !(content === 'office' || content === 'archive' || content === 'page')
  if (name === 'executable' && (content === 'archive' || content === 'office')) return false
  if (name === 'page' && content === 'image') return true
  if (name === 'text') return !(content === 'page' && (extension === 'xml' || extension === 'txt'))
  if (name === 'mail') return content !== 'office'
  return contentName !== undefined && (name === 'pdf' || name === 'image' || name === 'media' || name === 'archive')
}

function declaredDisagrees(declared: string, content: AttachmentKind | undefined): boolean {
  if (content === undefined) return false
  if (isDangerous(content)) return /^(?:image|text|audio|video)\//.test(declared) || declared === 'application/pdf'
  return declared === 'application/pdf' && content !== 'pdf'
}

const zipNamesMax = 200

/** The names in the local headers (APPNOTE 4.3.7), and whether a member is encrypted. Not unpacked. */
function namesInZip(bytes: Uint8Array): { names: string[]; encrypted: boolean } {
  const names: string[] = []
  let encrypted = false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  const stop = Math.max(0, end - 65_536)
  while (end >= stop && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < stop || end < 0) return localNames(bytes, view)
  let at = view.getUint32(end + 16, true)
  while (names.length < zipNamesMax && at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50) {
    if ((view.getUint16(at + 8, true) & 1) !== 0) encrypted = true
    const size = view.getUint16(at + 28, true)
    names.push(binaryText(bytes.subarray(at + 46, at + 46 + Math.min(size, 512))))
    at += 46 + size + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return { names, encrypted }
}

/** An archive whose end is missing: its first member. */
function localNames(bytes: Uint8Array, view: DataView): { names: string[]; encrypted: boolean } {
  if (bytes.length < 30) return { names: [], encrypted: false }
  const size = view.getUint16(26, true)
  return {
    names: [binaryText(bytes.subarray(30, 30 + Math.min(size, 512)))],
    encrypted: (view.getUint16(6, true) & 1) !== 0
  }
}

/** The directory entry of a VBA project, in UTF-16. */
const vbaProject = [...'_VBA_PROJECT'].map(letter => `${letter}\0`).join('')

function hasOleMacros(bytes: Uint8Array): boolean {
  return binaryText(bytes).includes(vbaProject)
}

function isIso(bytes: Uint8Array): boolean {
  return bytes.length > 32_774 && binaryText(bytes.subarray(32_769, 32_774)) === 'CD001'
}
