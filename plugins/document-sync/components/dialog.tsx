import { type FC, type PropsWithChildren, useEffect, useRef } from 'react'

/** A modal dialog: the browser traps the focus inside, Escape closes it, and the focus returns to where it was. */
export const Dialog: FC<PropsWithChildren<{ title: string; onClose: () => void }>> = ({
  title,
  onClose,
  children,
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => (before as HTMLElement | null)?.focus?.()
  }, [])
  return (
    <dialog ref={dialog} className="ds-dialog" aria-labelledby="ds-dialog-title" onClose={onClose}>
      <h2 id="ds-dialog-title">{title}</h2>
      {children}
    </dialog>
  )
}
