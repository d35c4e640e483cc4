/** The shapes that there are: the forms in which the office is seen, one alone or several together. */

import { Random } from '../random.ts'
import { officeShapes, type ShapeName, shapeNames } from './line.ts'
import { Office } from './office.ts'
import type { Shape, ShapeContext, ShapeRecord } from './shape.ts'
import { toMbox } from './stamps.ts'

export const shapes: readonly Shape[] = shapeNames.map(name => ({
  name,
  about: officeShapes[name].title,
  format: officeShapes[name].format,
  open: context => openShapes([name], context)
}))

/** Lines of several shapes of one office, in the order of time. */
export function openShapes(names: readonly ShapeName[], context: ShapeContext): { next(): ShapeRecord } {
  const { random, startMs, perSecond, officeHours, attacks } = context
  const activitiesPerHour = (perSecond * 3600) / linesPerActivity(names)
  const office = new Office({ random, startMs, shapes: names, activitiesPerHour, officeHours, attacks })
  return {
    next() {
      const { timeMs, text, attack, shape } = office.next()
      return { timeMs, text: shape === 'mail' ? inMbox(text, timeMs) : text, attack, key: shape }
    }
  }
}

/** As a mail stands in an mbox file (RFC 4155, with mboxrd's quoting): behind a line of its own, an empty line after it. */
function inMbox(text: string, timeMs: number): string {
  const sender = /^Return-Path: <(.*)>/.exec(text)?.[1] ?? 'MAILER-DAEMON'
  return `From ${sender} ${toMbox(timeMs)}\n${text.replace(/^(>*From )/gm, '>$1')}`
}

const tried = 1000

/** How many lines of these shapes an activity leaves, on average: tried out. */
function linesPerActivity(names: readonly ShapeName[]): number {
  const office = new Office({ random: new Random('measure'), startMs: 0, shapes: names })
  let lines = 0
  for (; office.begun < tried; lines++) office.next()
  return lines / tried
}
