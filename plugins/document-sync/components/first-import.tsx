import { type FC, useState } from 'react'
import type { Akten } from '../../../services/api/akten-view'
import { api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'

interface Props {
  akten: Akten
  run: Run
}

/** The first import: what is left to begin, and how far it is; nothing once it is over and seen to. */
export const FirstImport: FC<Props> = ({ akten: { freshness, firstImport }, run }) => {
  const { sweep } = useText()
  const [isAsking, setIsAsking] = useState(false)
  const isUnderWay = firstImport !== null && firstImport.finishedAt === null
  const never = freshness?.never ?? 0
  const say = sweep.actions
  if (!isUnderWay && never === 0) return null
  return (
    <div className="ds-banner" data-testid="first-import">
      <span>{isUnderWay ? sweep.firstImport(firstImport) : sweep.never(never)}</span>
      {!isUnderWay && (
        <Button needs="operate" onClick={() => setIsAsking(true)}>
          {say.start}
        </Button>
      )}
      {isUnderWay && firstImport.paused === null && (
        <Button
          needs="operate"
          onClick={() => run(say.paused, () => api.importAll(true, sweep.pausedByPerson))}
        >
          {say.pause}
        </Button>
      )}
      {isUnderWay && firstImport.paused !== null && (
        <Button needs="operate" kind="primary" onClick={() => run(say.started, () => api.importAll(false))}>
          {say.resume}
        </Button>
      )}
      {isAsking && (
        <ConfirmDialog
          title={say.confirm(never)}
          action={say.start}
          onConfirm={() => run(say.started, () => api.importAll(false))}
          onClose={() => setIsAsking(false)}
        >
          <p>{say.consequence}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
