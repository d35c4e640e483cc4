/** Routes of formats: Picket's own, and people's, which are proposed from examples, tried, and kept. */

import { z } from 'zod'
import { messageOf } from '../core/errors.ts'
import type { Definition } from '../parsers/declared/definition.ts'
import { propose } from '../parsers/declared/propose.ts'
import { brokenCases, tryDefinition, withCases } from '../parsers/declared/try.ts'
import { parsers } from '../parsers/index.ts'
import { readers } from '../parsers/syslog/readers.ts'
import {
  parseOwnParser,
  printOwnParser,
  readOwnParsers,
  removeOwnParser,
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
            cases: definition.cases.length,
            broken: brokenCases(definition, caseMs).length,
            text: printOwnParser(definition)
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
        const definition = withCases(proposal.definition, request.body.sample, caseMs)
        const written = printOwnParser(definition)
        checked(written)
        return {
          text: written,
          remarks: proposal.remarks,
          records: tryDefinition(definition, request.body.sample, nowMs())
        }
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
          records: tryDefinition(definition, request.body.sample, nowMs()),
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
        let definition = checked(request.body.text)
        if (definition.name !== request.params.name)
          throw new ApiError(
            400,
            'parser-name',
            `The parser calls itself ${definition.name}, not ${request.params.name}.`
          )
        // Cases are made anew where a sample comes along: it was looked at.
        if (request.body.sample !== undefined) definition = withCases(definition, request.body.sample, caseMs)
        writeOwnParser(
          folder,
          definition.name,
          request.body.sample === undefined ? request.body.text : printOwnParser(definition)
        )
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
  try {
    return parseOwnParser(written)
  } catch (error) {
    throw new ApiError(400, 'parser-invalid', messageOf(error))
  }
}
