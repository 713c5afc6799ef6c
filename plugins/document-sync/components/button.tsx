import type { ButtonHTMLAttributes, FC } from 'react'
import type { Role } from '../../../services/model/administrator'
import { isOffered } from '../viewer'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: what one mostly wants; `danger`: what one had better think about. */
  kind?: 'primary' | 'danger' | 'plain' | 'quiet'
  /** The role that it is for; whoever has less does not see it. */
  needs?: Role
}

/** A button in the page's own colours; the Workbench's are not there on `/office`. */
export const Button: FC<Props> = ({
  kind = 'plain',
  needs = 'read',
  className = '',
  type = 'button',
  ...rest
}) =>
  isOffered(needs) ? <button type={type} className={`ds-button ds-${kind} ${className}`} {...rest} /> : null
