import { Button } from '@motiadev/ui'
import { type FC, useState } from 'react'
import { type Accepted, api } from '../api'
import { splitAktennummern } from '../split-aktennummern'
import type { Run } from '../use-announcer'
import { Dialog } from './dialog'

/** Adds Aktennummern: one, or hundreds pasted from a spreadsheet. Invalid ones stay in the field. */
export const AddDialog: FC<{ onClose: () => void; run: Run }> = ({ onClose, run }) => {
  const [text, setText] = useState('')
  const [rejected, setRejected] = useState<Accepted['rejected']>([])
  const aktennummern = splitAktennummern(text)

  const submit = async () => {
    let answer: Accepted = { accepted: [], rejected: [] }
    const isDone = await run(`${countOf(aktennummern.length)} sent`, async () => {
      answer = await api.syncMany(aktennummern)
    })
    if (!isDone) return
    if (answer.rejected.length === 0) return onClose()
    setRejected(answer.rejected)
    setText(answer.rejected.map(({ aktennummer }) => aktennummer).join('\n'))
  }

  return (
    <Dialog title="Add Akten" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <label htmlFor="ds-add">Aktennummern, separated by line breaks, commas or blanks</label>
        <textarea
          id="ds-add"
          rows={8}
          value={text}
          placeholder={'12345\n124/24'}
          aria-describedby="ds-add-help"
          onChange={(event) => setText(event.target.value)}
        />
        <p
          id="ds-add-help"
          role={rejected.length > 0 ? 'alert' : undefined}
          className={rejected.length > 0 ? 'ds-problem' : ''}
        >
          {rejected.length > 0
            ? `${countOf(rejected.length)} could not be added: this is not an Aktennummer (letters, digits, / - . _, at most 32).`
            : `${countOf(aktennummern.length)}`}
        </p>
        <div className="ds-actions">
          <Button type="button" variant="outline" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={aktennummern.length === 0}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const countOf = (count: number) => (count === 1 ? '1 Aktennummer' : `${count} Aktennummern`)
