import { type FC, useState } from 'react'
import { api } from '../api'
import { useText } from '../text'
import { useAnswer } from '../use-answer'
import { Button } from './button'
import { FilesTable } from './files-table'

/** What a sync would do now, without doing it. */
export const PlanView: FC<{ aktennummer: string }> = ({ aktennummer }) => {
  const { text, formats } = useText()
  const [round, setRound] = useState(0)
  const answer = useAnswer(() => api.plan(aktennummer), `${aktennummer} ${round}`)
  if (answer.state === 'asking') return <p aria-busy="true">{text.plan.asking}</p>
  const again = (
    <p>
      <Button onClick={() => setRound(round + 1)}>{text.plan.again}</Button>
    </p>
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
          ? text.plan.nothing(files.length)
          : text.plan.some(moving.length, files.length, formats.bytes(bytes))}
      </p>
      {moving.length > 0 && <FilesTable files={moving.map((file) => ({ ...file, reason: file.message }))} />}
      {again}
    </>
  )
}
