import fc from 'fast-check';

/** Descriptions of phones, composed of attributes that their makers document. The source is beside each. */

/** Lines of the session. */
const SESSION = [
  'a=group:BUNDLE 0 1', // RFC 9143; Chrome, https://webrtc.org
  'a=ice-options:trickle', // RFC 8840; Linphone, https://www.linphone.org/technical-corner/liblinphone
  'a=msid-semantic: WMS *', // RFC 8830; Firefox
  'b=AS:117', // pjsua, https://docs.pjsip.org
  'a=X-nat:0', // pjsua
  'a=tool:baresip 1.0.0', // baresip, https://github.com/baresip/baresip
];

/** Lines of an audio stream. */
const AUDIO = [
  'a=rtpmap:96 opus/48000/2', // RFC 7587
  'a=fmtp:96 useinbandfec=1;stereo=1;sprop-stereo=1', // Linphone, baresip
  'a=rtpmap:97 iLBC/8000', // RFC 3952
  'a=fmtp:97 mode=30', // pjsua
  'a=fmtp:18 annexb=no', // RFC 4856; Cisco SPA series, Yealink T4 series: administrator guides, "Audio codecs"
  'a=fmtp:101 0-16', // RFC 4733; Grandstream GXP21xx administration guide, "DTMF"
  'a=ptime:20', // RFC 8866 section 6.4
  'a=maxptime:150', // Asterisk, res_pjsip_sdp_rtp
  'a=minptime:20', // baresip
  'a=label:1', // RFC 4574; baresip
  'a=rtcp:4001 IN IP4 192.0.2.1', // RFC 3605; pjsua
  'a=rtcp-mux', // RFC 5761
  'a=rtcp-rsize', // RFC 5506; baresip
  'a=rtcp-fb:* trr-int 5000', // RFC 4585; Linphone
  'a=rtcp-fb:* ccm tmmbr', // RFC 5104; Linphone
  'a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics', // RFC 3611; Linphone
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level', // RFC 6464; Chrome
  'a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host', // RFC 8839; pjsua
  'a=candidate:2 1 UDP 1694498815 198.51.100.7 4000 typ srflx raddr 192.0.2.1 rport 4000', // RFC 8839
  'a=ice-ufrag:F7gI', // RFC 8839
  'a=ice-pwd:x9cml/YzichV2+XlhiMu8g', // RFC 8839
  'a=ssrc:1518527623 cname:sip:anna@192.0.2.1', // RFC 5576; baresip
  'a=mid:0', // RFC 5888
  'a=silenceSupp:off - - - -', // RFC 3108; Cisco, Mitel
  'a=x-unknown:kept as it is', // RFC 8866 section 6: unknown attributes are allowed
  'a=sendrecv',
];

/** Keys of an audio stream, by its profile: RFC 4568, RFC 5763. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'RTP/AVP': [],
  'RTP/AVPF': [],
  'RTP/SAVP': [
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:32', // RFC 4568
    'a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:OTdmN2ZlYWIxZTQ3YzI1NjFhODk0OGEzMzg3N2I5NzQwMTIzNDU2Nzg5MDEyMw==', // RFC 6188; Linphone
  ],
  'UDP/TLS/RTP/SAVPF': [
    'a=fingerprint:SHA-256 6A:40:AD:A1:72:AB:B0:D4:59:C9:B8:2B:A9:B6:EC:0C:F9:C8:D3:6A:35:7B:83:1F:41:7C:10:6D:AB:BC:F4:DF',
    'a=setup:actpass',
    'a=tls-id:abc3de65cddef001be82', // RFC 8842
  ],
};

/** Further streams. */
const OTHERS = [
  ['m=video 4004 RTP/AVPF 97', 'a=rtpmap:97 VP8/90000', 'a=rtcp-fb:97 nack pli', 'a=recvonly'], // Linphone, Yealink VP59
  ['m=image 4006 udptl t38', 'a=T38FaxVersion:0'], // RFC 8857; Grandstream HT8xx
  ['m=application 0 UDP/BFCP *'], // RFC 8856; Cisco, rejected
];

/** An offer of a phone, as lines. */
export const offers = fc
  .record({
    session: fc.subarray(SESSION),
    profile: fc.constantFrom(...Object.keys(KEYS)),
    formats: fc.shuffledSubarray(['0', '8', '9', '18', '96', '97', '101'], { minLength: 1 }),
    audio: fc.shuffledSubarray(AUDIO),
    others: fc.subarray(OTHERS),
    address: fc.constantFrom('IN IP4 192.0.2.1', 'IN IP6 2001:db8::1'),
  })
  .map(({ session, profile, formats, audio, others, address }) => [
    ...['v=0', `o=phone 1 1 ${address}`, 's=Call', `c=${address}`, 't=0 0', ...session],
    ...[`m=audio 4000 ${profile} ${formats.join(' ')}`, ...audio, ...(KEYS[profile] ?? [])],
    ...others.flat(),
  ]);
