import type { Express, Response } from 'express'

/** Where Vite serves the Workbench's tab "Tracing", bundled or as installed. */
const MODULE = /\/(@motiadev_plugin-observability|@motiadev\/plugin-observability\/dist\/index)\.js$/

/** The state of a group whose traces are not loaded, three times: the spread record comes first and loses. */
const UNLOADED = /\.\.\.meta,(\s*status: "running",\s*lastActivity: meta\.startTime,\s*metadata: \{[^{}]*\})/g
/** The state of a group whose traces are, or once were, loaded. */
const LOADED = /deriveTraceGroup = \(meta, traces\) => \{/g

/**
 * Lets the tab "Tracing" show the state that `keepTraceStates` wrote into a group's record. Without, it shows every group
 * whose traces it has not loaded as running with 0 steps, and one that it loaded as it was then. A text that is not the
 * expected one stays as it is.
 */
export function showTraceStates(module: string): string {
  if (module.match(UNLOADED)?.length !== 3 || module.match(LOADED)?.length !== 1) return module
  return module.replace(UNLOADED, '$1, ...meta').replace(LOADED, '$& if (meta.status) return meta;')
}

/** Serves the tab "Tracing" changed by `showTraceStates`. */
export function serveTraceStates(app: Express): void {
  app.get(MODULE, (_request, response, next) => {
    const end = response.end.bind(response)
    response.end = ((...args: Parameters<typeof end>) => {
      response.end = end
      const [module] = args as unknown[]
      if (response.statusCode !== 200 || typeof module !== 'string') return end(...args)
      // Vite lets browsers keep it for a year, by a name and a tag that are those of the text before the change.
      response.removeHeader('ETag')
      response.setHeader('Cache-Control', 'no-cache')
      return response.send(showTraceStates(module))
    }) as Response['end']
    next()
  })
}
