/** Brands that phishing imitates, with the domains that they write from. Names are compared folded; a brand that is a common word asks for company. */

export type Brand = {
  readonly name: string
  /** Registrable domains. */
  readonly domains: readonly string[]
  /** The name is a word of its own: it counts only beside one like `support` or `security`. */
  readonly common?: boolean
}

const list: readonly (readonly [name: string, domains: string, common?: true])[] = [
  ['paypal', 'paypal.com paypal.de paypal.co.uk paypal.fr paypal.me paypal-communication.com'],
  [
    'microsoft',
    'microsoft.com microsoftonline.com office.com office365.com outlook.com live.com hotmail.com azure.com windows.com sharepoint.com onmicrosoft.com linkedin.com skype.com microsoftsupport.com'
  ],
  ['office 365', 'microsoft.com microsoftonline.com office.com office365.com'],
  ['onedrive', 'microsoft.com onedrive.com live.com sharepoint.com'],
  ['google', 'google.com gmail.com googlemail.com youtube.com google.de google.co.uk google.fr withgoogle.com'],
  ['gmail', 'google.com gmail.com googlemail.com'],
  ['apple', 'apple.com icloud.com me.com itunes.com', true],
  ['icloud', 'apple.com icloud.com'],
  [
    'amazon',
    'amazon.com amazon.de amazon.co.uk amazon.fr amazon.it amazon.es amazon.co.jp amazon.in amazon.ca amazonaws.com amazon.nl amazon.com.br amazon.pl amazonses.com audible.com'
  ],
  ['netflix', 'netflix.com'],
  ['facebook', 'facebook.com facebookmail.com fb.com meta.com'],
  ['instagram', 'instagram.com facebookmail.com'],
  ['whatsapp', 'whatsapp.com facebookmail.com'],
  ['linkedin', 'linkedin.com'],
  ['twitter', 'twitter.com x.com'],
  ['docusign', 'docusign.com docusign.net'],
  ['dropbox', 'dropbox.com dropboxmail.com dropboxusercontent.com'],
  ['adobe', 'adobe.com adobesign.com echosign.com', true],
  ['ebay', 'ebay.com ebay.de ebay.co.uk ebay.fr ebay.it'],
  ['spotify', 'spotify.com'],
  ['steam', 'steampowered.com steamcommunity.com', true],
  ['binance', 'binance.com'],
  ['coinbase', 'coinbase.com'],
  ['blockchain.com', 'blockchain.com'],
  ['metamask', 'metamask.io'],
  ['ledger', 'ledger.com', true],
  ['trezor', 'trezor.io'],
  ['kraken', 'kraken.com', true],
  ['robinhood', 'robinhood.com'],
  ['revolut', 'revolut.com'],
  ['wise', 'wise.com transferwise.com', true],
  ['stripe', 'stripe.com', true],
  ['dhl', 'dhl.com dhl.de dhl.fr dhl.it dhl-news.com dpdhl.com'],
  ['fedex', 'fedex.com'],
  ['ups', 'ups.com', true],
  ['usps', 'usps.com usps.gov'],
  ['dpd', 'dpd.com dpd.de dpd.co.uk dpd.fr'],
  ['hermes', 'myhermes.de hermesworld.com', true],
  ['royal mail', 'royalmail.com'],
  ['deutsche post', 'deutschepost.de dhl.de dpdhl.com'],
  ['wells fargo', 'wellsfargo.com'],
  ['bank of america', 'bankofamerica.com bofa.com'],
  ['chase', 'chase.com jpmorgan.com', true],
  ['citibank', 'citi.com citibank.com'],
  ['hsbc', 'hsbc.com hsbc.co.uk hsbc.com.hk'],
  ['barclays', 'barclays.com barclays.co.uk'],
  ['santander', 'santander.com santander.co.uk santander.de santander.com.br gruposantander.com'],
  ['royal bank of canada', 'rbc.com royalbank.com'],
  ['scotiabank', 'scotiabank.com'],
  ['american express', 'americanexpress.com aexp.com'],
  ['mastercard', 'mastercard.com'],
  ['sparkasse', 'sparkasse.de'],
  ['volksbank', 'vr.de volksbank.de'],
  ['postbank', 'postbank.de'],
  ['commerzbank', 'commerzbank.de commerzbank.com'],
  ['deutsche bank', 'db.com deutsche-bank.de'],
  ['comdirect', 'comdirect.de'],
  ['bradesco', 'bradesco.com.br bradesco.com'],
  ['itau', 'itau.com.br itau-unibanco.com.br'],
  ['nubank', 'nubank.com.br'],
  ['la banque postale', 'labanquepostale.fr'],
  ['credit agricole', 'credit-agricole.fr credit-agricole.com'],
  ['netsuite', 'netsuite.com'],
  ['godaddy', 'godaddy.com'],
  ['mcafee', 'mcafee.com'],
  ['norton', 'norton.com nortonlifelock.com gendigital.com', true],
  ['costco', 'costco.com'],
  ['walmart', 'walmart.com'],
  ['irs', 'irs.gov', true],
  ['hmrc', 'hmrc.gov.uk tax.service.gov.uk'],
  ['zoom', 'zoom.us zoom.com', true],
  ['github', 'github.com githubusercontent.com'],
  ['proton', 'proton.me protonmail.com proton.com', true],
  ['protonme', 'proton.me'],
  ['telekom', 'telekom.de t-online.de telekom.com'],
  ['vodafone', 'vodafone.com vodafone.de vodafone.co.uk']
]

export const bundledBrands: readonly Brand[] = list.map(([name, domains, common]) => ({
  name,
  domains: domains.split(' '),
  ...(common === true ? { common } : {})
}))

/** Words that a company's sender has beside its name. */
export const company =
  /\b(?:support|service|services|security|secure|team|account|accounts|billing|payment|payments|pay|id|help|helpdesk|notification|notifications|alert|alerts|verification|customer|invoice|refund|delivery|bank|online|update|center|centre|kundenservice|sicherheit|konto|store|card|wallet|inc|llc|live|parcel|package)\b/

/** Where anybody may have an address. */
const freeMail: ReadonlySet<string> = new Set(
  (
    'gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de ymail.com rocketmail.com aol.com icloud.com me.com ' +
    'mac.com gmx.com gmx.de gmx.net web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com pm.me tutanota.com tuta.io ' +
    'zoho.com hotmail.co.uk hotmail.fr orange.fr wanadoo.fr free.fr laposte.net libero.it virgilio.it qq.com 163.com 126.com sina.com naver.com ' +
    'comcast.net verizon.net att.net sbcglobal.net cox.net bigpond.com hushmail.com fastmail.com inbox.lv op.pl wp.pl o2.pl seznam.cz'
  ).split(' ')
)

export function isFreeMail(site: string | undefined): boolean {
  return site !== undefined && freeMail.has(site)
}
