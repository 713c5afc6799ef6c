// Tests every connection and says how to fix each finding: npm run doctor [-- --akte 123/24] [--json]
// Exit codes: 0 nothing prevents the sync from working · 1 something does
import { parseArgs } from 'node:util'
import { examine } from '../services/doctor/doctor'
import { ConfigError } from '../services/errors'
import { type Finding, findingLines, hasErrors } from '../services/model/finding'
import { openTerminal, runCommand } from './command'

/** The findings; settings that are missing or malformed are findings as well. */
async function findAll(aktennummer: string | undefined): Promise<Finding[]> {
  try {
    const { config, context } = openTerminal()
    return await examine(context, config, aktennummer)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const advice = 'Correct it in .env; .env.example says what each setting is'
    return error.problems.map((text) => ({ level: 'error', about: 'Settings', text, advice }))
  }
}

await runCommand(async () => {
  const { values } = parseArgs({ options: { akte: { type: 'string' }, json: { type: 'boolean' } } })
  const findings = await findAll(values.akte)
  if (values.json) console.log(JSON.stringify(findings, null, 2))
  else {
    for (const line of findingLines(findings)) console.log(line)
    const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
    console.log(`\n${count('error')} error(s), ${count('warning')} warning(s)`)
  }
  if (hasErrors(findings)) process.exitCode = 1
})
