import { Button } from '@motiadev/ui'
import { type FC, useState } from 'react'
import { formatBytes } from '../../../services/format'
import { api } from '../api'
import { useAnswer } from '../use-answer'
import { FilesTable } from './files-table'

/** What a sync would do now, without executing it. */
export const PlanView: FC<{ aktennummer: string }> = ({ aktennummer }) => {
  const [round, setRound] = useState(0)
  const answer = useAnswer(() => api.plan(aktennummer), `${aktennummer} ${round}`)
  if (answer.state === 'asking') return <p aria-busy="true">Reading all three systems …</p>
  const again = (
    <Button size="sm" variant="outline" onClick={() => setRound(round + 1)}>
      Plan again
    </Button>
  )
  if (answer.state === 'failed') {
    return (
      <div role="alert">
        <p>{answer.reason}</p>
        {again}
      </div>
    )
  }
  const { message, files } = answer.value
  const moving = files.filter(({ outcome }) => outcome !== 'nothing')
  const bytes = moving.reduce((sum, file) => sum + file.bytes, 0)
  return (
    <>
      {message && <p className="ds-banner ds-warning">{message}</p>}
      <p>
        {moving.length === 0
          ? `Nothing to do: ${files.length} files are in agreement.`
          : `${moving.length} of ${files.length} files, ${formatBytes(bytes)} to transfer. Nothing was changed.`}
      </p>
      {moving.length > 0 && <FilesTable files={moving.map((file) => ({ ...file, reason: file.message }))} />}
      {again}
    </>
  )
}
