/** The shapes that there are, in the order in which they are listed. */

import type { Shape } from './shape.ts'

export const shapes: readonly Shape[] = []
