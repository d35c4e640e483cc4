/** What a person sees of an HTML mail, and where its links lead. One pass over the text, bounded in what is kept; not a browser. */

export type Anchor = { readonly href: string; readonly shown: string }
export type Page = {
  readonly text: string
  readonly anchors: readonly Anchor[]
  /** Where forms are sent to. */
  readonly forms: readonly string[]
  readonly hasScript: boolean
  readonly hasPassword: boolean
}

const anchorsMax = 512
const shownMax = 500
const hrefMax = 4096
/** What is looked at. */
export const htmlMax = 1_000_000

export function readHtml(html: string): Page {
  const source = html.length > htmlMax ? html.slice(0, htmlMax) : html
  const text: string[] = []
  const anchors: Anchor[] = []
  const forms: string[] = []
  let hasScript = false
  let hasPassword = false
  let open: { href: string; shown: string } | undefined
  let from = 0
  const say = (piece: string): void => {
    if (piece === '') return
    text.push(piece)
    if (open !== undefined && open.shown.length < shownMax) open.shown += piece
  }
  const close = (): void => {
    if (open !== undefined && anchors.length < anchorsMax)
      anchors.push({ href: open.href, shown: entities(open.shown).replaceAll(/\s+/g, ' ').trim().slice(0, shownMax) })
    open = undefined
  }
  for (let at = source.indexOf('<'); at >= 0; at = source.indexOf('<', from)) {
    say(source.slice(from, at))
    if (source.startsWith('<!--', at)) {
      const end = source.indexOf('-->', at + 4)
      from = end < 0 ? source.length : end + 3
      continue
    }
    const name = tagName(source, at + 1)
    if (name === '') {
      // `<!doctype`, `<?xml`, or a bracket that is text.
      const isMark = source[at + 1] === '!' || source[at + 1] === '?'
      const end = isMark ? source.indexOf('>', at) : at
      if (!isMark) say('<')
      from = end < 0 ? source.length : end + 1
      continue
    }
    const end = tagEnd(source, at + 1)
    const tag = source.slice(at, Math.min(end, at + 16_384))
    from = end
    if (name === 'a' || name === 'area') {
      close()
      const href = attribute(tag, 'href')
      if (href !== undefined) open = { href, shown: '' }
      if (name === 'area') close()
    } else if (name === '/a') close()
    else if (name === 'br' || name === '/p' || name === '/tr' || name === '/div' || name === '/li') text.push('\n')
    else if (name === 'td' || name === 'th') text.push(' ')
    else if (name === 'form') {
      const action = attribute(tag, 'action')
      if (action !== undefined && forms.length < 32) forms.push(action)
    } else if (name === 'input' && attribute(tag, 'type')?.toLowerCase() === 'password') hasPassword = true
    else if (name === 'style' || name === 'script' || name === 'title') {
      if (name === 'script') hasScript = true
      const stop = indexOfTag(source, `</${name}`, end)
      from = stop < 0 ? source.length : stop
    }
  }
  say(source.slice(from))
  close()
  return { text: entities(text.join('')), anchors, forms, hasScript, hasPassword }
}

function tagName(source: string, at: number): string {
  const slash = source.charCodeAt(at) === 47 ? 1 : 0
  let end = at + slash
  while (end < at + 16 && isLetter(source.charCodeAt(end))) end++
  return end === at + slash ? '' : source.slice(at, end).toLowerCase()
}

function isLetter(code: number): boolean {
  const lower = code | 32
  return lower >= 97 && lower <= 122
}

/** After the `>` that is outside quotes; quotes that never end do not count. */
function tagEnd(source: string, at: number): number {
  let quote = 0
  const most = Math.min(source.length, at + 16_384)
  for (let i = at; i < most; i++) {
    const code = source.charCodeAt(i)
    if (quote !== 0) {
      if (code === quote) quote = 0
    } else if (code === 34 || code === 39) quote = code
    else if (code === 62) return i + 1
  }
  const plain = source.indexOf('>', at)
  return plain < 0 ? source.length : plain + 1
}

/** Where `</script` begins, in whatever case. */
function indexOfTag(source: string, tag: string, from: number): number {
  for (let at = source.indexOf('</', from); at >= 0; at = source.indexOf('</', at + 2))
    if (source.slice(at, at + tag.length).toLowerCase() === tag) return at
  return -1
}

const attributes = new Map(
  ['href', 'action', 'type'].map(name => [
    name,
    new RegExp(
      `[\\s"'/]${name}[\\t\\n\\r ]{0,8}=[\\t\\n\\r ]{0,8}(?:"([^"]{0,${hrefMax}})|'([^']{0,${hrefMax}})|([^\\s"'>]{1,${hrefMax}}))`,
      'i'
    )
  ])
)

function attribute(tag: string, name: 'href' | 'action' | 'type'): string | undefined {
  const match = attributes.get(name)!.exec(tag)
  const value = match?.[1] ?? match?.[2] ?? match?.[3]
  return value === undefined ? undefined : entities(value).replaceAll(/[\u0000-\u0020]+/g, '')
}

/** Those of Latin-1 (HTML 4, 24.2.1) in the order of their code points from 160, and a few others. */
const latin1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo ' +
  'frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute ' +
  'Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'
const named = new Map<string, string>([
  ...latin1.split(' ').map((name, i) => [name, String.fromCharCode(160 + i)] as const),
  ['nbsp', ' '],
  ['shy', ''],
  ['zwnj', ''],
  ['zwj', ''],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['colon', ':'],
  ['sol', '/'],
  ['period', '.'],
  ['commat', '@'],
  ['euro', '€'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['hellip', '…'],
  ['trade', '™'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bull', '•']
])

export function entities(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,7}));?/g,
    (all, decimal, hex, name) => {
      if (name !== undefined) return named.get(name as string) ?? all
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal)
      if (code === 0xad || (code >= 0x200b && code <= 0x200f)) return ''
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : ''
    }
  )
}
