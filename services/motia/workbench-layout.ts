import { readFile } from 'node:fs/promises'
import type { Express, NextFunction, Request, Response } from 'express'
import { z } from 'zod'
import { parseJson } from '../json'

const layoutSchema = z.object({
  id: z.string(),
  config: z.record(z.string(), z.looseObject({ x: z.number(), y: z.number() })),
})
type Layout = z.infer<typeof layoutSchema>

/**
 * Node positions of a flow are kept in `motia-workbench.json`. Motia's Workbench draws a flow before it has loaded them,
 * lays the nodes out automatically, and overwrites the file with that when the positions arrive more than 0.3 s late. A
 * person moves nodes one by one: a save that moves most of them at once is dropped and answered as if it had been done. limitBodies has read the body.
 */
export function keepLayout(app: Express, file = 'motia-workbench.json'): void {
  app.post('/__motia/flows/:id/config', (request, response, next) => {
    pass(request, response, next, file).catch(next)
  })
}

async function pass(request: Request, response: Response, next: NextFunction, file: string): Promise<void> {
  const saved = layoutSchema.safeParse(request.body).data
  if (saved === undefined) return void response.status(400).json({ error: 'The body is not a layout' })
  const text = await readFile(file, 'utf8').catch(() => null)
  const layouts = z.array(layoutSchema).safeParse(parseJson(text)).data ?? []
  const known = layouts.find(({ id }) => id === saved.id)
  if (known && movesMost(known, saved)) return void response.json({ message: 'The layout stays as it was' })
  next()
}

function movesMost(known: Layout, saved: Layout): boolean {
  const parts = Object.entries(known.config)
  const moved = parts.filter(([step, { x, y }]) => {
    const now = saved.config[step]
    return now !== undefined && (now.x !== x || now.y !== y)
  })
  return moved.length > parts.length / 2
}
