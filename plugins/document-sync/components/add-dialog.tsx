import { type FC, useState } from 'react'
import { splitAktennummern } from '../../../services/model/aktennummer'
import { type Accepted, api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { Button } from './button'
import { Dialog } from './dialog'

/** Adds Aktennummern: one, or hundreds out of a spreadsheet. What is none stays in the field. */
export const AddDialog: FC<{ onClose: () => void; run: Run }> = ({ onClose, run }) => {
  const { text } = useText()
  const [typed, setTyped] = useState('')
  const [rejected, setRejected] = useState<Accepted['rejected']>([])
  const aktennummern = splitAktennummern(typed)

  const submit = async () => {
    let answer: Accepted = { accepted: [], rejected: [] }
    const isDone = await run(
      () => text.add.answer(answer.isNew ?? 0, answer.known ?? 0),
      async () => {
        answer = await api.syncMany(aktennummern)
      },
    )
    if (!isDone) return
    if (answer.rejected.length === 0) return onClose()
    setRejected(answer.rejected)
    setTyped(answer.rejected.map(({ aktennummer }) => aktennummer).join('\n'))
  }

  return (
    <Dialog title={text.add.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <label htmlFor="ds-add">{text.add.label}</label>
        <textarea
          id="ds-add"
          rows={8}
          value={typed}
          placeholder={'12345\n124/24'}
          aria-describedby="ds-add-help"
          onChange={(event) => setTyped(event.target.value)}
        />
        <p
          id="ds-add-help"
          role={rejected.length > 0 ? 'alert' : undefined}
          className={rejected.length > 0 ? 'ds-problem' : 'ds-note'}
        >
          {rejected.length > 0 ? text.add.rejected(rejected.length) : text.add.count(aktennummern.length)}
        </p>
        <div className="ds-actions ds-right">
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button type="submit" kind="primary" disabled={aktennummern.length === 0}>
            {text.add.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
