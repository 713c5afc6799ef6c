import { AuditLog } from '../../services/audit/audit-log'
import { systemClock } from '../../services/clock'

// One of several processes that write one audit log: append-audit.ts <folder> <name> <lines>
const [folder = '', name = '', lines = '0'] = process.argv.slice(2)
const log = new AuditLog(folder, systemClock)
const entry = { run: name, aktennummer: '12345', document: null, side: 'EspoCRM', action: 'CREATE' } as const
for (let i = 0; i < Number(lines); i++) {
  const path = `${name}-${i}.docx`
  const time = new Date().toISOString()
  await log.append({ ...entry, time, path, reason: 'new file in Windows', hashBefore: null, hashAfter: null })
  console.log(path)
}
