import type { Config } from '../config'
import { secretFileProblem } from '../env-file'
import { type Finding, Findings } from '../model/finding'

/** Only this user, and a group that is meant, can read the files that hold secrets. */
export async function checkSecretFiles({ espo }: Config, envFile = '.env'): Promise<Finding[]> {
  const findings = new Findings('Secrets')
  for (const path of [envFile, espo.webhookSecretsFile]) {
    const problem = await secretFileProblem(path)
    if (problem !== null) findings.warning(problem, `chmod 600 ${path}`)
  }
  return findings.all
}
