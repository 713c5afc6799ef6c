import { Archive } from '../../services/content/archive'
import { contentOf } from '../../services/content/spool'
import { silentContext } from './context'

// One of several processes that archive one content: store-version.ts <folder> <file> <size> <hash> <name> <times>
const [folder = '', file = '', size = '0', hash = '', name = '', times = '0'] = process.argv.slice(2)
const archive = new Archive(silentContext, folder)
for (let i = 0; i < Number(times); i++) {
  await archive.store(contentOf(file, Number(size), hash), {
    aktennummer: '12345',
    path: `${name}-${i}.docx`,
    document: null,
    side: 'Windows',
    windowsHash: hash,
    espoHash: null,
    windowsModified: null,
    espoContentTime: null,
    kind: 'conflict',
    decision: 'UPLOAD_WINDOWS',
    reason: 'conflict, EspoCRM is newer',
    archivedAt: new Date().toISOString(),
  })
}
