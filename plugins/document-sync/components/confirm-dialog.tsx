import type { FC, PropsWithChildren } from 'react'
import { useText } from '../text'
import { Button } from './button'
import { Dialog } from './dialog'

interface Props {
  title: string
  /** What the button does, as a verb. */
  action: string
  isDangerous?: boolean
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** Says what will happen before it does. */
export const ConfirmDialog: FC<PropsWithChildren<Props>> = ({
  title,
  action,
  isDangerous,
  onConfirm,
  onClose,
  children,
}) => (
  <Dialog title={title} onClose={onClose}>
    {children}
    <div className="ds-actions ds-right">
      <Button onClick={onClose}>{useText().text.actions.cancel}</Button>
      <Button
        kind={isDangerous ? 'danger' : 'primary'}
        onClick={() => {
          onClose()
          void onConfirm()
        }}
      >
        {action}
      </Button>
    </div>
  </Dialog>
)
