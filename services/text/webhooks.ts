import type { Language } from '../model/reasons'

const SETUP = 'npm run espocrm -- setup'

/** What `espocrm setup`, `espocrm check` and `doctor` say of the webhooks in EspoCRM. */
export function webhookText(language: Language) {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  return {
    setup: SETUP,
    noUrl: say(
      'ESPOCRM_WEBHOOK_URL ist nicht gesetzt: Wo erreicht EspoCRM diesen Server, etwa https://sync.example/webhooks/espocrm?',
      'ESPOCRM_WEBHOOK_URL is not set: where does EspoCRM reach this server, such as https://sync.example/webhooks/espocrm?',
    ),
    inactive: (event: string) =>
      say(`der Webhook ${event} ist nicht aktiv`, `the webhook ${event} is not active`),
    secretMissing: (event: string) =>
      say(
        `das Geheimnis des Webhooks ${event} fehlt hier`,
        `the secret of the webhook ${event} is missing here`,
      ),
    secretDiffers: (event: string) =>
      say(
        `das Geheimnis des Webhooks ${event} ist ein anderes als das hier gespeicherte`,
        `the secret of the webhook ${event} differs from the one stored here`,
      ),
    reportsOwn: (event: string) =>
      say(
        `der Webhook ${event} meldet auch die eigenen Änderungen des Abgleichs: Sie werden erkannt, kosten aber Anfragen`,
        `the webhook ${event} also reports the sync's own changes: they are recognised, but cost requests`,
      ),
    reportsOwnAdvice: say(
      `${SETUP}; EspoCRM vor 9.2 kann sie nicht auslassen`,
      `${SETUP}; EspoCRM before 9.2 cannot skip them`,
    ),
    twice: (event: string) =>
      say(
        `der Webhook ${event} ist zweimal da: Jede Änderung wird zweimal gemeldet`,
        `the webhook ${event} is there twice: every change is reported twice`,
      ),
    missing: (events: string[], url: string) =>
      say(
        `hat keinen Webhook ${events.join(', ')} zu ${url}`,
        `has no webhook ${events.join(', ')} to ${url}`,
      ),
    missingRequest: (event: string) =>
      say(
        `meldet es nicht, wenn jemand auf der Seite einer Akte um einen Abgleich bittet (${event})`,
        `does not report when somebody asks for a sync on an Akte's page (${event})`,
      ),
    all: (count: number, url: string) =>
      say(`hat alle ${count} Webhooks zu ${url}`, `has all ${count} webhooks to ${url}`),
    elsewhere: (event: string, url: string) =>
      say(`ein Webhook ${event} führt zu ${url}`, `a webhook ${event} goes to ${url}`),
    elsewhereAdvice: say(
      'Unter Administration → Webhooks entfernen, es sei denn, dort lauscht ein anderer Document Sync',
      'Remove it in Administration → Webhooks unless another Document Sync listens there',
    ),
    created: say('angelegt', 'created'),
    createdAgain: say('neu angelegt, das Geheimnis war verloren', 'created again, its secret was lost'),
    correct: say('in Ordnung', 'correct'),
    repaired: say('berichtigt', 'repaired'),
    removed: say('entfernt, er war zweimal da', 'removed, it was there twice'),
    noField: say(
      'nicht angelegt, EspoCRM hat das Feld nicht (Erweiterung aktualisieren)',
      'not created, EspoCRM has no such field (update the extension)',
    ),
    internal: (url: string) =>
      say(
        `lehnt Webhooks zu ${url} ab, weil die Adresse im internen Netz liegt (notInternal, ab EspoCRM 9.3.2)`,
        `refuses webhooks to ${url} because the address is in the internal network (notInternal, from EspoCRM 9.3.2 on)`,
      ),
    internalAdvice: (address: string) =>
      say(
        `In data/config.php von EspoCRM eintragen: 'webhookAllowedAddressList' => ['${address}'], danach ${SETUP}`,
        `Add to EspoCRM's data/config.php: 'webhookAllowedAddressList' => ['${address}'], then ${SETUP}`,
      ),
    addressTaken: (url: string) => say(`nimmt Webhooks zu ${url} an`, `accepts webhooks to ${url}`),
    proving: (akte: string, minutes: number) =>
      say(
        `EspoCRM soll eine Änderung an Akte ${akte} melden; das dauert bis zu ${minutes} Minuten (--wait 0: nicht warten)`,
        `EspoCRM is to report a change of Akte ${akte}, which takes up to ${minutes} minutes (--wait 0: do not wait)`,
      ),
    proven: (akte: string, seconds: number) =>
      say(
        `hat eine Änderung an Akte ${akte} nach ${seconds} s hierher gemeldet`,
        `reported a change of Akte ${akte} here after ${seconds} s`,
      ),
    unproven: (seconds: number) =>
      say(`hat in ${seconds} s keine Änderung gemeldet`, `reported no change within ${seconds} s`),
    unprovenAdvice: (address: string) =>
      say(
        `Läuft in EspoCRM der Auftrag „Process Webhook Queue“ (Administration → Geplante Aufträge, cron), erreicht EspoCRM ${address}, und läuft dieser Server mit demselben ESPOCRM_WEBHOOK_SECRETS_FILE? EspoCRMs Protokoll (data/logs) nennt den Grund; steht dort „internal host“, fehlt 'webhookAllowedAddressList' => ['${address}'] in data/config.php`,
        `Does EspoCRM's job Process Webhook Queue run (Administration → Scheduled Jobs, cron), can EspoCRM reach ${address}, and does this server run with the same ESPOCRM_WEBHOOK_SECRETS_FILE? EspoCRM's log (data/logs) has the reason; where it says "internal host", data/config.php lacks 'webhookAllowedAddressList' => ['${address}']`,
      ),
    noAkte: say(
      'es gibt keine Akte, an der sich die Zustellung zeigen ließe',
      'there is no Akte by which a delivery could be shown',
    ),
    noAkteAdvice: say(
      'Die Prüfung wiederholen, sobald eine Akte abgeglichen wird',
      'Repeat the check as soon as an Akte is synced',
    ),
    noRequestField: say(
      'die Zustellung lässt sich nicht zeigen: Den Akten fehlt syncAngefordert',
      'no delivery can be shown: the Akten lack syncAngefordert',
    ),
    noRequestFieldAdvice: say(
      'Die Erweiterung aktualisieren, oder die Abbildung um syncAngefordert ergänzen',
      'Update the extension, or add syncAngefordert to the mapping',
    ),
  }
}
