/** What a mail's words are about, as far as attackers' mails are mostly about it. Phrases in several languages; found in one pass each. */

const kinds: readonly (readonly [kind: string, phrases: string])[] = [
  [
    'money',
    'wire transfer|bank transfer|bank details|bank account|account number|payment details|direct deposit|payroll|gift card|gift cards|itunes card|invoice attached|overdue invoice|outstanding invoice|unpaid invoice|pay the invoice|change of bank|new bank|w-2|w2s|w2 forms|swift code|iban|remittance|bitcoin|btc|crypto wallet|überweisung|bankverbindung|kontodaten|rechnung|virement|transferencia|transferência|pix|bonifico'
  ],
  [
    'credentials',
    'verify your account|verify your identity|confirm your account|confirm your identity|confirm your password|password expires|password will expire|password has expired|reset your password|update your account|update your payment|account has been suspended|account is locked|account will be closed|account suspended|account has been locked|unusual sign-in|unusual activity|suspicious activity|unauthorized access|log in to|sign in to|validate your mailbox|mailbox is full|mailbox quota|re-login|log in again|storage is full|storage capacity|cloud capacity|account locked|passwort|konto bestätigen|konto gesperrt|verifizieren|mot de passe|contraseña|senha|confirme sus datos|atualize seus dados'
  ],
  [
    'urgency',
    'urgent|urgently|immediately|as soon as possible|asap|within 24 hours|within 48 hours|final notice|last warning|act now|right away|before it expires|dringend|sofort|umgehend|letzte mahnung|urgence|urgente|imediatamente'
  ],
  [
    'fortune',
    'million dollars|million usd|million euro|inheritance|next of kin|beneficiary|lottery|you have won|donation|compensation fund|unclaimed fund|diplomatic|barrister|trust fund|charity work|erbschaft|lotterie|héritage'
  ],
  [
    'extortion',
    'your webcam|recorded you|i recorded|i have access to your|your device was infected|masturbat|send the bitcoin|pay in bitcoin|my trojan|embarrassing video|intimate|hacked your|aguardar o pagamento'
  ]
]

const tests = kinds.map(
  ([kind, phrases]) =>
    [kind, new RegExp(`(?<![\\p{L}\\p{N}])(?:${phrases.replaceAll('-', '[- ]')})(?![\\p{L}\\p{N}])`, 'iu')] as const
)

/** What is looked at. */
export const wordingMax = 65_536

export function wordingOf(subject: string | undefined, text: string): string[] {
  const all = `${subject ?? ''}\n${text.slice(0, wordingMax)}`.replaceAll(/[ \t\r\n\u00a0]+/g, ' ')
  const found = tests.filter(([, test]) => test.test(all)).map(([kind]) => kind)
  // `$ 12,000,000.00`: an amount that strangers do not give away.
  if (!found.includes('fortune') && /(?:[$€£]|usd|eur|gbp)\s{0,3}\d{1,3}(?:[.,]\d{3}){2,4}/i.test(all))
    found.push('fortune')
  return found
}
