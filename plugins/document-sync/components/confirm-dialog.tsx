import { Button } from '@motiadev/ui'
import type { FC, PropsWithChildren } from 'react'
import { Dialog } from './dialog'

interface Props {
  title: string
  /** What the button does, as a verb. */
  action: string
  isDangerous?: boolean
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** Explains what will happen and asks for confirmation. */
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
    <div className="ds-actions">
      <Button variant="outline" onClick={onClose}>
        Cancel
      </Button>
      <Button
        variant={isDangerous ? 'destructive' : 'default'}
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
