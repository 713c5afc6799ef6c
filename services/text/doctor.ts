import type { Language } from '../model/reasons'
import { formatsOf, plural } from './formats'

/** The systems and the variables that name their addresses. */
export const ADDRESSES = {
  watcher: 'ADVOWARE_WATCHER_URL',
  advoware: 'ADVOWARE_API_BASE_URL',
  espocrm: 'ESPOCRM_API_BASE_URL',
} as const

/** Advoware's two services. */
const SERVICES = {
  de: { api: 'Datenschnittstelle', token: 'Tokendienst' },
  en: { api: 'data API', token: 'token service' },
} as const
/** What the address of an Akte ends with (`ADVOWARE_AKTE_ID`). */
const KEYS = {
  de: { aktennummer: 'Aktennummer', id: 'eigenen Id' },
  en: { aktennummer: 'Aktennummer', id: 'own id' },
} as const

/** What is lost without an attribute (services/espo/espo-requirements.ts), in German. */
const LOST: Record<string, string> = {
  'nothing: it is for people': 'nichts: Es ist für die Leute da',
  'no Akte can be found': 'keine Akte ist zu finden',
  'nothing says which Akten are synced, and none can be closed':
    'nichts sagt, welche Akten abgeglichen werden, und keine kann geschlossen werden',
  'people do not see in EspoCRM whether the Akte is in sync':
    'in EspoCRM sieht niemand, ob die Akte synchron ist',
  'people find the reasons in the Workbench alone': 'die Gründe stehen nur in der Workbench',
  'nothing is swept, and people do not see in EspoCRM when the Akte was synced last':
    'es gibt keinen Rundgang, und in EspoCRM sieht niemand, wann die Akte zuletzt abgeglichen wurde',
  'people cannot ask for a sync in EspoCRM, and no delivery of webhooks can be proven':
    'in EspoCRM kann niemand um einen Abgleich bitten, und keine Zustellung der Webhooks lässt sich beweisen',
  "an Akte's page does not say how many documents it has":
    'die Seite einer Akte sagt nicht, wie viele Dokumente sie hat',
  "an Akte's page does not say how many documents wait":
    'die Seite einer Akte sagt nicht, wie viele Dokumente warten',
  "an Akte's page does not say how many documents need a person":
    'die Seite einer Akte sagt nicht, wie viele Dokumente jemanden brauchen',
  'Akten that need a person cannot be filtered in EspoCRM':
    'in EspoCRM lassen sich die Akten nicht filtern, die jemanden brauchen',
  'documents have no title': 'Dokumente haben keinen Titel',
  'there is no file to sync': 'es gibt keine Datei abzugleichen',
  'nothing says where the file lies in Windows': 'nichts sagt, wo die Datei in Windows liegt',
  'nothing: it tells other programs the hash of the file':
    'nichts: Es sagt anderen Programmen den Hash der Datei',
  'nothing is known of the last sync': 'vom letzten Abgleich ist nichts bekannt',
  'a file without a listed hash is read at every run, and renamed files are recognised by their hash alone':
    'eine Datei ohne Hash in der Liste wird bei jedem Lauf gelesen, und Umbenanntes wird nur am Hash erkannt',
  'a file replaced in EspoCRM is recognised only by reading it':
    'eine in EspoCRM ersetzte Datei wird nur durch Lesen erkannt',
  'a document that is given to another Akte takes its base along':
    'ein Dokument, das zu einer anderen Akte kommt, nimmt seine Basis mit',
  'a document that gets another path takes its base along':
    'ein Dokument, das einen anderen Pfad bekommt, nimmt seine Basis mit',
  'people do not see what became of a file, and SYNC_WINDOWS_DELETIONS cannot be mark':
    'niemand sieht, was aus einer Datei wurde, und SYNC_WINDOWS_DELETIONS kann nicht mark sein',
  'people do not see whether a document is in sync': 'niemand sieht, ob ein Dokument synchron ist',
  'people do not see when a document was synced last':
    'niemand sieht, wann ein Dokument zuletzt abgeglichen wurde',
  "the number of the document's History entry is not shown": 'die Nummer des Historieneintrags fehlt',
  "the kind of the document's History entry is not shown": 'die Art des Historieneintrags fehlt',
  "the remark of the document's History entry is not shown": 'der Text des Historieneintrags fehlt',
  "the date of the document's History entry is not shown": 'das Datum des Historieneintrags fehlt',
  "a document's page does not say what its former versions were and where to get them":
    'die Seite eines Dokuments sagt nicht, welche Fassungen es früher hatte und wo sie liegen',
  'no document belongs to an Akte': 'kein Dokument gehört zu einer Akte',
}

/** What `doctor` says: findings, and what to do about each. */
function build(language: Language) {
  const de = language === 'de'
  const say = (german: string, english: string): string => (de ? german : english)
  const count = plural(language)
  const { number } = formatsOf(language)
  const akten = (n: number) => count(n, 'Akte', 'Akten')
  const files = (n: number) => (de ? count(n, 'Datei', 'Dateien') : count(n, 'file', 'files'))
  const install = (isOwn: boolean) =>
    isOwn
      ? say(
          'Das Erweiterungspaket installieren (npm run build:espocrm-extension, dann Administration → Erweiterungen)',
          'Install the extension package (npm run build:espocrm-extension, then Administration → Extensions)',
        )
      : say(
          'Die Erweiterung für diese Abbildung bauen (npm run build:espocrm-extension -- --mapping DATEI) und installieren, oder die Abbildung berichtigen',
          'Build the extension for this mapping (npm run build:espocrm-extension -- --mapping FILE) and install it, or correct the mapping',
        )
  return {
    settings: {
      about: say('Einstellungen', 'Settings'),
      advice: say(
        'In .env berichtigen; .env.example sagt, was jede Einstellung ist',
        'Correct it in .env; .env.example says what each setting is',
      ),
      envAdvice: say('In .env berichtigen', 'Correct it in .env'),
    },
    systems: {
      watcher: say('Windows-Dateidienst', 'Windows watcher'),
      advoware: 'Advoware',
      espocrm: 'EspoCRM',
      redis: 'Redis',
      disk: say('Datenträger', 'Disk'),
      webhooks: 'Webhooks',
    },
    anotherAkte: say(
      'Nennen Sie eine, die alle Systeme haben: npm run doctor -- --akte 123/24',
      'Name one that all systems have: npm run doctor -- --akte 123/24',
    ),
    address: {
      exchanged: (variable: string, who: string, its: string) =>
        say(
          `${variable} berichtigen: Dort antwortet ${who}; dessen Adresse gehört in ${its}`,
          `Correct ${variable}: ${who} answers there; its address belongs in ${its}`,
        ),
      otherScheme: (variable: string, url: string) =>
        say(`${variable} berichtigen: Dort antwortet ${url}`, `Correct ${variable}: ${url} answers there`),
      other: (variable: string, who: string) =>
        say(
          `${variable} berichtigen: Was dort antwortet, ist nicht ${who}`,
          `Correct ${variable}: what answers there is not ${who}`,
        ),
      notThis: (status: number) =>
        say(
          `unter dieser Adresse antwortet etwas anderes (HTTP ${status})`,
          `something else answers at this address (HTTP ${status})`,
        ),
    },
    clock: {
      noDate: say('antwortet ohne Date-Kopfzeile', 'answers without a Date header'),
      noDateAdvice: say(
        'Die Uhr lässt sich nicht vergleichen; bitte von Hand nachsehen',
        'Its clock cannot be compared; check it by hand',
      ),
      differs: (seconds: number, isBehind: boolean) =>
        say(
          `die Uhr geht ${seconds} s ${isBehind ? 'nach' : 'vor'}`,
          `its clock is ${seconds} s ${isBehind ? 'behind' : 'ahead'}`,
        ),
      advice: say(
        'Beide Rechner sollten ihre Zeit von einem NTP-Server nehmen',
        'Let both machines take their time from one NTP server',
      ),
      agrees: say('die Uhr stimmt mit diesem Rechner überein', 'its clock agrees with this machine'),
    },
    watcher: {
      accepts: say('nimmt das Token an', 'accepts the token'),
      lists: (akte: string, n: number) =>
        say(
          `nimmt das Token an; Akte ${akte} hat ${files(n)}`,
          `accepts the token; Akte ${akte} has ${files(n)}`,
        ),
      unhashed: (n: number) =>
        say(
          `${n} davon haben noch keinen Hash: Sie werden zum Vergleichen gelesen`,
          `${n} of them have no hash yet: they are read to compare them`,
        ),
      noFolder: (akte: string) => say(`hat keinen Ordner für Akte ${akte}`, `has no folder for Akte ${akte}`),
      token: say(
        'ADVOWARE_WATCHER_AUTH_TOKEN mit der Einstellung des Dienstes auf dem Dateiserver vergleichen',
        'Compare ADVOWARE_WATCHER_AUTH_TOKEN with the setting of the watcher on the file server',
      ),
      reach: (url: string) =>
        say(
          `Läuft der Dienst auf dem Dateiserver, und erreicht dieser Rechner ${url} (ADVOWARE_WATCHER_URL)?`,
          `Does the watcher run on the file server, and can this machine reach ${url} (ADVOWARE_WATCHER_URL)?`,
        ),
    },
    advoware: {
      token: (user: string) => say(`gibt ${user} ein Token`, `issues a token to ${user}`),
      noAkte: say('keine Akte wurde gelesen', 'no Akte was read'),
      usedAt: (service: 'api' | 'token', url: string) =>
        say(`${SERVICES.de[service]} unter ${url}`, `${SERVICES.en[service]} at ${url}`),
      asNamed: say('wie der Konfigurator des Herstellers sagt', "as the vendor's configurator says"),
      namedNothing: say(
        'der Konfigurator des Herstellers nennt keine',
        "the vendor's configurator names none",
      ),
      namedOther: (other: string) =>
        say(
          `der Konfigurator des Herstellers nennt aber ${other}`,
          `but the vendor's configurator names ${other}`,
        ),
      namedOtherAdvice: (setting: string) =>
        say(
          `Wo der Konnektor eine eigene Adresse hat, muss sie benutzt werden: ${setting} leeren, wenn nichts dagegen spricht`,
          `The connector's own address must be used where there is one: clear ${setting}, unless you know better`,
        ),
      below: (prefix: string) => say(`antwortet unter ${prefix}`, `answers below ${prefix}`),
      foundBy: (akte: string, by: 'aktennummer' | 'id') =>
        say(
          `Akte ${akte} wird an ihrer ${KEYS.de[by]} gefunden und sagt, dass sie es ist`,
          `Akte ${akte} is found by its ${KEYS.en[by]}, and says that it is this one`,
        ),
      unnumbered: (akte: string) =>
        say(
          `Akte ${akte} nennt ihre Aktennummer nicht: Niemand kann sagen, ob es die richtige ist`,
          `Akte ${akte} does not say its Aktennummer, so nobody can tell whether it is the right one`,
        ),
      unnumberedAdvice: (fields: string) =>
        say(
          `ADVOWARE_AKTE_FIELDS: Welches ihrer Felder ist die Aktennummer? ${fields}`,
          `ADVOWARE_AKTE_FIELDS: which of its fields is the Aktennummer? ${fields}`,
        ),
      foundOtherwise: (akte: string, by: 'aktennummer' | 'id', not: 'aktennummer' | 'id') =>
        say(
          `Akte ${akte} wird an ihrer ${KEYS.de[by]} gefunden, nicht an ihrer ${KEYS.de[not]}`,
          `Akte ${akte} is found by its ${KEYS.en[by]}, not by its ${KEYS.en[not]}`,
        ),
      foundOtherwiseAdvice: (by: 'aktennummer' | 'id', field: string) =>
        say(
          `ADVOWARE_AKTE_ID=${by} (${field} ist ihr Feld für die Aktennummer)`,
          `ADVOWARE_AKTE_ID=${by} (${field} is its field for the Aktennummer)`,
        ),
      akte: (akte: string, isArchived: boolean, entries: number, withFile: number) =>
        say(
          `Akte ${akte}: ${isArchived ? 'abgelegt, ' : ''}${count(entries, 'Eintrag', 'Einträge')} in der Historie, ${withFile} davon ${withFile === 1 ? 'nennt' : 'nennen'} eine Datei`,
          `Akte ${akte}: ${isArchived ? 'archived, ' : ''}${count(entries, 'History entry', 'History entries')}, ${withFile} ${withFile === 1 ? 'names' : 'name'} a file`,
        ),
      named: (matching: number, files: number) =>
        say(
          `${matching} von ${count(files, 'Datei', 'Dateien')} im Aktenordner ${matching === 1 ? 'wird' : 'werden'} genannt`,
          `${matching} of ${count(files, 'file', 'files')} in the Aktenordner ${matching === 1 ? 'is' : 'are'} named`,
        ),
      fields: (names: string) =>
        say(`die ersten Einträge haben die Felder ${names}`, `the first entries have the fields ${names}`),
      noneNamed: say(
        'kein Eintrag der Historie nennt eine Datei des Aktenordners: Der Abgleich dieser Akte hält an',
        'no History entry names a file of the Aktenordner: the sync of this Akte stops',
      ),
      betterField: (name: string, matching: number) =>
        say(
          `ADVOWARE_HISTORY_FIELDS=datei=${name}: Damit ${matching === 1 ? 'wird 1 Datei' : `werden ${matching} Dateien`} genannt`,
          `ADVOWARE_HISTORY_FIELDS=datei=${name}: with it, ${count(matching, 'file is', 'files are')} named`,
        ),
      noneNamedAdvice: say(
        'Ist der Ordner des Dateidienstes der dieser Akte? Welches Feld nennt die Datei (ADVOWARE_HISTORY_FIELDS)?',
        'Is the watcher’s folder the one of this Akte? Which field names the file (ADVOWARE_HISTORY_FIELDS)?',
      ),
      noFiles: say(
        'kein Eintrag der Historie dieser Akte nennt eine Datei: Es würde nichts abgeglichen',
        'no History entry of this Akte names a file: nothing would be synced',
      ),
      noFilesAdvice: (field: string) =>
        say(
          `Stimmt das für diese Akte? Wenn nicht, sagt ADVOWARE_HISTORY_FIELDS, welches Feld sie nennt; „${field}“ ist es nicht`,
          `Is this right for the Akte? If not, ADVOWARE_HISTORY_FIELDS tells which field does; "${field}" does not`,
        ),
      noSwagger: say(
        'zeigt kein Swagger, das die Historie beschreibt: Die Namen ihrer Felder wurden nicht verglichen',
        'shows no Swagger that documents the History: the names of its fields were not compared',
      ),
      swagger: (path: string, names: string) =>
        say(
          `Swagger beschreibt ${path} mit den Feldern ${names}`,
          `its Swagger documents ${path} with the fields ${names}`,
        ),
      undocumented: (names: string) =>
        say(
          `Swagger kennt in einem Eintrag der Historie kein ${names}`,
          `its Swagger knows no ${names} in a History entry`,
        ),
      undocumentedAdvice: say(
        'ADVOWARE_HISTORY_FIELDS: Welche der beschriebenen Namen meinen dasselbe?',
        'ADVOWARE_HISTORY_FIELDS: which of the documented names mean the same?',
      ),
      unknown: (akte: string) => say(`kennt Akte ${akte} nicht`, `does not know Akte ${akte}`),
      prefix: (prefix: string) =>
        say(`unter ${prefix} ist keine Schnittstelle`, `there is no interface at ${prefix}`),
      prefixAdvice: say(
        'ADVOWARE_API_PREFIX berichtigen (meist /api/v1/advonet), oder ADVOWARE_API_BASE_URL',
        'Correct ADVOWARE_API_PREFIX (mostly /api/v1/advonet), or ADVOWARE_API_BASE_URL',
      ),
      login: say(
        'ADVOWARE_APP_ID, _API_KEY, _KANZLEI, _DATABASE, _USER, _PASSWORD, _ROLE und _PRODUCT vergleichen',
        'Compare ADVOWARE_APP_ID, _API_KEY, _KANZLEI, _DATABASE, _USER, _PASSWORD, _ROLE and _PRODUCT',
      ),
      reach: say(
        'Läuft der Advoware-Konnektor in der Kanzlei, und stimmen ADVOWARE_API_BASE_URL und ADVOWARE_SECURITY_URL?',
        'Does the Advoware connector run in the firm, and are ADVOWARE_API_BASE_URL and ADVOWARE_SECURITY_URL right?',
      ),
    },
    espo: {
      install,
      loss: (loss: string) => (de ? (LOST[loss] ?? loss) : loss),
      mapping: say('die Entität in der Abbildung', 'the entity in the mapping'),
      unmapped: (entity: string, name: string, loss: string) =>
        say(
          `${entity}: Die Abbildung hat kein ${name}: ${loss}`,
          `${entity}: the mapping has no ${name}: ${loss}`,
        ),
      noLink: (entity: string, link: string) =>
        say(
          `${entity} hat keine Verknüpfung ${link} mit mehreren Akten`,
          `${entity} has no link ${link} to several Akten`,
        ),
      noLinkAdvice: say('dokument.akte in der Abbildung berichtigen', 'Correct dokument.akte in the mapping'),
      baseInRedis: (folder: string) =>
        say(
          `die Basis jedes Dokuments liegt in Redis, mit einer Kopie in ${folder}: Ohne beide trifft jedes Dokument seine Datei zum ersten Mal`,
          `the base of each document is kept in Redis, beside a copy in ${folder}: without both, every document meets its file for the first time`,
        ),
      baseInRedisAdvice: say(
        'SYNC_BASE_DIR mit dem Archiv sichern; mehrere Server brauchen es an einem Ort. Besser: Attribute in EspoCRM (docs/espocrm.md)',
        'Save SYNC_BASE_DIR with the archive; several servers need it in one place. Better: attributes in EspoCRM (docs/espocrm.md)',
      ),
      key: say(
        'ESPOCRM_API_KEY (und ESPOCRM_SECRET_KEY bei HMAC) mit dem API-Benutzer unter Administration → API-Benutzer vergleichen',
        'Compare ESPOCRM_API_KEY (and ESPOCRM_SECRET_KEY for HMAC) with the API user in Administration → API Users',
      ),
      right: say(
        'Der Rolle des API-Benutzers dieses Recht geben',
        'Give the role of the API user this right',
      ),
      reach: (url: string) =>
        say(
          `Stimmt ESPOCRM_API_BASE_URL (${url}), endet sie mit /api/v1, und erreicht dieser Rechner sie?`,
          `Is ESPOCRM_API_BASE_URL right (${url}), does it end in /api/v1, and can this machine reach it?`,
        ),
      maintenance: say('ist im Wartungsmodus', 'is in maintenance mode'),
      redirect: (target: string | null) =>
        say(`leitet weiter zu ${target ?? '?'}`, `redirects to ${target ?? '?'}`),
      maintenanceAdvice: say(
        'Warten, bis die Wartung vorbei ist, oder den Wartungsmodus ausschalten (Administration → Einstellungen); der Abgleich geht dann von selbst weiter',
        'Wait until the maintenance is over, or switch maintenance mode off (Administration → Settings); the sync then goes on by itself',
      ),
      redirectAdvice: (base: string | null) =>
        base === null
          ? say(
              'ESPOCRM_API_BASE_URL auf die Adresse setzen, zu der weitergeleitet wird: Schlüssel und Akten folgen keiner Weiterleitung',
              'Set ESPOCRM_API_BASE_URL to the address it redirects to: keys and documents follow no redirection',
            )
          : say(
              `ESPOCRM_API_BASE_URL=${base}: Schlüssel und Akten folgen keiner Weiterleitung`,
              `ESPOCRM_API_BASE_URL=${base}: keys and documents follow no redirection`,
            ),
      loggedIn: (user: string, isHmac: boolean) =>
        say(
          `${user} ist mit ${isHmac ? 'HMAC' : 'API-Schlüssel'} angemeldet`,
          `${user} is logged in by ${isHmac ? 'HMAC' : 'API key'}`,
        ),
      loginLog: say(
        "schreibt für jede Anfrage eine Zeile in sein Anmeldeprotokoll, solange in data/config.php nicht 'authApiUserLogDisabled' => true steht (von hier aus nicht zu sehen)",
        "writes a row into its authentication log for each request unless data/config.php has 'authApiUserLogDisabled' => true (which cannot be seen from here)",
      ),
      noApiUser: (user: string) => say(`${user} ist kein API-Benutzer`, `${user} is not an API user`),
      noApiUserAdvice: say(
        'Unter Administration → API-Benutzer einen anlegen: Nur für einen solchen kann ein Webhook die eigenen Änderungen des Abgleichs auslassen',
        "Make one in Administration → API Users: a webhook can leave out the sync's own changes only for an API user",
      ),
      allowed: (entity: string) =>
        say(`die Rolle erlaubt alles Nötige für ${entity}`, `the role allows everything needed on ${entity}`),
      lacks: (action: string, level: string, entity: string) =>
        say(
          `der Rolle fehlt ${action}: ${level} für ${entity}`,
          `the role lacks ${action}: ${level} on ${entity}`,
        ),
      roles: (entity: string, action: string, level: string, why: string) =>
        say(
          `Administration → Rollen → ${entity} → ${action} → ${level} (${why})`,
          `Administration → Roles → ${entity} → ${action} → ${level} (${why})`,
        ),
      noEntity: (entity: string) =>
        say(`zeigt diesem Benutzer keine Entität ${entity}`, `shows no entity ${entity} to this user`),
      noEntityAdvice: (entity: string, variable: string, nearest: string | null) =>
        nearest === null
          ? say(
              `${variable} berichtigen, das Erweiterungspaket installieren oder der Rolle Zugriff auf ${entity} geben`,
              `Correct ${variable}, install the extension package, or give the role access to ${entity}`,
            )
          : say(
              `${variable} berichtigen: Gemeint ist wohl ${nearest}`,
              `Correct ${variable}: it is probably ${nearest}`,
            ),
      notUnique: (field: string) =>
        say(
          `${field} ist nicht eindeutig: Zwei Akten können dieselbe Nummer haben`,
          `${field} is not unique: two Akten can have one number`,
        ),
      notUniqueAdvice: (isOwn: boolean) =>
        isOwn
          ? say(
              `${install(true)}; von zwei Akten mit derselben Nummer vorher eine entfernen`,
              `${install(true)}; of two Akten with one number, remove one first`,
            )
          : say(
              'Nach Nummern suchen, die zwei Akten haben; genommen wird die, die EspoCRM zuerst zeigt',
              'Look for numbers that two Akten have; the sync takes the one that EspoCRM shows first',
            ),
      noIndex: (entity: string, columns: string) =>
        say(
          `${entity} hat keinen Index über ${columns}: Der Rundgang und die Zahlen zur Aktualität lesen jedes Mal alle Akten`,
          `${entity} has no index on ${columns}: the sweep and the freshness numbers read all Akten each time`,
        ),
      noIndexAdvice: (isOwn: boolean) =>
        isOwn
          ? say(
              'Das Erweiterungspaket aktualisieren (npm run build:espocrm-extension, dann Administration → Erweiterungen)',
              'Update the extension package (npm run build:espocrm-extension, then Administration → Extensions)',
            )
          : say(
              'Bei Tausenden von Akten: in den entityDefs einen Index über diese Felder anlegen und EspoCRM neu aufbauen',
              'With thousands of Akten: add an index on these fields to the entityDefs and rebuild EspoCRM',
            ),
      noControl: (entity: string) =>
        say(
          `${entity} prüft keine gleichzeitigen Änderungen: Eine in derselben Sekunde ersetzte Datei kann überschrieben werden`,
          `${entity} has no optimistic concurrency control: a file replaced in the same second may be overwritten`,
        ),
      noControlAdvice: (entity: string, isOwn: boolean) =>
        say(
          `${isOwn ? `${install(true)}, oder es` : 'Es'} unter Administration → Entity Manager → ${entity} einschalten`,
          `${isOwn ? `${install(true)}, or switch it on` : 'Switch it on'} in Administration → Entity Manager → ${entity}`,
        ),
      fields: (entity: string, n: number) =>
        say(`${entity} hat alle ${n} Felder`, `${entity} has all ${n} fields`),
      missingLater: (field: string, loss: string) =>
        say(
          `${field} fehlt: Der Abgleich geht, aber ${loss}`,
          `${field} is missing: the sync works, but ${loss}`,
        ),
      missing: (field: string, loss: string) =>
        say(`${field} fehlt: ${loss}`, `${field} is missing: ${loss}`),
      wrongType: (field: string, is: string, wanted: string) =>
        say(`${field} ist vom Typ ${is} statt ${wanted}`, `${field} is of type ${is} instead of ${wanted}`),
      narrow: (field: string, dbType: string) =>
        say(
          `${field} fasst nur 31 Bit; eine USN hat 64 (dbType ${dbType} fehlt)`,
          `${field} takes 31 bits only; a USN has 64 (dbType ${dbType} is missing)`,
        ),
      lacksOption: (field: string, options: string) =>
        say(`${field} fehlt die Auswahl ${options}`, `${field} lacks the option ${options}`),
      lacksOptionAdvice: (isOwn: boolean) =>
        say(
          `${install(isOwn)}, oder sie im Entity Manager ergänzen`,
          `${install(isOwn)}, or add it in the Entity Manager`,
        ),
      upload: (request: string) =>
        say(
          `nimmt Anfragen von ${request} an, die größten des Abgleichs (eine Probedatei, wieder gelöscht)`,
          `takes requests of ${request}, the largest that the sync sends (a test upload, deleted again)`,
        ),
      proxy: (server: string | null, request: string) =>
        say(
          `ein Webserver oder Proxy vor EspoCRM (${server ?? 'ohne Namen'}) lehnt Anfragen von ${request} ab: Größere Dateien kommen nie an`,
          `a web server or proxy in front of EspoCRM (${server ?? 'without a name'}) refuses requests of ${request}: larger files never arrive`,
        ),
      proxyAdvice: say(
        'Dort Anfragen bis 8 MB erlauben, etwa mit client_max_body_size 8m (nginx) oder LimitRequestBody (Apache)',
        'Allow requests of 8 MB there, such as client_max_body_size 8m (nginx) or LimitRequestBody (Apache)',
      ),
      uploadRefused: (reason: string, detail: string | undefined) =>
        say(
          `lehnt eine Probedatei ab: ${reason}${detail ? ` (${detail})` : ''}`,
          `refused a test upload: ${reason}${detail ? ` (${detail})` : ''}`,
        ),
      uploadRefusedAdvice: say(
        'Sollen Dateien dieser Größe und Art abgelehnt werden?',
        'Are files of this size and type meant to be refused?',
      ),
      sizeLimit: (mb: number) =>
        say(
          `nimmt Dateien bis ${number(mb)} MB an (Administration → Einstellungen)`,
          `takes files up to ${number(mb)} MB (Administration → Settings)`,
        ),
      noHooks: say(
        'meldet keine Änderungen: Eine Akte wird nur abgeglichen, wenn jemand darum bittet',
        'sends no webhooks: an Akte is synced only on request',
      ),
      noHooksAdvice: say(
        'ESPOCRM_WEBHOOK_URL auf die Adresse setzen, unter der EspoCRM diesen Server erreicht, dann npm run espocrm -- setup',
        'Set ESPOCRM_WEBHOOK_URL to where EspoCRM reaches this server, then npm run espocrm -- setup',
      ),
      noHookRight: say('die Rolle hat keinen Zugriff auf Webhooks', 'the role has no access to Webhooks'),
      noHookRightAdvice: say(
        'Administration → Rollen → Webhooks → aktiviert',
        'Administration → Roles → Webhooks → enabled',
      ),
    },
    webhooks: {
      fine: (url: string) =>
        say(
          `${url} führt zu diesem Server, der unsignierte Zustellungen ablehnt`,
          `${url} leads to this server, which refuses unsigned deliveries`,
        ),
      other: (url: string, status: number) =>
        say(
          `${url} antwortet ${status} auf eine unsignierte Zustellung, dieser Server würde 401 antworten`,
          `${url} answers ${status} to an unsigned delivery, this server would answer 401`,
        ),
      otherAdvice: say(
        'Gibt der Proxy POST /webhooks/espocrm weiter, und läuft der Server?',
        'Does the proxy pass POST /webhooks/espocrm on, and does the server run?',
      ),
      silent: (url: string, why: string) =>
        say(`${url} antwortet von hier aus nicht: ${why}`, `${url} does not answer from here: ${why}`),
      silentAdvice: say(
        'In Ordnung, wenn nur EspoCRM sie erreicht; sonst den Server starten oder ESPOCRM_WEBHOOK_URL berichtigen',
        'Fine when only EspoCRM can reach it; else start the server or correct ESPOCRM_WEBHOOK_URL',
      ),
    },
    redis: {
      tooOld: (version: string) => say(`Version ${version} ist zu alt`, `version ${version} is too old`),
      install: (version: number) =>
        say(`Redis ${version} oder neuer installieren`, `Install Redis ${version} or newer`),
      answers: (address: string, version: string | undefined) =>
        say(
          `antwortet unter ${address}${version ? ` (Version ${version})` : ''}`,
          `answers at ${address}${version ? ` (version ${version})` : ''}`,
        ),
      safe: say(
        'hält alles auf der Platte und verdrängt nichts',
        'keeps everything on disk and evicts nothing',
      ),
      silent: (address: string, why: string) =>
        say(`antwortet nicht unter ${address}: ${why}`, `does not answer at ${address}: ${why}`),
      compare: say(
        'MOTIA_REDIS_HOST, _PORT, _USERNAME und _PASSWORD vergleichen',
        'Compare MOTIA_REDIS_HOST, _PORT, _USERNAME and _PASSWORD',
      ),
      startsIt: say(
        'Der Server bringt ihn mit: noch einmal aufrufen, während npm start läuft',
        'The server starts it: run this again while npm start is running',
      ),
      paused: (why: string) => say(`der Abgleich ist pausiert: ${why}`, `the sync is paused: ${why}`),
      pausedAdvice: say(
        'Den Grund ansehen, dann in /office fortsetzen oder DEL advoware:paused',
        'Find out why, then resume in /office or DEL advoware:paused',
      ),
      stopped: (n: number) =>
        say(
          `${akten(n)} ${n === 1 ? 'wartet' : 'warten'} nach einem Sicherheitsstopp auf jemanden`,
          `${akten(n)} ${n === 1 ? 'waits' : 'wait'} for a person after a safety stop`,
        ),
      stoppedAdvice: say(
        'npm run status -- --state stopped sagt, warum; den Ordner ansehen, dann einmal erzwingen',
        'npm run status -- --state stopped says why; check the folder, then force one run',
      ),
      failed: (n: number) =>
        say(
          `${akten(n)} ${n === 1 ? 'wurde' : 'wurden'} aufgegeben`,
          `${akten(n)} ${n === 1 ? 'was' : 'were'} given up`,
        ),
      failedAdvice: say(
        'npm run status -- --state failed sagt, warum; die Ursache beheben, dann npm run retry',
        'npm run status -- --state failed says why; fix the cause, then npm run retry',
      ),
      waiting: (pending: number, processing: number) =>
        say(
          `${akten(pending)} ${pending === 1 ? 'wartet' : 'warten'}, ${processing} in Arbeit`,
          `${akten(pending)} pending, ${processing} in processing`,
        ),
    },
    disk: {
      names: {
        SYNC_ARCHIVE_DIR: say('Archiv', 'archive'),
        SYNC_AUDIT_DIR: say('Protokoll', 'audit log'),
        TMPDIR: say('Zwischenspeicher', 'temporary files'),
      },
      free: (name: string, path: string, gigabytes: number) =>
        say(
          `${name}: ${path} ist beschreibbar, ${number(gigabytes, 1)} GB frei`,
          `${name}: ${path} is writable, ${number(gigabytes, 1)} GB free`,
        ),
      little: (name: string, path: string, gigabytes: number) =>
        say(
          `${name}: ${path} hat noch ${number(gigabytes, 1)} GB frei`,
          `${name}: ${path} has ${number(gigabytes, 1)} GB left`,
        ),
      littleAdvice: (setting: string) =>
        say(
          `Eine Übertragung braucht Platz für die ganze Datei: Platz schaffen, oder ${setting} auf einen anderen Datenträger setzen`,
          `A transfer needs room for the whole file: make room, or set ${setting} to another disk`,
        ),
      failed: (name: string, path: string, why: string) =>
        say(`${name}: ${path} ist nicht beschreibbar: ${why}`, `${name}: ${path} is not writable: ${why}`),
      failedAdvice: (setting: string) =>
        say(
          `Platz schaffen oder diesem Benutzer dort Schreibrecht geben, oder ${setting} auf einen anderen Ordner setzen`,
          `Make room, or give this user the right to write there, or set ${setting} to another folder`,
        ),
      moved: (path: string, n: number) =>
        say(
          `Archiv: ${path} ist leer, aber ${count(n, 'Bericht nennt eine Fassung', 'Berichte nennen Fassungen')}, die dort liegen müsste${n === 1 ? '' : 'n'}`,
          `archive: ${path} is empty, but ${count(n, 'report names a version', 'reports name versions')} that should be there`,
        ),
      movedAdvice: say(
        'Wurde das Archiv verschoben? SYNC_ARCHIVE_DIR auf den Ordner setzen, in dem die Fassungen liegen',
        'Was the archive moved? Set SYNC_ARCHIVE_DIR to the folder that has the versions',
      ),
    },
  }
}

export type DoctorText = ReturnType<typeof build>

const TEXTS: Record<Language, DoctorText> = { de: build('de'), en: build('en') }

export const doctorText = (language: Language): DoctorText => TEXTS[language]
