/** What is wrong with a part of a document, on its way to becoming a diagnostic: thrown within `src/sigma`, never out of it. */

export type Path = readonly (string | number)[]

export class Problem extends Error {
  /** Where in the document, by keys and places in lists. */
  readonly path: Path
  readonly suggestion: string | undefined
  constructor(message: string, path: Path = [], suggestion?: string) {
    super(message)
    this.name = 'Problem'
    this.path = path
    this.suggestion = suggestion
  }
}
