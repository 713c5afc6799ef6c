import { readFile } from 'node:fs/promises'
import type { Express, Request } from 'express'
import { z } from 'zod'

const layoutSchema = z.object({
  id: z.string(),
  config: z.record(z.string(), z.looseObject({ x: z.number(), y: z.number() })),
})
type Layout = z.infer<typeof layoutSchema>

/**
 * Where the parts of a flow stand is kept in `motia-workbench.json`. Motia's Workbench draws a flow before it knows that,
 * arranges the parts by itself, and saves this over the file when the positions come more than 0.3 s late. A person moves
 * parts one by one: a save that moves most of them at once is answered as if it were done, and dropped.
 */
export function keepLayout(app: Express, file = 'motia-workbench.json'): void {
  app.post('/__motia/flows/:id/config', (request, response, next) => {
    isRearranged(request, file).then(
      (isDropped) => (isDropped ? response.json({ message: 'The layout stays as it was' }) : next()),
      () => response.status(400).json({ error: 'The body is not a layout in JSON' }),
    )
  })
}

/** Reads the request's body, and leaves it for Motia's own route as its parser would. */
async function isRearranged(request: Request, file: string): Promise<boolean> {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  Object.assign(request, { body, _body: true })
  const saved = layoutSchema.safeParse(body).data
  const layouts = z.array(layoutSchema).parse(JSON.parse(await readFile(file, 'utf8').catch(() => '[]')))
  const known = layouts.find(({ id }) => id === saved?.id)
  return saved !== undefined && known !== undefined && movesMost(known, saved)
}

function movesMost(known: Layout, saved: Layout): boolean {
  const parts = Object.entries(known.config)
  const moved = parts.filter(([step, { x, y }]) => {
    const now = saved.config[step]
    return now !== undefined && (now.x !== x || now.y !== y)
  })
  return moved.length > parts.length / 2
}
