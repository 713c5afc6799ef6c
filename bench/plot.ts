import type { AkteFigure } from './akte'

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [860, 480, 70, 40, 190, 60]
const COLOURS = ['#0b6bcb', '#6b7280', '#c2410c', '#15803d', '#7e22ce']

/** Time over number of files for each contestant, both logarithmic: first syncs solid, unchanged runs dashed. */
export function plotTimes(figures: AkteFigure[], roundTripMs: number): string {
  const shown = figures.filter(
    (one) => one.roundTripMs === roundTripMs && ['first sync', 'unchanged'].includes(one.case),
  )
  const contestants = [...new Set(shown.map(({ contestant }) => contestant))]
  const counts = [...new Set(shown.map(({ files }) => files))].sort((a, b) => a - b)
  const scale = (values: number[], from: number, to: number) => {
    const [low, high] = [
      Math.floor(Math.log10(Math.min(...values))),
      Math.ceil(Math.log10(Math.max(...values))),
    ]
    const at = (value: number) => from + ((Math.log10(value) - low) / (high - low || 1)) * (to - from)
    const marks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
    return { at, marks }
  }
  const x = scale(counts, LEFT, WIDTH - RIGHT)
  const y = scale(
    shown.map(({ ms }) => ms / 1000),
    HEIGHT - BOTTOM,
    TOP,
  )
  const text = (at: [number, number], content: string, anchor = 'middle') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${content}</text>`
  const grid = [
    ...x.marks.map((mark) => {
      const at = x.at(mark).toFixed(1)
      return `<path class="grid" d="M${at} ${TOP}V${HEIGHT - BOTTOM}"/>${text([x.at(mark), HEIGHT - BOTTOM + 18], `${mark}`)}`
    }),
    ...y.marks.map((mark) => {
      const at = y.at(mark).toFixed(1)
      return `<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>${text([LEFT - 8, y.at(mark) + 4], `${mark} s`, 'end')}`
    }),
  ]
  const lines = contestants.flatMap((contestant, index) =>
    (['first sync', 'unchanged'] as const).map((name) => {
      const points = shown
        .filter((one) => one.contestant === contestant && one.case === name)
        .sort((a, b) => a.files - b.files)
        .map(({ files, ms }) => `${x.at(files).toFixed(1)},${y.at(ms / 1000).toFixed(1)}`)
      const dash = name === 'unchanged' ? ' stroke-dasharray="6 4"' : ''
      const dots = points.map((point) => {
        const [cx, cy] = point.split(',')
        return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${COLOURS[index]}"/>`
      })
      return `<polyline fill="none" stroke="${COLOURS[index]}" stroke-width="2"${dash} points="${points.join(' ')}"/>${dots.join('')}`
    }),
  )
  const legend = contestants.map((contestant, index) => {
    const at = TOP + 16 + index * 24
    const line = `<path d="M${WIDTH - RIGHT + 18} ${at - 4}h26" stroke="${COLOURS[index]}" stroke-width="3"/>`
    return line + text([WIDTH - RIGHT + 52, at], contestant, 'start')
  })
  const hint = TOP + 32 + contestants.length * 24
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Time over number of files">
<style>text{font:13px sans-serif;fill:#1f2937}.grid{stroke:#e5e7eb;fill:none}</style>
<rect width="100%" height="100%" fill="#fff"/>
${grid.join('\n')}
${lines.join('\n')}
${legend.join('\n')}
${text([WIDTH - RIGHT + 18, hint], 'solid: first sync', 'start')}
${text([WIDTH - RIGHT + 18, hint + 20], 'dashed: unchanged', 'start')}
${text([(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16], `files in one Akte, 64 KB on average; round-trip time ${roundTripMs} ms`)}
${text([LEFT, 22], 'Time of one run', 'start')}
</svg>
`
}
