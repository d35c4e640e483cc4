/** The admin log of Google Workspace: parameters to their places below `google_workspace.admin` and in ECS. */

import { isoMs, parseIso } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { asText, look, set, take } from '../shared/draft.ts'
import { urlParts } from '../shared/url.ts'
import { adminKinds } from './admin-kinds.ts'
import { splitMail } from './mail-address.ts'

/** Parameter, then its place; `.` before it: from the event's root, else below `google_workspace.admin`. In order: the later wins. */
const places: readonly (readonly [parameter: string, place: string])[] = (
  'APPLICATION_EDITION application.edition APPLICATION_NAME application.name APPLICATION_ENABLED application.enabled ' +
  'APP_LICENSES_ORDER_NUMBER application.licences_order_number CHROME_NUM_LICENSES_PURCHASED application.licences_purchased ' +
  'REAUTH_APPLICATION application.name GROUP_EMAIL group.email GROUP_NAME .group.name NEW_VALUE new_value OLD_VALUE old_value ' +
  'ORG_UNIT_NAME org_unit.name SETTING_NAME setting.name SETTING_DESCRIPTION setting.description ' +
  'USER_DEFINED_SETTING_NAME user_defined_setting.name GROUP_PRIORITIES group.priorities DOMAIN_NAME domain.name ' +
  'DOMAIN_ALIAS domain.alias SECONDARY_DOMAIN_NAME domain.secondary_name MANAGED_CONFIGURATION_NAME managed_configuration ' +
  'MOBILE_APP_PACKAGE_ID application.package_id FLASHLIGHT_EDU_NON_FEATURED_SERVICES_SELECTION non_featured_services_selection ' +
  'FIELD_NAME field RESOURCE_IDENTIFIER resource.id USER_EMAIL user.email GATEWAY_NAME gateway.name APP_ID application.id ' +
  'ASP_ID application.asp_id CHROME_OS_SESSION_TYPE chrome_os.session_type DEVICE_NEW_STATE new_value ' +
  'DEVICE_PREVIOUS_STATE old_value DEVICE_SERIAL_NUMBER device.serial_number DEVICE_ID device.id DEVICE_TYPE device.type ' +
  'PRINT_SERVER_NAME print_server.name PRINTER_NAME printer.name DEVICE_COMMAND_DETAILS device.command_details ' +
  'DEVICE_NEW_ORG_UNIT new_value DEVICE_PREVIOUS_ORG_UNIT old_value ROLE_NAME role.name ROLE_ID role.id ' +
  'PRIVILEGE_NAME privilege.name SITE_LOCATION .url.path SITE_NAME url.name SERVICE_NAME service.name PRODUCT_NAME product.name ' +
  'SKU_NAME product.sku GROUP_MEMBER_BULK_UPLOAD_FAILED_NUMBER bulk_upload.failed ' +
  'GROUP_MEMBER_BULK_UPLOAD_TOTAL_NUMBER bulk_upload.total BULK_UPLOAD_FAIL_USERS_NUMBER bulk_upload.failed ' +
  'BULK_UPLOAD_TOTAL_USERS_NUMBER bulk_upload.total EMAIL_LOG_SEARCH_MSG_ID email.log_search_filter.message_id ' +
  'EMAIL_LOG_SEARCH_RECIPIENT email.log_search_filter.recipient.value EMAIL_LOG_SEARCH_SENDER email.log_search_filter.sender.value ' +
  'EMAIL_LOG_SEARCH_SMTP_RECIPIENT_IP email.log_search_filter.recipient.ip ' +
  'EMAIL_LOG_SEARCH_SMTP_SENDER_IP email.log_search_filter.sender.ip QUARANTINE_NAME email.quarantine_name ' +
  'CHROME_LICENSES_ENABLED chrome_licenses.enabled CHROME_LICENSES_ALLOWED chrome_licenses.allowed ' +
  'FULL_ORG_UNIT_PATH org_unit.full OAUTH2_SERVICE_NAME oauth2.service.name OAUTH2_APP_ID oauth2.application.id ' +
  'OAUTH2_APP_NAME oauth2.application.name OAUTH2_APP_TYPE oauth2.application.type ' +
  'ALLOWED_TWO_STEP_VERIFICATION_METHOD verification_method DOMAIN_VERIFICATION_METHOD verification_method ' +
  'CAA_ASSIGNMENTS_NEW new_value CAA_ASSIGNMENTS_OLD old_value REAUTH_SETTING_NEW new_value REAUTH_SETTING_OLD old_value ' +
  'ALERT_NAME alert.name API_CLIENT_NAME api.client.name API_SCOPES api.scopes PLAY_FOR_WORK_TOKEN_ID mdm.token ' +
  'PLAY_FOR_WORK_MDM_VENDOR_NAME mdm.vendor INFO_TYPE info_type RULE_NAME rule.name USER_CUSTOM_FIELD setting.name ' +
  'EMAIL_MONITOR_DEST_EMAIL email_monitor.dest_email EMAIL_MONITOR_LEVEL_CHAT email_monitor.level.chat ' +
  'EMAIL_MONITOR_LEVEL_DRAFT_EMAIL email_monitor.level.draft EMAIL_MONITOR_LEVEL_INCOMING_EMAIL email_monitor.level.incoming ' +
  'EMAIL_MONITOR_LEVEL_OUTGOING_EMAIL email_monitor.level.outgoing EMAIL_EXPORT_INCLUDE_DELETED email_dump.include_deleted ' +
  'EMAIL_EXPORT_PACKAGE_CONTENT email_dump.package_content SEARCH_QUERY_FOR_DUMP email_dump.query ' +
  'DESTINATION_USER_EMAIL new_value REQUEST_ID request.id GMAIL_RESET_REASON .message USER_NICKNAME user.nickname ' +
  'ACTION_ID mobile.action.id ACTION_TYPE mobile.action.type MOBILE_CERTIFICATE_COMMON_NAME mobile.certificate.name ' +
  'NUMBER_OF_COMPANY_OWNED_DEVICES mobile.company_owned_devices COMPANY_DEVICE_ID device.id ' +
  'DISTRIBUTION_ENTITY_NAME distribution.entity.name DISTRIBUTION_ENTITY_TYPE distribution.entity.type ' +
  'NEW_PERMISSION_GRANT_STATE new_value OLD_PERMISSION_GRANT_STATE old_value PERMISSION_GROUP_NAME setting.name ' +
  'MOBILE_WIRELESS_NETWORK_NAME .network.name'
)
  .split(' ')
  .reduce<[string, string][]>((pairs, word, i) => {
    if (i % 2 === 0) pairs.push([word, ''])
    else pairs.at(-1)![1] = word
    return pairs
  }, [])

const times: readonly (readonly [parameter: string, place: string])[] = [
  ['EMAIL_LOG_SEARCH_END_DATE', 'email.log_search_filter.end_date'],
  ['EMAIL_LOG_SEARCH_START_DATE', 'email.log_search_filter.start_date'],
  ['BIRTHDATE', 'user.birthdate'],
  ['BEGIN_DATE_TIME', '.event.start'],
  ['START_DATE', '.event.start'],
  ['END_DATE', '.event.end'],
  ['END_DATE_TIME', '.event.end']
]

export function addAdmin(event: Document, parameters: Document, action: string): Document {
  const kinds = adminKinds(action)
  set(event, 'event.category', kinds.category)
  if (kinds.type.length > 0) set(event, 'event.type', kinds.type)
  const web = asText(take(parameters, 'WEB_ADDRESS'))
  const values = places.map(([parameter]) => take(parameters, parameter))
  const admin: Document = { ...parameters }
  places.forEach(([, place], i) => {
    const value = values[i]
    if (value !== undefined && value !== '') put(event, admin, place, value)
  })
  if (web !== undefined) event['url'] = { ...(event['url'] as Document | undefined), ...urlParts(web), full: web }
  for (const [parameter, place] of times) {
    const text = asText(take(admin, parameter))
    if (text === undefined) continue
    const us = parseIso(text) ?? parseIso(`${text.replaceAll('/', '-').slice(0, 19)}Z`)
    put(event, admin, place, us === undefined ? text : isoMs(us))
  }
  const allowed = asText(take(admin, 'WHITELISTED_GROUPS'))
  if (allowed !== undefined) set(admin, 'group.allowed_list', allowed.split(','))
  for (const key of ['total', 'failed']) {
    const count = look(admin, 'bulk_upload', key)
    if (typeof count === 'string' && /^\d{1,12}$/.test(count)) set(admin, `bulk_upload.${key}`, Number(count))
  }
  const group = splitMail(look(admin, 'group', 'email'))
  if (group !== undefined) {
    set(event, 'group.name', group.name)
    set(event, 'group.domain', group.domain)
  }
  const user = splitMail(look(admin, 'user', 'email'))
  if (user !== undefined) {
    set(event, 'user.target.name', user.name)
    set(event, 'user.target.domain', user.domain)
    set(event, 'user.target.email', look(admin, 'user', 'email'))
  }
  set(event, 'user.target.group.name', look(event, 'group', 'name'))
  set(event, 'user.target.group.domain', look(event, 'group', 'domain'))
  const start = asText(look(event, 'event', 'start'))
  const end = asText(look(event, 'event', 'end'))
  const startUs = start === undefined ? undefined : parseIso(start)
  const endUs = end === undefined ? undefined : parseIso(end)
  if (startUs !== undefined && endUs !== undefined) set(event, 'event.duration', (endUs - startUs) * 1000)
  return admin
}

function put(event: Document, admin: Document, place: string, value: unknown): void {
  if (place.startsWith('.')) set(event, place.slice(1), value)
  else set(admin, place, value)
}
