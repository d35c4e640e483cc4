/** The logs of the web: http and websocket. */

import { distinct, numberOf, text, textOf } from '../../core/ecs-values.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { type Log, setUser } from './draft.ts'
import { stay } from './leftovers.ts'
import { connectionProtocol, connectionProtocolInfo, describe } from './log.ts'
import { texts } from './values.ts'

/** https://docs.zeek.org/en/master/logs/http.html: one record a request with its reply. */
export const http: Log = describe('http', {
  category: ['network', 'web'],
  type: connectionProtocolInfo,
  transport: 'tcp',
  protocol: 'http',
  moves: {
    method: '$',
    referrer: '$',
    status_code: '#',
    version: '$',
    request_body_len: '#',
    response_body_len: '#',
    uri: '$',
    host: '*',
    username: '$',
    password: '$',
    user_agent: '$'
  },
  map(draft, record, own) {
    const method = text(record['method'])
    const uri = text(record['uri'])
    const host = text(record['host'])
    const username = text(record['username'])
    const password = text(record['password'])
    const agent = text(record['user_agent'])
    const status = numberOf(record['status_code'])
    const parts = uri === undefined ? undefined : urlParts(uri)
    const domain = parts?.domain ?? host
    // The host of the request line goes first; another one in the header is kept.
    if (record['host'] !== domain) stay(own, 'host', record['host'])
    draft.event.action = method
    draft.event.outcome = status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    draft.related.hosts = distinct(domain, host)
    draft['http'] = {
      version: text(record['version']),
      request: {
        method,
        referrer: text(record['referrer']),
        body: { bytes: numberOf(record['request_body_len']) }
      },
      response: {
        status_code: status,
        mime_type: texts(record['resp_mime_types'])?.[0],
        body: { bytes: numberOf(record['response_body_len']) }
      }
    }
    draft['url'] = {
      original: uri,
      domain,
      path: parts?.path,
      query: parts?.query,
      extension: parts?.extension,
      scheme: parts?.scheme,
      port: parts?.port,
      fragment: parts?.fragment,
      username: username ?? parts?.username,
      password: password ?? parts?.password
    }
    draft['user_agent'] = agent === undefined ? undefined : userAgent(agent)
    setUser(draft, username)
  }
})

/** https://docs.zeek.org/en/master/logs/websocket.html */
export const websocket: Log = describe('websocket', {
  category: ['network', 'web'],
  type: connectionProtocol,
  transport: 'tcp',
  protocol: 'websocket',
  moves: { host: '$', uri: '$', user_agent: '$' },
  map(draft, record) {
    const uri = textOf(record['uri'])
    const host = text(record['host'])
    const agent = text(record['user_agent'])
    const parts = uri === undefined ? undefined : urlParts(uri)
    draft.related.hosts = distinct(host)
    draft['url'] = { original: uri, domain: parts?.domain ?? host, path: parts?.path, query: parts?.query }
    draft['user_agent'] = agent === undefined ? undefined : userAgent(agent)
  }
})
