/** Every failure leaves the API as `{ "error": { "code", "message" } }`; what went wrong inside goes to the log, not to the caller. */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { messageOf, PicketError } from '../core/errors.ts'
import { ApiError } from './route.ts'

const fastifyCodes: Readonly<Record<string, readonly [number, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'too-large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'wrong-content-type'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'invalid'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'invalid'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'invalid']
}

/** Failures that are the request's own: what was asked, or how much of it. */
const ownCodes: Readonly<Record<string, number>> = {
  'bad-time': 400,
  'reserved-source': 400,
  'search-cancelled': 499,
  'search-too-slow': 504,
  'search-too-big': 422,
  'search-too-large': 422,
  'backtest-range': 400,
  'backtest-kind': 400,
  'rule-invalid': 400
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ApiError)
    return send(reply.headers(error.headers), error.status, error.code, error.message, error.details)
  if (hasZodFastifySchemaValidationErrors(error)) {
    const places = error.validation.slice(0, 10).map(issue => {
      const path = issue.instancePath.split('/').slice(1).join('.')
      return path === '' ? issue.message : `${path}: ${issue.message}`
    })
    return send(
      reply,
      400,
      'invalid',
      `The request is not valid (${error.validationContext ?? 'body'}): ${places.join('; ')}`
    )
  }
  const known = fastifyCodes[(error as FastifyError).code ?? '']
  if (known !== undefined) return send(reply, known[0], known[1], messageOf(error))
  const status = (error as FastifyError).statusCode
  if (status !== undefined && status >= 400 && status < 500) return send(reply, status, 'invalid', messageOf(error))
  if (error instanceof PicketError) {
    const own = ownCodes[error.code]
    if (own !== undefined) return send(reply, own, error.code, error.message)
    request.log.warn({ err: error, code: error.code }, 'request failed')
    return send(reply, error.retryable ? 503 : 500, error.code, error.message)
  }
  request.log.error({ err: error, method: request.method, path: pathOf(request.url) }, 'request failed')
  return send(reply, 500, 'internal', 'Something went wrong inside Picket; its log says what.')
}

function send(reply: FastifyReply, status: number, code: string, message: string, details?: unknown): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ error: { code, message, ...(details !== undefined && { details }) } })
}

/** A URL without its query: queries hold searches and setup tokens, which have no place in a log. */
export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}
