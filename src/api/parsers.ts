/** Routes of formats: Picket's own, and people's, which are proposed from examples, tried, and kept. */

import { z } from 'zod'
import type { Definition } from '../parsers/declared/definition.ts'
import { propose } from '../parsers/declared/propose.ts'
import { readAlready, remarksOn } from '../parsers/declared/remarks.ts'
import { brokenCases, tryDefinition, withCases } from '../parsers/declared/try.ts'
import { parsers } from '../parsers/index.ts'
import { readers } from '../parsers/syslog/readers.ts'
import {
  checkOwnParser,
  printOwnParser,
  readOwnParsers,
  removeOwnParser,
  withCasesText,
  writeOwnParser
} from '../pipeline/own-parsers.ts'
import type { Picket } from '../wire.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const sample = z.string().max(900_000)
const name = z.string().max(64)
const text = z.string().max(900_000)
/** Cases are read as if their records had come then: their years must not depend on the day. */
const caseMs = Date.UTC(2026, 0, 1)

export function parserRoutes(picket: Pick<Picket, 'reloadParsers'>, folder: string, nowMs: () => number): RoutePlugin {
  const triedWith = (definition: Definition, sample: string) => {
    const records = tryDefinition(definition, sample, nowMs())
    return {
      name: definition.name,
      records,
      remarks: remarksOn(
        definition,
        records.map(({ record }) => record)
      ),
      already: readAlready(sample)
    }
  }
  return (app, guard) => {
    app.get(
      '/api/parsers',
      { preHandler: guard('search'), schema: { summary: 'The formats that are read', tags: ['parsers'] } },
      async () => {
        const own = readOwnParsers(folder)
        return {
          own: own.definitions.map(definition => ({
            name: definition.name,
            title: definition.title,
            input: definition.input,
            cases: definition.cases.length,
            broken: brokenCases(definition, caseMs).map(({ index, actual }) => ({
              record: definition.cases[index]!.record,
              expected: definition.cases[index]!.event,
              actual
            })),
            // Its cases are its sample; as YAML they would hide the few lines that people change.
            text: withCasesText(own.texts.get(definition.name) ?? '', []),
            sample: definition.cases.map(({ record }) => record).join('\n')
          })),
          problems: own.problems,
          builtIn: [...parsers, ...readers]
            .map(({ name, title }) => ({ name, title }))
            .sort((a, b) => (a.name < b.name ? -1 : 1))
        }
      }
    )

    app.post(
      '/api/parsers/propose',
      {
        preHandler: guard('ingest'),
        schema: { summary: 'A parser for some example records', tags: ['parsers'], body: z.object({ sample, name }) }
      },
      async request => {
        const proposal = propose(request.body.sample, request.body.name)
        if (proposal === undefined) throw new ApiError(400, 'sample-empty', 'The sample holds no record.')
        const text = printOwnParser(proposal.definition)
        checked(text)
        return { text, ...triedWith(proposal.definition, request.body.sample) }
      }
    )

    app.post(
      '/api/parsers/try',
      {
        preHandler: guard('ingest'),
        schema: { summary: 'What a parser makes of records', tags: ['parsers'], body: z.object({ text, sample }) }
      },
      async request => {
        const definition = checked(request.body.text)
        return {
          ...triedWith(definition, request.body.sample),
          brokenCases: brokenCases(definition, caseMs)
        }
      }
    )

    app.put(
      '/api/parsers/:name',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Keeps a parser and puts it in force',
          tags: ['parsers'],
          params: z.object({ name }),
          body: z.object({ text, sample: sample.optional() })
        }
      },
      async request => {
        const { text, sample } = request.body
        const { name } = request.params
        let definition = checked(text)
        if (definition.name !== name)
          throw new ApiError(400, 'parser-name', `The parser calls itself ${definition.name}, not ${name}.`)
        // Cases are made anew where a sample comes along: it was looked at.
        if (sample !== undefined) definition = withCases(definition, sample, caseMs, 100)
        writeOwnParser(folder, name, sample === undefined ? text : withCasesText(text, definition.cases))
        picket.reloadParsers()
        request.audit('parser.write', definition.name, { patterns: definition.patterns.length })
        return { name: definition.name, cases: definition.cases.length }
      }
    )

    app.delete(
      '/api/parsers/:name',
      {
        preHandler: guard('admin'),
        schema: { summary: 'Removes a parser', tags: ['parsers'], params: z.object({ name }) }
      },
      async request => {
        if (!removeOwnParser(folder, request.params.name))
          throw new ApiError(404, 'no-parser', `There is no parser ${request.params.name}.`)
        picket.reloadParsers()
        request.audit('parser.remove', request.params.name)
        return {}
      }
    )
  }
}

function checked(written: string): Definition {
  const result = checkOwnParser(written)
  if (!('problems' in result)) return result.definition
  const message = result.problems.map(problem => problem.message).join('; ')
  throw new ApiError(400, 'parser-invalid', message, {}, result.problems)
}
