/** What the page of API Gateway's access logs is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Access logs of REST, HTTP and WebSocket APIs in JSON, under the names that AWS proposes for the variables. All that is logged is below `aws.apigateway`. The CLF format is read as an access log of a web server; XML and CSV are not.',
  from: "In the API Gateway console, the stage's *Logs*: access logging to a CloudWatch log group or a Firehose stream, format JSON.",
  specifications: [
    'Amazon API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs", "Configure logging for HTTP APIs"'
  ],
  sample:
    '{"requestId":"x1","extendedRequestId":"e1","ip":"192.0.2.5","caller":"-","user":"-","requestTime":"08/Feb/2022:08:03:11 +0000","httpMethod":"GET","resourcePath":"/pets/{id}","status":"200","protocol":"HTTP/1.1","responseLength":"42"}',
  mapping: [
    ['@timestamp, aws.apigateway.request_time', 'requestTime', 'else requestTimeEpoch'],
    ['event.id, http.request.id', 'requestId'],
    ['event.outcome', 'status', '`failure` from 400 on'],
    ['event.action', 'eventType', 'of WebSocket APIs'],
    ['source.ip', 'ip'],
    ['http.request.method', 'httpMethod', 'else the first word of routeKey'],
    ['http.response.status_code, http.response.body.bytes', 'status, responseLength'],
    ['url.path, url.domain', 'path or resourcePath, domainName'],
    ['user.name', 'user', 'else caller'],
    ['user_agent.*', 'userAgent'],
    ['aws.apigateway.*', 'all fields']
  ]
}
