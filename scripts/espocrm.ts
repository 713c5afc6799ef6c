// What the sync needs of EspoCRM: check, setup, inspect.
import { existsSync } from 'node:fs'
import { Option } from 'commander'
import type { Config } from '../services/config'
import { writeDurably } from '../services/content/durable-file'
import { checkEspo } from '../services/doctor/espo-check'
import { type InspectLine, inspectEspo } from '../services/doctor/espo-inspect'
import { probeEspo } from '../services/doctor/espo-probe'
import { describeError, InvalidInputError } from '../services/errors'
import { EspoClient } from '../services/espo/espo-client'
import { MAPPING_FILE, parseMapping } from '../services/espo-mapping'
import { type Finding, Findings, findingLines, hasErrors } from '../services/model/finding'
import type { ServiceContext } from '../services/model/service-context'
import { inspectText } from '../services/text/inspect'
import { terminalText } from '../services/text/terminal'
import { visible, visibleFields, visibleJson } from '../services/visible-text'
import { proveDelivery } from '../services/webhooks/delivery-proof'
import { WebhookRegistry } from '../services/webhooks/webhook-registry'
import { defineCommand, EXIT, openRedis, openTerminal, printJson, runAlone, wholeNumber } from './command'

/** What `check` and `setup` may be told. */
interface CheckOptions {
  json?: boolean
  /** Seconds that EspoCRM's delivery is waited for. */
  wait: number
}

/** EspoCRM delivers every two to five minutes. */
const DELIVERY_SECONDS = 360

async function tellFindings(
  context: ServiceContext,
  config: Config,
  done: string[],
  { json = false, wait }: CheckOptions,
): Promise<void> {
  const found = await checkEspo(context, config)
  const isProvable = wait > 0 && config.espo.webhookUrl !== undefined && !hasErrors(found)
  const proof = isProvable ? await proofOfDelivery(context, config, wait) : []
  const findings = visibleFields([...found, ...proof])
  if (json) printJson({ done, findings })
  else for (const line of findingLines(findings)) console.log(line)
  if (hasErrors(findings)) process.exitCode = EXIT.failed
}

/** A delivery that arrives, or why that cannot be shown; never an exception: it is one finding among others. */
async function proofOfDelivery(context: ServiceContext, config: Config, wait: number): Promise<Finding[]> {
  const onWait = (line: string) => console.error(`⏳ ${visible(line)}`)
  try {
    return await openRedis(config, (redis) =>
      proveDelivery(context, config, { redis, waitMs: wait * 1000, onWait }),
    )
  } catch (error) {
    const { noProof, noProofAdvice } = terminalText(config.sync.language).espocrm
    const findings = new Findings('EspoCRM')
    findings.warning(noProof(describeError(error)), noProofAdvice)
    return findings.all
  }
}

const waitOption = () =>
  new Option('--wait <seconds>', 'how long a delivery of EspoCRM is waited for; 0: not at all')
    .argParser(wholeNumber(0))
    .default(DELIVERY_SECONDS)

const check = defineCommand('check', 'Says what EspoCRM lacks: rights, entities, fields, webhooks', [
  ['espocrm check', 'has EspoCRM report a change of one Akte, which takes minutes'],
  ['espocrm check --wait 0', 'does not wait for that'],
])
  .option('--json', 'for machines')
  .addOption(waitOption())
  .action(async (options: CheckOptions) => {
    const { config, context } = openTerminal()
    await tellFindings(context, config, [], options)
  })

const setup = defineCommand('setup', 'Creates or repairs the webhooks, keeps their secrets, then checks', [
  ['espocrm setup', 'wants ESPOCRM_WEBHOOK_URL'],
])
  .option('--json', 'for machines')
  .addOption(waitOption())
  .action(async (options: CheckOptions) => {
    const { config, context } = openTerminal()
    const registry = new WebhookRegistry(context, config.espo, config.sync.language)
    const done = visibleFields(await registry.setUp())
    if (!options.json) {
      for (const line of done) console.log(`🔔 ${line}`)
      console.log(
        `🔑 ${terminalText(config.sync.language).espocrm.secretsIn(config.espo.webhookSecretsFile)}`,
      )
    }
    await tellFindings(context, config, done, options)
  })

const MARKS: Record<InspectLine['level'], string> = { found: '✅', guessed: '❓', missing: '❌' }

const inspect = defineCommand('inspect', 'Proposes a mapping for this EspoCRM from its metadata', [
  ['espocrm inspect', 'reads only'],
  ['espocrm inspect --probe --write', 'also tries the hooks, and saves the proposal'],
])
  .option('--probe', 'make a test document without an Akte, look what hooks do to it, and remove it')
  .option('--write', `save the proposal as ESPOCRM_MAPPING or ${MAPPING_FILE}, never over a file`)
  .option('--json', 'for machines')
  .action(async (options: { probe?: boolean; write?: boolean; json?: boolean }) => {
    const { config, context } = openTerminal()
    const { language } = config.sync
    const text = inspectText(language)
    const file = config.espo.mappingFile ?? MAPPING_FILE
    if (options.write && existsSync(file)) throw new InvalidInputError(text.isThere(file))
    const client = new EspoClient(context, config.espo)
    const proposal = await inspectEspo(client, language)
    const { mapping, lines, isExtension } = proposal
    if (options.probe) lines.push(...(await probeEspo(client, mapping, language)))
    const json = `${JSON.stringify(mapping, null, 2)}\n`
    const parsed = parseMapping(json, file)
    const problems = 'problems' in parsed ? parsed.problems : []
    if (problems.length > 0) process.exitCode = EXIT.failed
    if (options.write) await writeDurably(file, json)
    if (options.json) return printJson({ ...proposal, problems })
    for (const line of lines)
      console.log(`${MARKS[line.level]} ${text.levels[line.level]} ${visible(`${line.about}: ${line.text}`)}`)
    for (const problem of problems) console.log(`❌ ${visible(text.fillIn(problem))}`)
    if (isExtension) console.log(`\n${text.isExtension}`)
    else if (!options.write) console.log(`\n${visibleJson(mapping, 2)}\n\n${text.unsaved(file)}`)
    if (options.write) console.log(`\n💾 ${text.saved(file)}`)
    const { akte, dokument } = mapping
    const isAdding = [akte, dokument].some(({ attributes }) =>
      Object.values(attributes).some(({ add }) => add),
    )
    if (isAdding) console.log(text.build(file))
  })

export const command = defineCommand('espocrm', 'What the sync needs of EspoCRM')
  .addCommand(check)
  .addCommand(setup)
  .addCommand(inspect)

await runAlone(import.meta, command)
