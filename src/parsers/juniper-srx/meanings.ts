/** What the messages of an SRX mean, by program and tag (`_LS`: of a logical system). */

export type Meaning = {
  readonly alert: boolean
  readonly category: readonly string[]
  readonly type: readonly string[]
  readonly action: string | undefined
}

const network = ['network']
const stopped = ['info', 'denied', 'connection']
const passed = ['allowed', 'connection']

export function meaningOf(program: string, fullTag: string, attack: string | undefined): Meaning {
  const tag = fullTag.endsWith('_LS') ? fullTag.slice(0, -3) : fullTag
  switch (program) {
    case 'RT_FLOW':
      return flow(tag)
    case 'RT_UTM': {
      const action = Object.hasOwn(filters, tag) ? filters[tag] : undefined
      const alert = action !== undefined
      return { alert, category: alert ? ['network', 'malware'] : network, type: alert ? stopped : passed, action }
    }
    case 'RT_IDP': {
      const alert = tag.startsWith('IDP_ATTACK_LOG') || tag.startsWith('IDP_APPDDOS')
      const action = tag.startsWith('IDP_APPDDOS') ? 'application_ddos' : alert ? 'security_threat' : undefined
      return {
        alert,
        category: alert ? ['network', 'intrusion_detection'] : network,
        type: alert ? stopped : passed,
        action
      }
    }
    case 'RT_IDS':
      return {
        alert: true,
        category: ['network', 'intrusion_detection'],
        type: tag.startsWith('RT_SCREEN') ? stopped : passed,
        action: screen(attack)
      }
    case 'RT_AAMW':
    case 'RT_SECINTEL':
      return {
        alert: true,
        category: ['network', 'malware'],
        type: stopped,
        action: 'malware_detected'
      }
    default:
      return { alert: false, category: network, type: [], action: undefined }
  }
}

function flow(tag: string): Meaning {
  if (tag.endsWith('CREATE') || tag.endsWith('UPDATE'))
    return { alert: false, category: network, type: ['start', 'allowed', 'connection'], action: 'flow_started' }
  if (tag.endsWith('CLOSE'))
    return { alert: false, category: network, type: ['end', 'allowed', 'connection'], action: 'flow_close' }
  if (tag.endsWith('DENY'))
    return { alert: false, category: network, type: ['denied', 'connection'], action: 'flow_deny' }
  return { alert: false, category: network, type: [], action: undefined }
}

const filters: Readonly<Record<string, string>> = {
  WEBFILTER_URL_BLOCKED: 'web_filter',
  CONTENT_FILTERING_BLOCKED_MT: 'content_filter',
  ANTISPAM_SPAM_DETECTED_MT: 'antispam_filter',
  AV_VIRUS_DETECTED_MT: 'virus_detected'
}

/** Attacks by their names, which end with an exclamation mark. */
function screen(attack: string | undefined): string | undefined {
  if (attack === undefined) return undefined
  if (attack.startsWith('Tunnel')) return 'tunneling_screen'
  if (attack.includes('flood')) return 'flood_detected'
  if (attack.includes('port scan')) return 'scan_detected'
  if (attack.includes('sweep')) return 'sweep_detected'
  if (attack.includes('fragment')) return 'fragment_detected'
  if (attack.includes('spoofing')) return 'spoofing_detected'
  if (attack.includes('session limit')) return 'session_limit_detected'
  if (attack.includes('attack')) return 'attack_detected'
  return attack.includes('TCP flag') || attack.includes(' bit') ? 'illegal_tcp_flag_detected' : undefined
}
