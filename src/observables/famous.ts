/**
 * Registrable domains that everybody uses: that two reports name one of them says nothing. Mail hosts, shops, banks' wallets,
 * platforms, shorteners and builders of sites, the last of which make the whole address the telling part.
 */
const FAMOUS: ReadonlySet<string> = new Set(
  `google.com gmail.com youtube.com youtu.be goo.gl g.co google.fr google.co.uk blogspot.com facebook.com fb.com fb.me m.me fb.watch messenger.com instagram.com
  whatsapp.com wa.me telegram.org t.me telegram.me twitter.com x.com t.co tiktok.com vt.tiktok.com snapchat.com linkedin.com lnkd.in pinterest.com pin.it reddit.com
  discord.com discord.gg discord.gift skype.com zoom.us viber.com line.me lin.ee signal.org signal.me wechat.com weixin.qq.com qq.com vk.com ok.ru
  microsoft.com live.com outlook.com office.com hotmail.com msn.com bing.com onedrive.com sharepoint.com yahoo.com ymail.com aol.com icloud.com apple.com me.com
  proton.me protonmail.com gmx.com gmx.net mail.ru yandex.ru yandex.com amazon.com amazon.fr amazon.co.uk amzn.to ebay.com aliexpress.com alibaba.com shopee.com shopee.ph
  shopee.co.th shp.ee lazada.com lazada.com.ph lazada.co.th jumia.com etsy.com temu.com shein.com netflix.com spotify.com paypal.com paypal.me wise.com westernunion.com
  moneygram.com visa.com mastercard.com stripe.com cash.app venmo.com revolut.com binance.com coinbase.com kraken.com bybit.com okx.com trustwallet.com metamask.io
  blockchain.com gcash.com maya.ph safaricom.co.ke vodacom.co.tz tigo.co.tz airtel.com mtn.com orange.com orange.fr wikipedia.org wikimedia.org github.com gitlab.com
  stackoverflow.com medium.com substack.com wordpress.com wordpress.org wix.com wixsite.com weebly.com squarespace.com notion.site notion.so canva.com canva.site dropbox.com
  mediafire.com mega.nz wetransfer.com we.tl adobe.com cloudflare.com archive.org bit.ly bitly.com tinyurl.com is.gd ow.ly buff.ly cutt.ly rb.gy rebrand.ly shorturl.at shorturl.asia
  t.ly tiny.cc s.id v.gd qrco.de ibb.co imgbb.com imgur.com postimg.cc gyazo.com t-t.ink reurl.cc invol.co shope.ee bom.so urlzs.com linktr.ee lnk.to onelink.me app.link page.link forms.gle typeform.com surveymonkey.com airbnb.com booking.com agoda.com tripadvisor.com
  uber.com grab.com indeed.com upwork.com fiverr.com dhl.com fedex.com ups.com usps.com laposte.fr royalmail.com interpol.int europa.eu un.org who.int coe.int`
    .split(/\s+/)
    .filter((domain) => domain !== ""),
);

/** True for a registrable domain that half of the world uses. */
export const isFamous = (domain: string): boolean => FAMOUS.has(domain);
