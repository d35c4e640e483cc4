/**
 * The pages in `docs/formats/`: one a format, made from the format's own description, with the event that its sample becomes.
 * `npm run docs:formats` writes them; a test holds them to what the parsers do.
 */

import type { FormatDescription, Parser } from '../core/parser.ts'
import { decoders } from '../parsers/decoders.ts'
import { parserNamed, parsers } from '../parsers/index.ts'
import { makeSample, recognise } from '../parsers/recognise.ts'
import { readers } from '../parsers/syslog/readers.ts'
import { caseReceivedMs, parseText } from './parser-cases.ts'

export type Format = {
  readonly name: string
  readonly title: string
  /** How it is read: by a parser of its own, as a message inside syslog, or decoded from a binary file. */
  readonly how: 'parser' | 'message' | 'binary'
  /** The parser that the records go through. */
  readonly parser: Parser | undefined
  readonly description: FormatDescription | undefined
  /** The name of the format on whose page this one stands: its own, or that of the format it is another form of. */
  page: string
}

/** All formats by name. One that has the description of another, or none and a name that begins alike, is another form of it. */
export function listFormats(): Format[] {
  const formats = allFormats()
  for (const format of formats) {
    const { description, name } = format
    const first =
      description === undefined
        ? formats.find(
            other =>
              other.description !== undefined &&
              (name.startsWith(`${other.name}-`) || other.name.startsWith(`${name}-`))
          )
        : formats.find(other => other.description === description)
    format.page = first?.page || first?.name || ''
  }
  return formats
}

function allFormats(): Format[] {
  const syslog = parserNamed('syslog')
  const page = ''
  return [
    ...parsers.map(parser => ({
      ...named(parser),
      how: 'parser' as const,
      parser,
      description: parser.description,
      page
    })),
    ...readers.map(reader => ({
      ...named(reader),
      how: 'message' as const,
      parser: syslog,
      description: reader.description,
      page
    })),
    ...decoders.map(decoder => ({
      ...named(decoder),
      how: 'binary' as const,
      parser: decoder.format === undefined ? undefined : parserNamed(decoder.format),
      description: decoder.description,
      page
    }))
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const named = ({ name, title }: { name: string; title: string }): { name: string; title: string } => ({ name, title })

const ways: Readonly<Record<Format['how'], string>> = {
  parser: 'a file or a stream of its own',
  message: 'a message inside syslog, or on a line that says itself what it is',
  binary: 'a binary file, decoded into JSON records'
}

/** The index, `docs/formats/README.md`. */
export function indexPage(formats: readonly Format[]): string {
  const rows = formats.map(
    ({ name, title, how, page }) =>
      `| ${page === '' ? `\`${name}\`` : `[\`${name}\`](${page}.md)`} | ${cell(title)} | ${ways[how]} |`
  )
  return [
    '# The formats that Picket reads',
    '',
    'Made by `npm run docs:formats` from the parsers themselves. Formats are recognised by content, never by a file’s name; what no',
    'parser recognises is kept line by line and can be searched. `picket parse FILE` shows what becomes of a file.',
    '',
    '| name | what | comes as |',
    '|---|---|---|',
    ...rows,
    ''
  ].join('\n')
}

/** A format's page. Undefined where it has none of its own. */
export function formatPage(format: Format): string | undefined {
  const { name, title, how, description, page } = format
  if (description === undefined || page !== name) return undefined
  const { reads, from, specifications, sample, mapping } = description
  const result = sampleEvents(format)
  const event = result?.events.find(value => value !== null)
  return [
    `# ${title}`,
    '',
    `\`${name}\`: ${ways[how]}.`,
    '',
    reads,
    '',
    '## Where it comes from',
    '',
    from,
    '',
    '## A sample',
    '',
    '```text',
    sample.trimEnd(),
    '```',
    '',
    ...(event === undefined
      ? []
      : ['The event that it becomes:', '', '```json', JSON.stringify(event, undefined, 2), '```', '']),
    '## Fields',
    '',
    '| field | from | |',
    '|---|---|---|',
    ...mapping.map(([field, source, remark = '']) => `| ${fieldCell(field)} | ${cell(source)} | ${cell(remark)} |`),
    '',
    'What has no field above keeps its own name.',
    '',
    '## Made from',
    '',
    ...specifications.map(text => `- ${text}`),
    ''
  ].join('\n')
}

/** What the sample of a format becomes, and what it was recognised as. Undefined for binary formats. */
export function sampleEvents(
  format: Format
): { readonly parser: Parser; readonly recognised: Parser; readonly events: readonly unknown[] } | undefined {
  const { description, parser, how } = format
  if (description === undefined || parser === undefined || how === 'binary') return undefined
  const text = description.sample.trimEnd() + '\n'
  const { parser: recognised } = recognise(makeSample(text))
  return { parser, recognised, events: parseText(text, parser, { receivedMs: caseReceivedMs }) }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Names of fields in code, words between them as they are. */
function fieldCell(text: string): string {
  return cell(text)
    .split(', ')
    .map(part => (/^[@.\w*{}[\]-]+$/.test(part) ? `\`${part}\`` : part))
    .join(', ')
}
