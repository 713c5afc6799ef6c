import type { Language } from '../model/reasons'

/** What keeps the machinery from moving, and what Redis refuses. */
const TEXTS = {
  de: {
    lockScopes: {
      text: 'Auf diesem Redis arbeiten Server mit verschiedenem SYNC_LOCK_SCOPE (global und akte): Die Sperre des einen hält den anderen nicht auf',
      advice: 'Allen dieselbe Einstellung geben',
    },
    versions: (versions: string) => ({
      text: `Auf diesem Redis arbeiten Server verschiedener Versionen (${versions})`,
      advice: 'Überall dieselbe installieren',
    }),
    never: 'Noch kein Server hat hier Akten abgeholt',
    noTick: (seconds: number) => `seit ${seconds} s nicht abgeholt`,
    lost: 'Redis wurde geleert; was angefordert war, ist noch nicht wieder angefordert',
    emptied: (when: string, akten: number) =>
      `Redis war geleert (gefunden ${when}); ${akten} Akte(n) sind wieder angefordert`,
    emptiedAdvice:
      'Klären, wer ihn geleert hat; was sonst angefordert war, neu anfordern. DEL advoware:emptied beendet diesen Hinweis',
    pollAdvice: 'Einen Server starten: npm start; läuft einer, das Ende seines Logs ansehen',
    lockOfStranger: 'jemand anderes hat sie gesetzt, etwa die Administration',
    lockOfOurs: 'ihr Lauf hängt oder ist tot und wird binnen einer Minute ersetzt',
    probed: 'lässt sich beschreiben, führt Skripte aus und gibt jeden Schlüssel frei',
    fileTime: (name: string, path: string, seconds: number, isBehind: boolean) =>
      `${name}: Dateien in ${path} bekommen eine Zeit, die ${seconds} s ${isBehind ? 'hinter der' : 'vor der'} Uhr dieses Rechners liegt`,
    fileTimeAdvice: 'Diesem Rechner und dem Dateiserver die Zeit von einem NTP-Server geben',
    redis: {
      wrongLogin:
        'lehnt die Anmeldung ab (WRONGPASS): MOTIA_REDIS_USERNAME oder MOTIA_REDIS_PASSWORD ist falsch',
      wantsLogin: 'verlangt eine Anmeldung (NOAUTH): MOTIA_REDIS_PASSWORD setzen',
      noLogin: 'hat kein Passwort, aber MOTIA_REDIS_PASSWORD ist gesetzt: leer lassen',
      readOnly: 'ist eine schreibgeschützte Kopie (READONLY): MOTIA_REDIS_HOST muss den ersten Server nennen',
      full: 'ist voll (OOM): maxmemory erhöhen, oder ihm einen eigenen Server geben',
      cannotSave:
        'kann nicht auf seinen Datenträger schreiben (MISCONF) und lehnt Änderungen ab: dort Platz schaffen',
      loading: 'lädt noch seine Daten (LOADING)',
      alone: 'hat die Server verloren, von denen oder auf die er kopiert, und lehnt ab',
      cluster: 'ist ein Cluster; das wird nicht unterstützt: einen einzelnen Server nehmen',
      noRight: (what: string) =>
        `verweigert diesem Benutzer ein Recht (${what}): die kleinste ACL, die genügt, steht in docs/deployment.md`,
      tls: 'spricht an diesem Port TLS (rediss); das wird nicht unterstützt: einen Port ohne TLS nennen, oder einen Tunnel wie stunnel',
      silent: (why: string) => `antwortet nicht: ${why}`,
    },
  },
  en: {
    lockScopes: {
      text: 'Servers with different SYNC_LOCK_SCOPE (global and akte) work on this Redis: the global lock of the one does not hold back the other',
      advice: 'Give all of them the same setting',
    },
    versions: (versions: string) => ({
      text: `Servers of different versions (${versions}) work on this Redis`,
      advice: 'Install the same one everywhere',
    }),
    never: 'No server has polled here yet',
    noTick: (seconds: number) => `no tick for ${seconds} s`,
    lost: 'Redis was emptied; what was asked for is not yet asked for again',
    emptied: (when: string, akten: number) =>
      `Redis was found emptied at ${when}; ${akten} Akte(n) were asked for again`,
    emptiedAdvice:
      'Find out who emptied it; ask again for what else was asked for. DEL advoware:emptied ends this warning',
    pollAdvice: 'Start a server: npm start; if one is running, look at the end of its log',
    lockOfStranger: 'somebody else set it, such as an operator',
    lockOfOurs: 'its run hangs or is dead, and is replaced within a minute',
    probed: 'can be written, runs scripts and grants every key',
    fileTime: (name: string, path: string, seconds: number, isBehind: boolean) =>
      `${name}: files in ${path} get a time that is ${seconds} s ${isBehind ? 'behind' : 'ahead of'} this machine's clock`,
    fileTimeAdvice: 'Let this machine and the file server take their time from one NTP server',
    redis: {
      wrongLogin: 'refuses the login (WRONGPASS): MOTIA_REDIS_USERNAME or MOTIA_REDIS_PASSWORD is wrong',
      wantsLogin: 'asks for a login (NOAUTH): set MOTIA_REDIS_PASSWORD',
      noLogin: 'has no password, but MOTIA_REDIS_PASSWORD is set: leave it blank',
      readOnly: 'is a read-only replica (READONLY): MOTIA_REDIS_HOST must name the primary',
      full: 'is full (OOM): raise its maxmemory, or give it a server of its own',
      cannotSave: 'cannot save to its disk (MISCONF) and refuses writes: make room there',
      loading: 'is still loading its data (LOADING)',
      alone: 'has lost the servers it copies from or to, and refuses',
      cluster: 'is a cluster, which is not supported: use a single server',
      noRight: (what: string) =>
        `lacks a right for this user (${what}): docs/deployment.md has the smallest ACL that works`,
      tls: 'speaks TLS on this port (rediss), which is not supported: name a plain port, or a tunnel such as stunnel',
      silent: (why: string) => `does not answer: ${why}`,
    },
  },
}

export type PresenceText = (typeof TEXTS)['en']

export const presenceText = (language: Language): PresenceText => TEXTS[language]
