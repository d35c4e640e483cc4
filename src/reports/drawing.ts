/** Pictures as plain shapes in points, origin above left: drawn as SVG here and as PDF in `pdf.ts`. */

import { shown } from './report.ts'

export type Shape =
  | {
      readonly kind: 'rect'
      readonly x: number
      readonly y: number
      readonly w: number
      readonly h: number
      readonly fill: string
    }
  | { readonly kind: 'path'; readonly d: string; readonly fill: string; readonly opacity: number }
  | {
      readonly kind: 'line'
      readonly points: readonly (readonly [number, number])[]
      readonly stroke: string
      readonly width: number
    }
  | {
      readonly kind: 'text'
      readonly x: number
      /** Of the baseline. */
      readonly y: number
      readonly text: string
      readonly size: number
      readonly fill: string
      readonly anchor?: 'start' | 'middle' | 'end'
      readonly bold?: boolean
    }

export type Drawing = {
  readonly width: number
  readonly height: number
  readonly shapes: readonly Shape[]
  readonly label: string
}

/** As much of the text as has room, by a guess that errs towards too little. */
export function fit(text: string, width: number, size: number): string {
  let used = 0
  let end = 0
  for (const character of text) {
    used += size * (character.codePointAt(0)! > 0x2e80 ? 1.05 : 0.61)
    if (used > width) return `${text.slice(0, Math.max(0, end - 1)).trimEnd()}…`
    end += character.length
  }
  return text
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, c => entities[c]!)
}

const n = (value: number): string => String(Number(value.toFixed(2)))

export function toSvg({ width, height, shapes, label }: Drawing): string {
  const parts = shapes.map(svgOf)
  return `<svg role="img" aria-label="${escapeHtml(shown(label))}" viewBox="0 0 ${n(width)} ${n(height)}" width="100%">${parts.join('')}</svg>`
}

function svgOf(shape: Shape): string {
  switch (shape.kind) {
    case 'rect':
      return `<rect x="${n(shape.x)}" y="${n(shape.y)}" width="${n(Math.max(0, shape.w))}" height="${n(Math.max(0, shape.h))}" fill="${shape.fill}"/>`
    case 'path':
      return `<path d="${shape.d}" fill="${shape.fill}" fill-opacity="${shape.opacity}"/>`
    case 'line':
      return `<polyline points="${shape.points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ')}" fill="none" stroke="${shape.stroke}" stroke-width="${shape.width}"/>`
    case 'text':
      return `<text x="${n(shape.x)}" y="${n(shape.y)}" font-size="${shape.size}" fill="${shape.fill}"${shape.anchor === undefined || shape.anchor === 'start' ? '' : ` text-anchor="${shape.anchor}"`}${shape.bold === true ? ' font-weight="600"' : ''}>${escapeHtml(shape.text)}</text>`
  }
}
