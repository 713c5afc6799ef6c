import Table from 'cli-table3'
import { visible } from '../services/visible-text'
import { width } from './columns'

/** Columns and nothing else: no lines to draw, easy to read and to cut. */
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle']
    .flatMap((part) => [part, `${part}-mid`, `${part}-left`, `${part}-right`])
    .map((part) => [part, '']),
)
const WITHOUT_A_TERMINAL = 140
const SMALLEST_LAST = 20

/** A table for the terminal; its last column takes what room is left and wraps. */
export function tableOf(head: readonly string[], rows: string[][]): string {
  const clean = rows.map((row) => row.map(inOneLine))
  const widths = head.map(
    (title, at) => Math.max(width(title), ...clean.map((row) => width(row[at] ?? ''))) + 2,
  )
  const taken = widths.slice(0, -1).reduce((sum, one) => sum + one, 0)
  const room = (process.stdout.columns ?? WITHOUT_A_TERMINAL) - taken
  const table = new Table({
    head: [...head],
    colWidths: [...widths.slice(0, -1), Math.max(SMALLEST_LAST, room)],
    wordWrap: true,
    chars: NO_LINES,
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], compact: true, 'padding-left': 0 },
  })
  table.push(...clean)
  return table.toString()
}

/** Names come from Redis and from people: no control characters for the terminal. */
const inOneLine = (text: string) => visible(text.replace(/\s+/g, ' '))
