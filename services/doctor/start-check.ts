import type { Config } from '../config'
import { foldersOf, tryFolder } from '../content/folder-state'
import { secretFileProblem } from '../env-file'
import { doctorText } from '../text/doctor'
import { systemReason } from '../text/network'
import { envFileWarnings } from './env-check'

/**
 * Says at the start of a server or worker what looks like a mistake in `.env`, which folder cannot be written, and which
 * file of secrets is open to others. It starts all the same: a full disk may be emptied.
 */
export async function checkAtStart(settings: Config): Promise<void> {
  const { language } = settings.sync
  for (const warning of envFileWarnings('.env', language)) console.warn(`⚠️  ${warning}`)
  const { disk } = doctorText(language)
  for (const { path, setting } of foldersOf(settings)) {
    const state = await tryFolder(path)
    if (state.ok) continue
    const why = systemReason(state.code, language)
    console.error(`❌ ${disk.failed(disk.names[setting], path, why ? `${why} (${state.code})` : state.code)}`)
    console.error(`   ${disk.failedAdvice(setting)}`)
  }
  const secrets = ['.env', settings.espo.webhookSecretsFile, settings.admin.usersFile]
  for (const path of secrets.filter((one) => one !== undefined)) {
    const problem = await secretFileProblem(path)
    if (problem !== null) console.warn(`⚠️  ${problem}: chmod 600 ${path}`)
  }
}
