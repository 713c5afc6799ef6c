#!/usr/bin/env node
// `npx document-sync <command>`: the commands of the npm scripts under one name. Plain JavaScript up to here.
import { ensureInstalled } from './install.mjs'

ensureInstalled()
await import('./typescript.mjs')
await import('./document-sync.ts')
