import type { FC, ReactNode } from 'react'
import './nodes.css'

/** Facts about a node, line by line. */
export const Facts: FC<{ of: [name: string, fact: ReactNode][] }> = ({ of }) => (
  <dl className="ds-node-facts">
    {of.map(([name, fact]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{fact}</dd>
      </div>
    ))}
  </dl>
)

/** A literal name: a Redis key, a topic, a route. */
export const Code: FC<{ children: ReactNode }> = ({ children }) => (
  <code className="ds-node-code">{children}</code>
)

/** Live numbers; `–` while unknown. */
export const Numbers: FC<{
  of: [label: string, value: number | string | null | undefined, isBad?: boolean][]
}> = ({ of }) => (
  <ul className="ds-node-numbers">
    {of.map(([label, value, isBad]) => (
      <li key={label} className={isBad ? 'ds-node-bad' : ''}>
        <b>{value ?? '–'}</b>
        <span>{label}</span>
      </li>
    ))}
  </ul>
)

/** Whether a system answers. */
export const Reachable: FC<{ isThere: boolean | null }> = ({ isThere }) => (
  <p className={isThere === false ? 'ds-node-lamp ds-node-bad' : 'ds-node-lamp'}>
    <span className={`ds-node-dot ${isThere === null ? '' : isThere ? 'ds-node-on' : 'ds-node-off'}`} />
    {isThere === null ? 'unknown' : isThere ? 'answers' : 'does not answer; its Akten wait'}
  </p>
)
