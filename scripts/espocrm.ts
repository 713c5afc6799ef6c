// What the sync needs from EspoCRM: npm run espocrm -- check | setup
// Exit codes: 0 it has everything · 1 it lacks something, or does not answer · 2 wrong usage
import { checkEspo } from '../services/doctor/espo-check'
import { findingLines, hasErrors } from '../services/model/finding'
import { WebhookRegistry } from '../services/webhooks/webhook-registry'
import { openTerminal, runCommand } from './command'

const USAGE = `npm run espocrm -- check   says what EspoCRM lacks: rights, entities, fields, webhooks
npm run espocrm -- setup   creates or repairs the webhooks, keeps their secrets, then checks`

await runCommand(async () => {
  const [command] = process.argv.slice(2)
  if (command !== 'check' && command !== 'setup') {
    console.error(USAGE)
    process.exitCode = 2
    return
  }
  const { config, context } = openTerminal()
  if (command === 'setup') {
    for (const line of await new WebhookRegistry(context, config.espo).setUp()) console.log(`🔔 ${line}`)
    console.log(
      `🔑 The secrets are in ${config.espo.webhookSecretsFile}, which the server reads for every delivery`,
    )
  }
  const findings = await checkEspo(context, config)
  for (const line of findingLines(findings)) console.log(line)
  if (hasErrors(findings)) process.exitCode = 1
})
