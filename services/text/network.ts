import type { Language } from '../model/reasons'

type Both = Record<Language, string>

const TLS_OF_ANOTHER: Both = {
  de: 'das TLS-Zertifikat gilt für einen anderen Namen',
  en: 'the TLS certificate is for another name',
}
const UNTRUSTED: Both = {
  de: 'dem TLS-Zertifikat wird hier nicht vertraut (selbst ausgestellt, oder seine Stelle ist unbekannt: NODE_EXTRA_CA_CERTS)',
  en: 'the TLS certificate is not trusted here (self-signed, or its authority is unknown: NODE_EXTRA_CA_CERTS)',
}
const NO_TLS: Both = {
  de: 'dort wird kein TLS gesprochen: Die Adresse beginnt wohl zu Unrecht mit https',
  en: 'no TLS is spoken there: the address probably begins with https in error',
}
const NO_HTTP: Both = {
  de: 'dort wird kein HTTP gesprochen: eine andere Adresse, ein anderer Port, oder https',
  en: 'no HTTP is spoken there: another address, another port, or https',
}
const SILENT: Both = { de: 'keine Antwort in der Frist', en: 'no answer in time' }

/** What the codes of Node and OpenSSL mean for the person who wrote the address. */
const REASONS: Record<string, Both> = {
  ECONNREFUSED: { de: 'dort lauscht nichts', en: 'nothing listens there' },
  ENOTFOUND: { de: 'diesen Rechnernamen gibt es nicht', en: 'there is no such host name' },
  EAI_AGAIN: {
    de: 'die Namensauflösung (DNS) antwortet nicht',
    en: 'the name service (DNS) does not answer',
  },
  ETIMEDOUT: SILENT,
  ECONNABORTED: SILENT,
  ERR_CANCELED: SILENT,
  ECONNRESET: { de: 'die Verbindung wurde abgebrochen', en: 'the connection was cut' },
  EPIPE: { de: 'die Verbindung wurde abgebrochen', en: 'the connection was cut' },
  EHOSTUNREACH: { de: 'kein Weg zu diesem Rechner', en: 'no route to this host' },
  ENETUNREACH: { de: 'kein Weg in dieses Netz', en: 'no route to this network' },
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  CERT_HAS_EXPIRED: { de: 'das TLS-Zertifikat ist abgelaufen', en: 'the TLS certificate has expired' },
  CERT_NOT_YET_VALID: {
    de: 'das TLS-Zertifikat gilt noch nicht (stimmt die Uhr?)',
    en: 'the TLS certificate is not valid yet (is the clock right?)',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: TLS_OF_ANOTHER,
  HPE_INVALID_CONSTANT: NO_HTTP,
  HPE_INVALID_VERSION: NO_HTTP,
  ENOSPC: { de: 'kein Platz mehr auf dem Datenträger', en: 'no space left on the disk' },
  EDQUOT: { de: 'das Kontingent ist erschöpft', en: 'the quota is used up' },
  EACCES: { de: 'keine Berechtigung', en: 'no permission' },
  EPERM: { de: 'keine Berechtigung', en: 'no permission' },
  EROFS: { de: 'der Datenträger ist schreibgeschützt', en: 'the disk is read-only' },
  ENOTDIR: { de: 'ein Teil des Pfades ist kein Ordner', en: 'a part of the path is no folder' },
  ENOENT: { de: 'der Ordner fehlt', en: 'the folder is missing' },
  EIO: { de: 'der Datenträger meldet einen Fehler', en: 'the disk reports an error' },
  ESTALE: {
    de: 'die Netzfreigabe ist nicht mehr eingehängt',
    en: 'the network share is not mounted any more',
  },
}

/** What an error code of the network or of a disk means; null for one that is not known. */
export function systemReason(code: string | undefined, language: Language): string | null {
  if (code === undefined) return null
  const known =
    REASONS[code] ?? (code.startsWith('ERR_SSL_') ? NO_TLS : code.startsWith('HPE_') ? NO_HTTP : null)
  return known?.[language] ?? null
}
