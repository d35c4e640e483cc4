/**
 * What an event type of Okta is in ECS's categories and types: those that matter most by name (as in Elastic's integration), all
 * others by what their names say (`object.action`).
 */

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const iam = words(
  'group.user_membership.add group.user_membership.remove user.lifecycle.activate user.lifecycle.create user.lifecycle.deactivate ' +
    'user.lifecycle.suspend user.lifecycle.unsuspend'
)
const configuration = words(
  'policy.lifecycle.activate policy.lifecycle.create policy.lifecycle.deactivate policy.lifecycle.delete policy.lifecycle.update ' +
    'policy.rule.activate policy.rule.add policy.rule.deactivate policy.rule.delete application.lifecycle.create ' +
    'application.lifecycle.delete policy.rule.update application.lifecycle.activate application.lifecycle.deactivate ' +
    'application.lifecycle.update'
)
const authentication = words('user.session.start user.session.end user.authentication.sso policy.evaluate_sign_on')
const session = words('user.session.start user.session.end')

const typeRules: readonly (readonly [type: string, events: ReadonlySet<string>])[] = [
  ['info', words('system.org.rate_limit.warning system.org.rate_limit.violation core.concurrency.org.limit.violation')],
  [
    'network',
    words(
      'system.org.rate_limit.warning system.org.rate_limit.violation core.concurrency.org.limit.violation security.request.blocked'
    )
  ],
  ['start', words('user.session.start')],
  ['end', words('user.session.end')],
  ['group', words('group.user_membership.add group.user_membership.remove')],
  [
    'info',
    words(
      'user.lifecycle.activate user.lifecycle.create user.lifecycle.deactivate user.lifecycle.suspend user.lifecycle.unsuspend ' +
        'user.authentication.sso user.session.start user.session.end application.user_membership.add ' +
        'application.user_membership.remove application.user_membership.change_username policy.evaluate_sign_on'
    )
  ],
  [
    'change',
    words(
      'user.lifecycle.activate user.lifecycle.deactivate user.lifecycle.suspend user.lifecycle.unsuspend group.user_membership.add ' +
        'group.user_membership.remove policy.lifecycle.activate policy.lifecycle.deactivate policy.lifecycle.update ' +
        'policy.rule.activate policy.rule.add policy.rule.deactivate policy.rule.update application.user_membership.add ' +
        'application.user_membership.remove application.user_membership.change_username'
    )
  ],
  ['creation', words('user.lifecycle.create policy.lifecycle.create application.lifecycle.create')],
  ['deletion', words('policy.lifecycle.delete application.lifecycle.delete')]
]

/** By the beginning of the name, the longest first. */
const prefixes: readonly (readonly [prefix: string, category: string])[] = [
  ['user.authentication', 'authentication'],
  ['user.session', 'authentication'],
  ['user.mfa', 'iam'],
  ['app.oauth2', 'authentication'],
  ['app.generic.unauth', 'authentication'],
  ['app.inbound_del_auth', 'authentication'],
  ['app.access_request', 'iam'],
  ['app.user_management', 'iam'],
  ['app.app_instance', 'configuration'],
  ['application.user_membership', 'iam'],
  ['application.provision', 'iam'],
  ['access.', 'iam'],
  ['group.', 'iam'],
  ['user.', 'iam'],
  ['iam.', 'iam'],
  ['device.', 'iam'],
  ['directory.', 'iam'],
  ['zone.', 'configuration'],
  ['security.', 'configuration'],
  ['policy.', 'configuration'],
  ['application.', 'configuration'],
  ['app.', 'configuration'],
  ['account.', 'configuration'],
  ['analytics.', 'configuration'],
  ['system.', 'configuration']
]

export type Kinds = { readonly category: string[] | undefined; readonly types: string[] | undefined }

const found = new Map<string, Kinds>()

export function kindsOf(type: string): Kinds {
  let kinds = found.get(type)
  if (kinds === undefined) {
    kinds = decide(type)
    if (found.size < 4096) found.set(type, kinds)
  }
  return { category: kinds.category?.slice(), types: kinds.types?.slice() }
}

function decide(type: string): Kinds {
  const category: string[] = []
  if (iam.has(type)) category.push('iam')
  if (configuration.has(type)) category.push('configuration')
  if (authentication.has(type)) category.push('authentication')
  if (session.has(type)) category.push('session')
  const types: string[] = []
  for (const [name, events] of typeRules) if (events.has(type) && !types.includes(name)) types.push(name)
  if (category.length === 0 && types.length === 0) {
    const known = prefixes.find(([prefix]) => type.startsWith(prefix))
    if (known !== undefined) {
      category.push(known[1])
      types.push(verbOf(type))
    }
  }
  return {
    category: category.length === 0 ? undefined : category,
    types: types.length === 0 ? undefined : types
  }
}

function verbOf(type: string): string {
  const verb = type.slice(type.lastIndexOf('.') + 1)
  if (/(^|_)(create|generate|add|import)/.test(verb)) return 'creation'
  if (/(^|_)(delete|remove|revoke|cancel)/.test(verb)) return 'deletion'
  return /(^|_)(update|change|rotate|reset|modify)/.test(verb) ? 'change' : 'info'
}
