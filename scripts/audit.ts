// The audit log: npm run audit -- verify [--json]          has it been changed since it was written?
//                npm run audit -- show <Aktennummer>        every change to a document of that Akte, one JSON line each
// Only reads; needs no setting except SYNC_AUDIT_DIR.
// Exit codes: 0 intact or shown · 1 changed since it was written · 2 wrong usage
import { parseArgs } from 'node:util'
import { readAudit } from '../services/audit/audit-reader'
import { type AuditVerdict, verifyAudit } from '../services/audit/audit-verify'
import { auditDirectory } from '../services/config'
import { loadDotEnv, readArguments, runCommand } from './command'

const USAGE = `Usage: npm run audit -- verify [--json]
       npm run audit -- show <Aktennummer>`

function tell({ file, lines, broken, torn, end }: AuditVerdict): string {
  if (broken) return `❌ ${file}: line ${broken.line} ${broken.why}; the ${lines} lines before are intact`
  const cut = torn.length > 0 ? `; a crash cut off line ${torn.join(', ')}` : ''
  return `✅ ${file}: ${lines} lines intact${cut}\n   end ${end}`
}

const asked = readArguments(USAGE, () => {
  const options = { json: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [command, akte, ...more] = positionals
  if (command === 'verify' && akte === undefined) return { akte: null, json: values.json }
  return command === 'show' && akte !== undefined && more.length === 0 ? { akte, json: true } : undefined
})
loadDotEnv()
const directory = auditDirectory()

await runCommand(async () => {
  if (asked.akte !== null) {
    for await (const line of readAudit(directory)) {
      if (line.aktennummer === asked.akte) console.log(JSON.stringify(line))
    }
    return
  }
  const verdicts = await verifyAudit(directory)
  if (asked.json) console.log(JSON.stringify(verdicts, null, 2))
  else if (verdicts.length === 0) console.log(`No audit log in ${directory}`)
  else console.log(verdicts.map(tell).join('\n'))
  if (verdicts.some(({ broken }) => broken !== null)) process.exitCode = 1
})
