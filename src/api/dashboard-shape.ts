/**
 * What a dashboard is: one JSON document, the same in the state file, in the API, and as a file that is handed on. Panels stand in a
 * grid of 12 columns; each is a search with its commands, and a way of looking at its rows.
 */

import { z } from 'zod'

export const views = ['timeseries', 'bars', 'table', 'single', 'list', 'flows'] as const
export type View = (typeof views)[number]

export const gridColumns = 12
export const panelsMax = 60
export const dashboardBytesMax = 512_000

export const dashboardName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 small letters, digits or -, beginning with a letter or digit')

export const timeText = z.string().max(64)

const optionsShape = z
  .strictObject({
    unit: z.enum(['count', 'bytes', 'seconds', 'percent']).optional().describe('What the numbers are'),
    style: z.enum(['bars', 'lines']).optional().describe('Time series: stacked bars, or lines'),
    limit: z.int().min(1).max(1000).optional().describe('At most so many rows are shown'),
    tone: z
      .enum(['red', 'amber', 'green', 'teal', 'blue', 'violet', 'pink', 'slate'])
      .optional()
      .describe('The colour where there is only one'),
    caption: z.string().max(200).optional().describe('Single value: what it is, in words')
  })
  .describe('How the rows are shown')

const panelShape = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, _ or -'),
    title: z.string().max(200),
    query: z.string().max(16_384).describe('The search with its commands: docs/query-language.md'),
    view: z.enum(views),
    x: z
      .int()
      .min(0)
      .max(gridColumns - 1),
    y: z.int().min(0).max(1000),
    w: z.int().min(1).max(gridColumns),
    h: z.int().min(1).max(40),
    options: optionsShape.default({})
  })
  .refine(panel => panel.x + panel.w <= gridColumns, { message: `reaches beyond the grid of ${gridColumns} columns` })

export const dashboardShape = z
  .strictObject({
    picket: z.literal('dashboard/1').describe('Says what this file is'),
    name: dashboardName,
    title: z.string().trim().min(1).max(200),
    description: z.string().max(2000).optional(),
    from: timeText.optional().describe('The range that is shown at first: -24h, 2026-11-21 …'),
    to: timeText.optional(),
    filter: z.string().max(16_384).optional().describe('Narrows every panel, at first'),
    refreshSeconds: z.int().min(5).max(86_400).optional(),
    panels: z
      .array(panelShape)
      .max(panelsMax)
      .refine(panels => new Set(panels.map(({ id }) => id)).size === panels.length, {
        message: 'two panels have the same id'
      })
  })
  .describe('A dashboard')

export type Dashboard = z.output<typeof dashboardShape>
export type Panel = Dashboard['panels'][number]
export type PanelOptions = Panel['options']
