import type { ButtonHTMLAttributes, FC } from 'react'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: what one mostly wants; `danger`: what one had better think about. */
  kind?: 'primary' | 'danger' | 'plain' | 'quiet'
}

/** A button in the page's own colours; the Workbench's are not there on `/office`. */
export const Button: FC<Props> = ({ kind = 'plain', className = '', type = 'button', ...rest }) => (
  <button type={type} className={`ds-button ds-${kind} ${className}`} {...rest} />
)
