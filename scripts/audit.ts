// The audit log: npm run audit -- verify [--json]. Reads only; needs no other setting than SYNC_AUDIT_DIR.
// Ends with 0: intact · 1: not as it was written · 2: wrong usage
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type AuditVerdict, verifyAudit } from '../services/audit/audit-verify'
import { describeError } from '../services/errors'

const USAGE = 'Usage: npm run audit -- verify [--json]'

function readArguments(): { json: boolean } {
  try {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (positionals.join(' ') === 'verify') return { json: values.json }
  } catch (error) {
    console.error(describeError(error))
  }
  console.error(USAGE)
  process.exit(2)
}

function tell({ file, lines, broken, torn, end }: AuditVerdict): string {
  if (broken) return `❌ ${file}: line ${broken.line} ${broken.why}; the ${lines} lines before are intact`
  const rests = torn.length > 0 ? `; a crash cut off line ${torn.join(', ')}` : ''
  return `✅ ${file}: ${lines} lines intact${rests}\n   end ${end}`
}

const { json } = readArguments()
if (existsSync('.env')) process.loadEnvFile('.env') // never replaces what is set
const directory = process.env.SYNC_AUDIT_DIR?.trim() || 'audit'
const verdicts = await verifyAudit(directory)
if (json) console.log(JSON.stringify(verdicts, null, 2))
else if (verdicts.length === 0) console.log(`No audit log in ${directory}`)
else console.log(verdicts.map(tell).join('\n'))
process.exitCode = verdicts.some(({ broken }) => broken !== null) ? 1 : 0
