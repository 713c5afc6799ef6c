// Tests every connection and says what to do about each finding.
import { languageOf, loadConfig } from '../services/config'
import { examine, settingFindings } from '../services/doctor/doctor'
import { ConfigError } from '../services/errors'
import { type Finding, findingLines, hasErrors } from '../services/model/finding'
import { terminalText } from '../services/text/terminal'
import { visibleFields } from '../services/visible-text'
import { defineCommand, ENV_FILE, EXIT, printJson, readDotEnv, runAlone, terminalContext } from './command'

/** The findings; settings that are missing or malformed are findings as well. */
async function findAll(aktennummer: string | undefined): Promise<Finding[]> {
  try {
    readDotEnv() // its mistakes are findings, too
    return await examine(terminalContext(), loadConfig(), aktennummer, ENV_FILE)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return settingFindings(error, languageOf(), ENV_FILE)
  }
}

export const command = defineCommand(
  'doctor',
  'Tests every connection, and says what to do about each finding',
  [
    ['doctor', 'ends with 1 when something keeps the sync from working'],
    ['doctor --akte 123/24', 'asks Windows and Advoware for this Akte'],
  ],
)
  .option('--akte <aktennummer>', 'an Akte that all systems have')
  .option('--json', 'for machines')
  .action(async ({ akte, json }: { akte?: string; json?: true }) => {
    const findings = visibleFields(await findAll(akte))
    if (json) printJson(findings)
    else {
      for (const line of findingLines(findings)) console.log(line)
      const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
      console.log(`\n${terminalText(languageOf()).doctor.counts(count('error'), count('warning'))}`)
    }
    if (hasErrors(findings)) process.exitCode = EXIT.failed
  })

await runAlone(import.meta, command)
