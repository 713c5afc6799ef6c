import { type FC, useState } from 'react'
import { api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { Button } from './button'
import { Dialog } from './dialog'

interface Props {
  aktennummer: string
  onClose: () => void
  run: Run
}

/** Asks why everything of an Akte is to be kept. */
export const HoldDialog: FC<Props> = ({ aktennummer, onClose, run }) => {
  const { text, purge } = useText()
  const [reason, setReason] = useState('')
  return (
    <Dialog title={purge.dialog.holdTitle(aktennummer)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          void run(purge.hold.placed(aktennummer), () => api.hold(aktennummer, true, reason))
        }}
      >
        <p>{purge.dialog.holdConsequence}</p>
        <label htmlFor="ds-hold-reason">{purge.dialog.holdReason}</label>
        <textarea
          id="ds-hold-reason"
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="ds-actions ds-right">
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button type="submit" kind="primary" disabled={reason.trim() === ''}>
            {purge.dialog.holdAction}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
