import type { Express } from 'express'

/**
 * Closes what uploads this product, settings included, to Motia's cloud: its routes, which `motia dev` has, and the
 * Workbench's button "Deploy", which it shows where the server says that it is `motia dev`. Case files and their keys
 * leave the firm nowhere.
 */
export function closeCloud(app: Express): void {
  app.use('/__motia/cloud', (_request, response) => {
    response.status(404).json({ error: 'Motia Cloud is not part of this product' })
  })
  app.get('/__motia', (_request, response) => {
    response.json({ isDev: false, isTutorialDisabled: true, workbenchBase: '' })
  })
}
