import { type FC, useState } from 'react'
import type { PurgeReceipt } from '../../../services/model/purge'
import { api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { useAnswer } from '../use-answer'
import { Button } from './button'
import { Dialog } from './dialog'

interface Props {
  aktennummer: string
  /** `isDone`: the Akte is purged, nothing is known of it any more. */
  onClose: (isDone: boolean) => void
  run: Run
}

/** Lists what goes, asks for the reason, purges, and shows the receipt. */
export const PurgeDialog: FC<Props> = ({ aktennummer, onClose, run }) => {
  const { text, purge } = useText()
  const preview = useAnswer(() => api.previewPurge(aktennummer), aktennummer)
  const [reason, setReason] = useState('')
  const [isForced, setIsForced] = useState(false)
  const [isPurging, setIsPurging] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [receipt, setReceipt] = useState<PurgeReceipt | null>(null)
  if (receipt !== null) return <Receipt receipt={receipt} onClose={() => onClose(true)} />
  const close = () => onClose(false)

  const obstacles = preview.state === 'answered' ? preview.value.obstacles : []
  const isBarred = obstacles.some(({ kind }) => kind !== 'to be synced' || !isForced)
  const isReady = preview.state === 'answered' && !isBarred && reason.trim() !== '' && !isPurging
  const submit = async () => {
    setIsPurging(true)
    setProblem(null)
    await run(purge.dialog.done(aktennummer), async () => {
      try {
        setReceipt(await api.purge(aktennummer, reason, isForced))
      } catch (error) {
        setProblem((error as Error).message) // the page's own message lies behind the dialog
        throw error
      }
    })
    setIsPurging(false)
  }

  return (
    <Dialog title={purge.dialog.title(aktennummer)} onClose={close}>
      {preview.state === 'asking' && <p aria-busy="true">{purge.dialog.asking}</p>}
      {preview.state === 'failed' && <p role="alert">{preview.reason}</p>}
      {preview.state === 'answered' && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void submit()
          }}
        >
          <p>{purge.preview(aktennummer)}</p>
          <ul>
            {purge.counts(preview.value.counts).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          {preview.value.counts.shared > 0 && <p>{purge.stays(preview.value.counts.shared)}</p>}
          <p>{purge.untouched}</p>
          {obstacles.map((obstacle) => (
            <p key={obstacle.kind} className="ds-banner ds-warning">
              {purge.obstacle(aktennummer, obstacle)}
            </p>
          ))}
          {obstacles.some(({ kind }) => kind === 'to be synced') && (
            <p>
              <label>
                <input
                  type="checkbox"
                  checked={isForced}
                  onChange={(event) => setIsForced(event.target.checked)}
                />{' '}
                {purge.dialog.force}
              </label>
            </p>
          )}
          {isForced && <p>{purge.forceFollows}</p>}
          <label htmlFor="ds-purge-reason">{purge.dialog.reason}</label>
          <textarea
            id="ds-purge-reason"
            rows={2}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          {problem !== null && (
            <p role="alert" className="ds-problem">
              {problem}
            </p>
          )}
          <div className="ds-actions ds-right">
            <Button onClick={close}>{text.actions.cancel}</Button>
            <Button type="submit" kind="danger" disabled={!isReady}>
              {purge.dialog.action}
            </Button>
          </div>
        </form>
      )}
      {preview.state !== 'answered' && (
        <div className="ds-actions ds-right">
          <Button onClick={close}>{text.actions.cancel}</Button>
        </div>
      )}
    </Dialog>
  )
}

const Receipt: FC<{ receipt: PurgeReceipt; onClose: () => void }> = ({ receipt, onClose }) => {
  const { purge } = useText()
  const { aktennummer, counts, purge: id, proof } = receipt
  return (
    <Dialog title={purge.receipt(aktennummer)} onClose={onClose}>
      <ul>
        {purge.counts(counts).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p className="ds-text">{purge.proof(id, proof)}</p>
      <div className="ds-actions ds-right">
        <Button kind="primary" onClick={onClose}>
          {purge.dialog.close}
        </Button>
      </div>
    </Dialog>
  )
}
