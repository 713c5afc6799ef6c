// What the sync needs of EspoCRM: check, setup.
import type { Config } from '../services/config'
import { checkEspo } from '../services/doctor/espo-check'
import { findingLines, hasErrors } from '../services/model/finding'
import type { ServiceContext } from '../services/model/service-context'
import { terminalText } from '../services/text/terminal'
import { WebhookRegistry } from '../services/webhooks/webhook-registry'
import { defineCommand, EXIT, openTerminal, printJson, runAlone } from './command'

async function tellFindings(
  context: ServiceContext,
  config: Config,
  done: string[],
  json: boolean,
): Promise<void> {
  const findings = await checkEspo(context, config)
  if (json) printJson({ done, findings })
  else for (const line of findingLines(findings)) console.log(line)
  if (hasErrors(findings)) process.exitCode = EXIT.failed
}

const check = defineCommand('check', 'Says what EspoCRM lacks: rights, entities, fields, webhooks', [
  ['espocrm check', 'reads only'],
])
  .option('--json', 'for machines')
  .action(async ({ json = false }: { json?: boolean }) => {
    const { config, context } = openTerminal()
    await tellFindings(context, config, [], json)
  })

const setup = defineCommand('setup', 'Creates or repairs the webhooks, keeps their secrets, then checks', [
  ['espocrm setup', 'wants ESPOCRM_WEBHOOK_URL'],
])
  .option('--json', 'for machines')
  .action(async ({ json = false }: { json?: boolean }) => {
    const { config, context } = openTerminal()
    const done = await new WebhookRegistry(context, config.espo).setUp()
    if (!json) {
      for (const line of done) console.log(`🔔 ${line}`)
      console.log(
        `🔑 ${terminalText(config.sync.language).espocrm.secretsIn(config.espo.webhookSecretsFile)}`,
      )
    }
    await tellFindings(context, config, done, json)
  })

export const command = defineCommand('espocrm', 'What the sync needs of EspoCRM')
  .addCommand(check)
  .addCommand(setup)

await runAlone(import.meta, command)
